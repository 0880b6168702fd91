/**
 * Standard input, output and error without Node's streams.
 *
 * Node makes a stream of a standard descriptor as soon as anything looks at `process.stdout`, `process.stderr` or
 * `process.stdin`. Where the descriptor is a pipe or a socket, that sets O_NONBLOCK. The flag belongs to the open file
 * description, which ssd shares with its workers, and ssctl with everybody in the same pipeline: from then on their
 * writes fail with EAGAIN. Node itself looks: `net.Socket` compares itself with `process.stderr` when it is destroyed
 * (lib/net.js, _destroy), and yargs asks standard output for its width.
 *
 * So the three are replaced, before anything else runs, by streams that write with write(2) and leave the descriptor as
 * it is. A terminal is opened anew by libuv (uv_tty_init) and has a description of its own, so a program that draws on
 * one may have Node's stream.
 */
import {fstatSync, writeSync} from 'node:fs';
import {Readable, Writable} from 'node:stream';

const OUTPUTS = {stdout: 1, stderr: 2} as const;

/** How long to wait before a write to a full descriptor that somebody else has made non-blocking is tried again. */
const FULL_PAUSE_MS = 5;

/**
 * Replaces `process.stdin`, `process.stdout` and `process.stderr`. Standard input then has nothing to read.
 *
 * @param terminals whether Node may make its own stream of a terminal
 * @returns puts back what was there
 */
export function sealStandardStreams({terminals}: {readonly terminals: boolean}): () => void {
  const undo: (() => void)[] = [];
  for (const [name, fd] of Object.entries(OUTPUTS)) {
    if (terminals && isCharacterDevice(fd)) continue;
    const output = new PlainOutput(fd);
    undo.push(replace(name, () => output));
  }
  undo.push(replace('stdin', () => Readable.from([])));
  return () => {
    for (const putBack of undo) putBack();
  };
}

/** Writes at once and whole; a reader that is slow is waited for. */
class PlainOutput extends Writable {
  readonly fd: number;
  readonly isTTY = false;

  constructor(fd: number) {
    super({decodeStrings: true, emitClose: false});
    this.fd = fd;
    // A reader that has gone, or a full disk: each caller decides by its own listener whether that matters.
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

function isCharacterDevice(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice();
  } catch {
    // It is closed.
    return false;
  }
}
