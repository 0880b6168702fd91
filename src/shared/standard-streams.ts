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
import {writeSync} from 'node:fs';
import {Readable, Writable} from 'node:stream';
import {isatty, WriteStream} from 'node:tty';

const OUTPUTS = {stdout: 1, stderr: 2} as const;

/** How long to wait before the next write to a full descriptor that another program made non-blocking. */
const FULL_PAUSE_MS = 5;

/**
 * Replaces `process.stdin`, `process.stdout` and `process.stderr`. Standard input is then empty.
 *
 * @param terminals whether Node may make its own stream of a terminal
 * @returns a function that restores the former streams
 */
export function sealStandardStreams({terminals}: {readonly terminals: boolean}): () => void {
  const undo: (() => void)[] = [];
  for (const [name, fd] of Object.entries(OUTPUTS)) {
    if (terminals && isatty(fd)) continue;
    const output = new PlainOutput(fd);
    undo.push(replace(name, () => output));
  }
  undo.push(replace('stdin', () => Readable.from([])));
  return () => {
    for (const putBack of undo) putBack();
  };
}

/** The terminal behind a standard descriptor. A replaced stream does not tell, because it changes nothing to ask. */
export function terminalOf(fd: 1 | 2): {readonly isTTY: boolean; readonly columns?: number} {
  if (!isatty(fd)) return {isTTY: false};
  try {
    return {isTTY: true, columns: new WriteStream(fd).columns};
  } catch {
    // The terminal is about to go away.
    return {isTTY: true};
  }
}

/** Writes each chunk at once and in full. It waits for a slow reader. */
class PlainOutput extends Writable {
  readonly fd: number;
  readonly isTTY = false;

  constructor(fd: number) {
    super({decodeStrings: true, emitClose: false});
    this.fd = fd;
    // The reader may be gone or the disk full. Each caller decides with its own listener whether that matters.
    this.on('error', () => {});
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    try {
      writeAll(this.fd, chunk);
      done();
    } catch (error) {
      done(error as Error);
    }
  }
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
