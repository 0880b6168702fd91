/**
 * A kernel of its own, with a systemd as its first process: user-mode Linux, which is a program. It has what the container of
 * machine.ts may lack: control groups of version 2 with every controller. Its root is this machine's, read-only.
 */
import {type ChildProcess, spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {dirname, join} from 'node:path';
import type {Duplex} from 'node:stream';
import type {ExecutionContext} from 'ava';
import {eachLine, type LineLog, lineLog} from '../helpers/lines.js';
import {Mailbox, watched} from '../helpers/mailbox.js';
import {needs} from '../helpers/programs.js';
import type {Finished} from '../helpers/rig.js';
import {HIDDEN, type Machine, NODE, REPOSITORY} from './machine.js';

/** Everything takes its time in there: each system call is traced, and there is one processor. */
const PATIENCE_MS = 100_000;
/** For a test in it: a start of a unit and of Node takes seconds there, and ten times that on a busy machine. */
export const LONG_MS = 300_000;
/** As many commands can run at once. */
const SERIAL_LINES = 4;
/** Between the parts of an answer (kernel.sh). */
const SEPARATOR = '\x1e';

/** Declares a test that needs a kernel of its own, and is skipped, and says so, where there can be none. */
export const onKernel: (title: string, implementation: (t: ExecutionContext) => Promise<void>) => void =
  needs('linux.uml');

/** @param root where the systemd is that boots: a directory with a system */
export async function bootKernel(root = '/'): Promise<Machine> {
  const place = mkdtempSync('/tmp/ssdt-kernel-');
  const kernel = startKernel(place, root);
  const console = lineLog();
  if (kernel.stdout) eachLine(kernel.stdout, console.add);
  const ended = new Promise<void>(resolve => kernel.once('exit', () => resolve()));
  const end = async () => {
    // Its helpers are in its process group.
    if (kernel.pid !== undefined) process.kill(-kernel.pid, 'SIGKILL');
    await ended;
    rmSync(place, {recursive: true, force: true});
  };
  const free = new Mailbox<SerialLine>('a free serial line of the kernel');
  const lines = kernel.stdio.slice(FIRST_LINE).map(stream => serialLine(stream as Duplex));
  const ready = Promise.all(lines.map(line => line.ready.then(() => free.put(line))));
  try {
    const died = ended.then(() => Promise.reject(new Error(`the kernel has ended:\n${console.text()}`)));
    await watched(
      Promise.race([ready, died]),
      () => `systemd has not booted:\n${console.text()}`,
      PATIENCE_MS,
    );
  } catch (error) {
    await end();
    throw error;
  }
  return {...commandsOn(free), end};
}

/** Standard input, output and error come first. */
const FIRST_LINE = 3;

function startKernel(place: string, root: string): ChildProcess {
  const numbers = Array.from({length: SERIAL_LINES}, (_, number) => number);
  const args = [
    'mem=640M',
    `uml_dir=${place}`,
    'rootfstype=hostfs',
    'rootflags=/',
    'ro',
    'con=null',
    'con0=null,fd:1',
    ...numbers.map(number => `ssl${number}=fd:${FIRST_LINE + number}`),
    'systemd.unit=tests.target',
    'systemd.unified_cgroup_hierarchy=1',
    'systemd.show_status=no',
    `init=${join(REPOSITORY, 'test/systemd/kernel.sh')}`,
    `SYSTEM=${root}`,
    `SHOWN=${shownIn(root).join(':')}`,
    `AGENTS=${numbers.map(number => `ttyS${number}`).join(':')}`,
    '--',
    'init',
  ];
  return spawn('linux.uml', args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', ...numbers.map(() => 'pipe' as const)],
    // It keeps its memory in /dev/shm unless one of these names another place, and wants a home.
    env: {PATH: process.env.PATH, HOME: place},
  });
}

/** What is in a root of its own, or in a place of which the machine has its own. */
function shownIn(root: string): string[] {
  return [REPOSITORY, NODE].filter(
    directory => HIDDEN.test(directory) || (root !== '/' && directory === REPOSITORY),
  );
}

type SerialLine = {
  readonly ready: Promise<void>;
  /** Runs a command of sh to its end. */
  readonly run: (command: string) => Promise<Finished>;
  /** Runs a command of sh that has no end, and gives its lines. */
  readonly lines: (command: string) => LineLog;
};

function serialLine(stream: Duplex): SerialLine {
  const parts = new Mailbox<string>('a part of an answer');
  let pending = '';
  const read = (text: string) => {
    const [...whole] = (pending + text).split(SEPARATOR);
    pending = whole.pop() ?? '';
    for (const part of whole) parts.put(part);
  };
  // The agent sends a separator when it is there.
  const ready = new Promise<void>(resolve =>
    stream.setEncoding('utf8').once('data', () => {
      stream.on('data', read);
      resolve();
    }),
  );
  // It is cut off when the kernel ends.
  stream.on('error', () => {});
  const send = (command: string) => stream.write(`${Buffer.from(command).toString('base64')}\n`);
  return {
    ready,
    run: async command => {
      send(command);
      const stdout = await parts.take(PATIENCE_MS);
      const code = Number(await parts.take());
      return {stdout, code, signal: null, stderr: await parts.take()};
    },
    lines: command => {
      const log = lineLog();
      stream.off('data', read);
      eachLine(stream, log.add);
      send(command);
      return log;
    },
  };
}

/** What is written is there for the commands that come after it. */
function commandsOn(free: Mailbox<SerialLine>): Omit<Machine, 'end'> {
  let written: Promise<unknown> = Promise.resolve();
  const run = async (command: string) => {
    const line = await free.take();
    const finished = await line.run(command);
    free.put(line);
    return finished;
  };
  return {
    run: async (_rig, command) => {
      await written;
      return run(command.map(quoted).join(' '));
    },
    follow: (_rig, unit) => {
      const log = free.take().then(line => line.lines(`exec journalctl -f -n all -o cat -u ${unit}`));
      return {
        line: async pattern => {
          const {match, text} = await log;
          return watched(match(pattern), () => `no line matched ${pattern} in:\n${text()}`, PATIENCE_MS);
        },
      };
    },
    write: (path, content, mode = 0o644) => {
      const place = quoted(path);
      const encoded = Buffer.from(content).toString('base64');
      const command = `mkdir -p ${quoted(dirname(path))} && echo ${encoded} | base64 -d >${place} && chmod ${mode.toString(8)} ${place}`;
      written = written.then(async () => {
        const {code, stderr} = await run(command);
        if (code !== 0) throw new Error(stderr);
      });
    },
  };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
