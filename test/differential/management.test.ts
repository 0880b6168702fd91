/** --daemonize, --restart, --stop and the command line itself. */
import {readFileSync, writeFileSync} from 'node:fs';
import {type Differential, differentials} from './stage/compare.js';
import {RELEASE, type Stage, signalsOf, WITNESS} from './stage/stage.js';

const FILES = ['--pid-file=pid', '--status-file=status'];

/** Runs it to its end: the exit status. */
async function run(stage: Stage, ...args: readonly string[]): Promise<string> {
  return (await stage.ending(stage.start(args, {program: []}))).exit;
}

const management: Differential[] = [
  {
    title: '--restart and --stop by the pid file',
    scenario: async stage => {
      const daemon = stage.start(['--interval=1', ...FILES], {program: RELEASE});
      const first = await stage.nextWorker();
      await stage.statusOf(1);
      await stage.peer.listening(daemon.pid);
      const restart = await run(stage, '--restart', ...FILES);
      await stage.nextWorker();
      const after = [stage.status(), ...(await signalsOf(first))];
      await stage.peer.listening(daemon.pid);
      const stop = await run(stage, '--stop', '--pid-file=pid');
      return {restart, after, stop, ...(await stage.ending(daemon))};
    },
  },
  {
    title: '--daemonize, and the background it leads to',
    scenario: async stage => {
      const exit = await run(
        stage,
        '--daemonize',
        '--interval=0',
        '--log-file=log',
        ...FILES,
        '--',
        ...WITNESS,
      );
      const worker = await stage.nextWorker();
      await stage.statusOf(1);
      const pid = Number(readFileSync(stage.path('pid'), 'utf8'));
      const [parent, group, session] = readFileSync(`/proc/${worker.pid}/stat`, 'utf8')
        .replace(/^.*\) \S /, '')
        .split(' ')
        .map(Number);
      const standard = worker.given.filter(({fd}) => fd <= 2).map(({what}) => what);
      const place = {isChild: parent === pid, isOwn: session !== process.pid};
      await stage.peer.listening(pid);
      const stop = await run(stage, '--stop', '--pid-file=pid');
      return {
        exit,
        standard,
        place,
        leads: group === worker.pid,
        cwd: worker.cwd,
        stop,
        log: readFileSync(stage.path('log'), 'utf8') !== '',
      };
    },
    intended: {leads: {row: 'process-group', startServer: false, ssd: true}},
  },
];

const stale: Differential = {
  title: '--stop with a pid file that was left behind, and a stranger that has the number now',
  scenario: async stage => {
    const stranger = stage.startOther(['sleep', '1000']);
    writeFileSync(stage.path('pid'), `${stranger.pid}\n`);
    const exit = await run(stage, '--stop', '--pid-file=pid');
    // This ends every process that lives by now.
    stranger.kill('SIGKILL');
    return {exit, stranger: (await stranger.exit()).signal};
  },
  intended: {
    exit: {row: 'stale-pid-file', startServer: 'status 0', ssd: 'status 3'},
    stranger: {row: 'stale-pid-file', startServer: 'SIGTERM', ssd: 'SIGKILL'},
  },
};

const commandLine: Differential[] = [
  {
    title: 'an abbreviated option',
    scenario: async stage => ({exit: await untilWorker(stage, ['--interv=0'], WITNESS)}),
    intended: {exit: {row: 'command-line', startServer: 'a worker', ssd: 'status 2'}},
  },
  {
    title: 'a time with a fraction and a unit',
    scenario: async stage => ({exit: await untilWorker(stage, ['--interval=200ms'], WITNESS)}),
    intended: {exit: {row: 'command-line', startServer: 'status 1', ssd: 'a worker'}},
  },
  {
    title: 'an option with its value as the next word, and the last of two',
    scenario: async stage => {
      const args = ['--interval', '5', '--interval', '0', '--signal-on-term', 'QUIT', '--signal-on-term=INT'];
      const daemon = stage.start(args);
      const worker = await stage.nextWorker();
      const {exit} = await stage.stop(daemon);
      return {exit, signal: await worker.nextSignal()};
    },
  },
  {
    title: 'no -- before the program',
    scenario: async stage => {
      const daemon = stage.start(['--interval=0', ...WITNESS, 'plain'], {program: []});
      const worker = await stage.nextWorker();
      const args = readFileSync(`/proc/${worker.pid}/cmdline`, 'utf8').split('\0').slice(2, -1);
      return {args, ...(await stage.stop(daemon))};
    },
  },
  {
    title: 'an option of its own behind the program',
    scenario: async stage => {
      const daemon = stage.start([...WITNESS, 'plain', '--interval=0'], {program: []});
      const worker = await stage.nextWorker();
      const args = readFileSync(`/proc/${worker.pid}/cmdline`, 'utf8').split('\0').slice(2, -1);
      await stage.stop(daemon);
      return {args};
    },
    intended: {args: {row: 'command-line', startServer: ['plain'], ssd: ['plain', '--interval=0']}},
  },
];

/** `a worker` if one is started, or how the start was refused. */
async function untilWorker(
  stage: Stage,
  args: readonly string[],
  program: readonly string[],
): Promise<string> {
  const daemon = stage.start(args, {program});
  const ended = stage.ending(daemon).then(({exit}) => exit);
  const started = stage.nextWorker().then(() => 'a worker');
  const result = await Promise.race([ended, started]);
  await daemon.signal('SIGTERM');
  await ended;
  return result;
}

differentials([...management, stale, ...commandLine]);
