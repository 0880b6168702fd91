/**
 * Standard input, output and error without Node's streams.
 *
 * Node makes a stream for a standard descriptor at the first access to `process.stdout`, `process.stderr` or
 * `process.stdin`. If the descriptor is a pipe or a socket, Node sets O_NONBLOCK on it. The flag belongs to the open
 * file description. ssd shares that with its workers, and ssctl with the other programs of its pipeline. Their writes
 * then fail with EAGAIN. Some code accesses the streams without writing: `net.Socket` compares itself with
 * `process.stderr` when it is destroyed (lib/net.js, _destroy), and yargs asks standard output for its width.
 *
 * So this file replaces the three streams before anything else runs. The new ones use write(2) and do not change the
 * descriptor. libuv opens a terminal again (uv_tty_init) and so has its own description of it. A program that draws on
 * a terminal may therefore use Node's stream.
 */
import {fstatSync, writeSync} from 'node:fs';
import type {Writable} from 'node:stream';

const OUTPUTS = {stdout: 1, stderr: 2} as const;

/** How long to wait before the next write to a full descriptor that another program made non-blocking. */
const FULL_PAUSE_MS = 5;

export type Seal = {
  /** Whether Node may make its own stream of a terminal. */
  readonly terminals: boolean;
  /** Hears of every write that has failed, to either stream. */
  readonly onError?: (output: OutputName, error: Error) => void;
};

export type OutputName = keyof typeof OUTPUTS;

/**
 * Replaces `process.stdin`, `process.stdout` and `process.stderr`. Standard input is then empty. A stream is made when it is
 * asked for, because node:stream takes 0.9 ms to load, and ssd listens before it needs one.
 *
 * @returns a function that restores the former streams
 */
export function sealStandardStreams({terminals, onError}: Seal): () => void {
  const undo: (() => void)[] = [];
  for (const name of ['stdout', 'stderr'] as const) {
    const hear = onError && ((error: Error) => onError(name, error));
    if (!terminals || !isTerminal(OUTPUTS[name])) undo.push(replace(name, onDemand(OUTPUTS[name], hear)));
    else if (hear) process[name].on('error', hear);
  }
  undo.push(replace('stdin', () => streams().Readable.from([])));
  return () => {
    for (const putBack of undo) putBack();
  };
}

/**
 * Whether a descriptor is a terminal. node:tty brings along all of node:net, which takes 1.4 ms to load, so it is asked only
 * about what can be one.
 */
export function isTerminal(fd: number): boolean {
  return mayBeTerminal(fd) && process.getBuiltinModule('node:tty').isatty(fd);
}

/** The terminal behind a standard descriptor. A replaced stream does not tell, because it changes nothing to ask. */
export function terminalOf(fd: 1 | 2): {readonly isTTY: boolean; readonly columns?: number} {
  if (!isTerminal(fd)) return {isTTY: false};
  try {
    const {WriteStream} = process.getBuiltinModule('node:tty');
    return {isTTY: true, columns: new WriteStream(fd).columns};
  } catch {
    // The terminal is about to go away.
    return {isTTY: true};
  }
}

/** null, zero and their like (Documentation/admin-guide/devices.txt). The standard input of a service is /dev/null. */
const MEMORY_DEVICES = 1;

function mayBeTerminal(fd: number): boolean {
  try {
    const stats = fstatSync(fd);
    return stats.isCharacterDevice() && ((stats.rdev >>> 8) & 0xfff) !== MEMORY_DEVICES;
  } catch {
    // It is closed.
    return false;
  }
}

function onDemand(fd: number, hear: (error: Error) => void = () => {}): () => Writable {
  let output: Writable | undefined;
  return () => {
    output ??= createOutput(fd).on('error', hear);
    return output;
  };
}

/**
 * Writes each chunk at once and in full. It waits for a slow reader. The reader may be gone or the disk full: each caller
 * decides with its own listener whether that matters.
 */
function createOutput(fd: number): Writable {
  const output = new (streams().Writable)({
    emitClose: false,
    write: (chunk: Buffer, _encoding, done) => {
      try {
        writeAll(fd, chunk);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
  return Object.assign(output, {fd, isTTY: false});
}

function streams(): typeof import('node:stream') {
  return process.getBuiltinModule('node:stream');
}

function writeAll(fd: number, data: Buffer): void {
  for (let written = 0; written < data.length; ) {
    try {
      written += writeSync(fd, data, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PAUSE_MS);
    }
  }
}

function replace(name: string, get: () => unknown): () => void {
  const former = Object.getOwnPropertyDescriptor(process, name);
  Object.defineProperty(process, name, {configurable: true, enumerable: true, get});
  return () => {
    if (former) Object.defineProperty(process, name, former);
  };
}
