/**
 * Runs a command on a host by the installed ssh, to its end.
 *
 * On a terminal ssh has it, and Ctrl-C is a character that the terminal at the other end turns into a signal; before ssh is
 * connected, and with `kill`, it is a signal here. Elsewhere ssh
 * gets a pipe for its standard input, so that it takes nothing from ours, and the end of that pipe ends the ssctl at the other
 * end (`tether.ts`): at Ctrl-C, which ssh itself ignores then, and when this program ends in whatever way.
 */
import {type ChildProcess, spawn} from 'node:child_process';
import {accessSync, constants} from 'node:fs';
import {join} from 'node:path';
import type {Readable} from 'node:stream';
import type {Env} from '../../shared/instance-paths.js';
import {causeIfFails, causeOf, Refusal} from '../../shared/words/errors.js';
import type {Host} from './hosts.js';
import {openSshLog} from './ssh-log.js';

/** Where standard output or error of the command goes: to ours, or it is read. */
export type Sink = 'inherit' | 'pipe';

export type Call = {
  /** The path of ssh. */
  readonly ssh: string;
  readonly host: Host;
  readonly command: string;
  readonly terminal: boolean;
  readonly stdout: Sink;
  readonly stderr: Sink;
};

/** How ssh ended. */
export type Ended = {
  /** That of the command, or 255 if ssh failed or the command has none; null: a signal has ended ssh. */
  readonly status: number | null;
  readonly signal: string | null;
  /** The lines that ssh said of itself. */
  readonly said: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  /** Whether Ctrl-C came meanwhile. */
  readonly interrupted: boolean;
};

/** @throws {Refusal} `ssh-not-started` */
export function findSsh({PATH = ''}: Env): string {
  const places = PATH.split(':').map(directory => join(directory, 'ssh'));
  const found = places.find(place => causeIfFails(() => accessSync(place, constants.X_OK)) === null);
  if (found === undefined) throw new Refusal({code: 'ssh-not-started', cause: 'ENOENT'});
  return found;
}

/** @throws {Refusal} `ssh-not-started` */
export async function runBySsh(call: Call): Promise<Ended> {
  const log = openSshLog();
  const child = start(call, log.path);
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const signals = passSignals(child, call.terminal);
  try {
    const {status, signal} = await endOf(child);
    return {
      status,
      signal,
      said: log.take(),
      stdout: stdout(),
      stderr: stderr(),
      interrupted: signals.interrupted(),
    };
  } catch (error) {
    log.take();
    throw new Refusal({code: 'ssh-not-started', cause: causeOf(error)});
  } finally {
    signals.end();
  }
}

function start({ssh, host, command, terminal, stdout, stderr}: Call, log: string): ChildProcess {
  const args = [
    ...OPTIONS,
    terminal ? '-t' : '-T',
    '-E',
    log,
    ...portOf(host),
    '--',
    host.destination,
    command,
  ];
  if (terminal) return spawn(ssh, args, {stdio: ['inherit', stdout, stderr]});
  // ssh leaves a signal ignored that it finds ignored.
  return spawn('/bin/sh', ['-c', 'trap "" INT; exec "$@"', 'sh', ssh, ...args], {
    stdio: ['pipe', stdout, stderr],
  });
}

/**
 * No forwarding of windows, keys or ports is wanted, and what the configuration says of them is not meant here. A host that is
 * gone is noticed after a while. Only errors are logged: not that the connection is closed.
 */
const OPTIONS: readonly string[] = [
  '-x',
  '-a',
  ...[
    'ClearAllForwardings=yes',
    'RemoteCommand=none',
    'ConnectTimeout=15',
    'ServerAliveInterval=10',
    'ServerAliveCountMax=3',
    'LogLevel=ERROR',
  ].flatMap(option => ['-o', option]),
];

function portOf({port}: Host): readonly string[] {
  return port === null ? [] : ['-p', `${port}`];
}

/** More than a command that has a result says. What comes after it is read and dropped. */
const MOST_BYTES = 16 * 1024 * 1024;

function collect(stream: Readable | null): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MOST_BYTES) chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString();
}

/** Something at the other end, or a master of shared connections, can hold the pipes open when ssh has ended. */
const LINGER_MS = 1000;

function endOf(child: ChildProcess): Promise<Pick<Ended, 'status' | 'signal'>> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status, signal) => {
      const done = () => {
        for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
        resolve({status, signal});
      };
      child.once('close', done);
      setTimeout(done, LINGER_MS).unref();
    });
  });
}

/** How long the ssctl at the other end has to end after Ctrl-C. */
const GRACE_MS = 3000;

function passSignals(child: ChildProcess, terminal: boolean) {
  let interrupted = false;
  let timer: NodeJS.Timeout | undefined;
  const hurry = () => void child.kill('SIGTERM');
  const interrupt = () => {
    if (interrupted || terminal) hurry();
    if (interrupted) return;
    interrupted = true;
    child.stdin?.end();
    timer = setTimeout(hurry, GRACE_MS);
  };
  // ssh writes to its standard input when it has none any more.
  child.stdin?.on('error', () => {});
  const endBy = (signal: NodeJS.Signals) => {
    child.kill('SIGTERM');
    end();
    process.kill(process.pid, signal);
  };
  const end = () => {
    clearTimeout(timer);
    process.off('SIGINT', interrupt);
    for (const signal of ENDING) process.off(signal, endBy);
  };
  process.on('SIGINT', interrupt);
  for (const signal of ENDING) process.on(signal, endBy);
  return {interrupted: () => interrupted, end};
}

const ENDING = ['SIGTERM', 'SIGHUP'] as const;
