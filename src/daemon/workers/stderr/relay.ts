/**
 * One worker's standard error, passed on by ssd (`--capture-stderr`).
 *
 * A reader that stalls must stop the worker, as it would without ssd in between, and never ssd: what cannot be passed
 * on stays here, and nothing more is read until it could be.
 */
import {closeSync} from 'node:fs';
import net from 'node:net';
import {pipe} from '../../system/posix.js';
import {readAvailable} from '../../system/read-available.js';

export type Relay = {
  /** To be the worker's standard error. */
  readonly writeEnd: number;
  /** The worker has it now, or will never. */
  readonly onSpawned: () => void;
  /** The end of what has been written until now. */
  readonly text: () => string;
  readonly close: () => void;
};

const RETRY_MS = 50;

/**
 * @param passOn takes data, and says how many bytes of it
 * @param kept how many bytes of the end are remembered
 */
export function createRelay(passOn: (data: Buffer) => number, kept: number): Relay {
  const {readEnd, writeEnd} = pipe();
  const socket = new net.Socket({fd: readEnd, readable: true, writable: false});
  let tail = Buffer.alloc(0);
  let pending = Buffer.alloc(0);
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    pending = pending.subarray(passOn(pending));
    if (pending.length === 0) {
      socket.resume();
      return;
    }
    socket.pause();
    timer = setTimeout(flush, RETRY_MS);
  };
  const take = (chunk: Buffer) => {
    if (chunk.length === 0) return;
    tail = Buffer.concat([tail, chunk]).subarray(-kept);
    const waits = pending.length > 0;
    pending = Buffer.concat([pending, chunk]);
    if (!waits) flush();
  };
  // What a grandchild still holds must not keep ssd from its end.
  socket.unref();
  socket.on('error', () => {});
  socket.on('data', take);
  return {
    writeEnd,
    onSpawned: () => closeSync(writeEnd),
    text: () => {
      if (!socket.destroyed) take(readAvailable(readEnd, kept));
      return tail.toString('utf8');
    },
    close: () => {
      clearTimeout(timer);
      passOn(pending);
      socket.destroy();
    },
  };
}
