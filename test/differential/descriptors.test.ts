/** What else a worker gets: descriptors and their flags, signals, limits, its place among processes. */
import {mkdirSync, readFileSync} from 'node:fs';
import {type Differential, differentials} from './stage/compare.js';
import type {Stage, Witness} from './stage/stage.js';

/** What the test runner has inherited itself, from a terminal or a build, is closed first. */
const CLOSE = 'for fd in $(ls /proc/$$/fd); do [ $fd -gt 2 ] && eval "exec $fd>&-"; done';
const shell = (before = ':') => ['/bin/bash', '-c', `${CLOSE}; ${before}; exec "$@"`, 'bash'];

/** A worker's descriptors; inode numbers are by chance. */
const given = (worker: Witness) =>
  worker.given.map(({fd, what, blocking, closeOnExec}) => ({
    fd,
    what: what.replace(/\[\d+\]$/, ''),
    blocking,
    closeOnExec,
  }));

const standard = (worker: Witness) => given(worker).filter(({fd}) => fd <= 2);

/** The descriptors behind the standard ones that are no listeners. */
const others = (worker: Witness) =>
  worker.given.filter(({fd, type}) => fd > 2 && type === 'none').map(({fd}) => fd);

/** A line of /proc/PID/status or /proc/PID/limits. */
function fact({pid}: Witness, file: 'status' | 'limits', name: string): string | undefined {
  const line = new RegExp(`^${name}:?\\s+(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'));
  return line?.[1]?.trim().replace(/\s+/g, ' ');
}

/** Parent and session (proc(5)), and whether it leads a process group. */
function family({pid}: Witness) {
  const [parent, group, session] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) \S /, '')
    .split(' ');
  return {parent, session, leads: Number(group) === pid};
}

const FILES = ['--pid-file=pid', '--status-file=status'];
const ports = (stage: Stage, ...specs: readonly string[]) => specs.map(spec => `--port=${stage.ports(spec)}`);

async function firstWorker(stage: Stage, args: readonly string[], through = shell()) {
  const daemon = stage.start(['--interval=0', ...args], {through});
  return {worker: await stage.nextWorker(), end: () => stage.stop(daemon)};
}

const descriptors: Differential[] = [
  {
    title: 'the numbers of listeners that ask for none',
    scenario: async stage => {
      const {worker, end} = await firstWorker(stage, [...ports(stage, 'A', 'uB'), '--path=x', ...FILES]);
      const {SERVER_STARTER_PORT: numbers} = worker.env;
      return {numbers, standard: standard(worker), others: others(worker), ...(await end())};
    },
    intended: {numbers: {row: 'numbers', startServer: 'A=4;B=5;x=6', ssd: 'A=3;B=4;x=5'}},
  },
  {
    title: 'fixed numbers are kept, also those of the standard descriptors, and the flags are the same',
    scenario: async stage => {
      const args = ports(stage, 'A=0', '127.0.0.1:uB=30', '[::1]:C=300');
      const {worker, end} = await firstWorker(stage, [...args, ...FILES, '--log-file=log']);
      return {port: worker.env.SERVER_STARTER_PORT, given: given(worker), ...(await end())};
    },
  },
  {
    title: 'a fixed number that another listener would get',
    scenario: async stage => {
      const number = stage.peer.name === 'ssd' ? 3 : 4;
      const {worker, end} = await firstWorker(stage, ports(stage, 'A', `B=${number}`));
      const listeners = worker.given.filter(({listening}) => listening).length;
      return {listeners, ...(await end())};
    },
    intended: {listeners: {row: 'fixed-number', startServer: 1, ssd: 2}},
  },
  {
    title: 'a log command gets what a worker writes, by a pipe',
    scenario: async stage => {
      const {worker, end} = await firstWorker(stage, ['--log-file=| exec cat >/dev/null']);
      return {given: given(worker), ...(await end())};
    },
  },
  {
    title: 'descriptors that the superdaemon inherited',
    scenario: async stage => {
      const {worker, end} = await firstWorker(stage, [], shell('exec 9</etc/passwd 50</etc/group'));
      return {standard: standard(worker), others: others(worker), ...(await end())};
    },
    intended: {others: {row: 'inherited', startServer: [9, 50], ssd: []}},
  },
];

const place: Differential[] = [
  {
    // Perl itself ignores SIGFPE.
    title: 'signals are neither blocked nor ignored, but for SIGPIPE',
    scenario: async stage => {
      const {worker, end} = await firstWorker(stage, []);
      const signals = {blocked: fact(worker, 'status', 'SigBlk'), ignored: fact(worker, 'status', 'SigIgn')};
      return {...signals, ...(await end())};
    },
  },
  {
    title: 'signals that the superdaemon was started to ignore',
    scenario: async stage => {
      const {worker, end} = await firstWorker(stage, [], shell('trap "" WINCH HUP INT'));
      return {ignored: fact(worker, 'status', 'SigIgn'), ...(await end())};
    },
    intended: {ignored: {row: 'ignored-signals', startServer: '0000000008001080', ssd: '0000000000001080'}},
  },
  {
    title: 'the limit of open files',
    scenario: async stage => {
      const {worker, end} = await firstWorker(stage, [], shell('ulimit -S -n 1000; ulimit -H -n 4096'));
      return {limit: fact(worker, 'limits', 'Max open files'), ...(await end())};
    },
    intended: {limit: {row: 'open-files', startServer: '1000 4096 files', ssd: '4096 4096 files'}},
  },
  {
    title: 'directory, umask, family and limits are those of the superdaemon',
    scenario: async stage => {
      const {worker, end} = await firstWorker(
        stage,
        ['--path=x'],
        shell('umask 027; ulimit -c 0; ulimit -S -s 4096'),
      );
      const limits = ['Max core file size', 'Max stack size'].map(name => fact(worker, 'limits', name));
      const {cwd} = worker;
      return {cwd, limits, umask: fact(worker, 'status', 'Umask'), ...family(worker), ...(await end())};
    },
    intended: {leads: {row: 'process-group', startServer: false, ssd: true}},
  },
  {
    title: 'the directory of --dir',
    scenario: async stage => {
      mkdirSync(stage.path('elsewhere'));
      const {worker, end} = await firstWorker(stage, ['--dir=elsewhere', '--path=x', ...FILES]);
      return {cwd: worker.cwd, port: worker.env.SERVER_STARTER_PORT?.split('=')[0], ...(await end())};
    },
  },
];

differentials([...descriptors, ...place]);
