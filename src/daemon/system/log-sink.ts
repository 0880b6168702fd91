/**
 * Writes ssd's own log lines to standard error without ever waiting: a reader that stalls must not stop the
 * supervisor. What cannot be written is dropped and counted, and the count is told with the next line.
 *
 * O_NONBLOCK cannot be set on the descriptor itself: workers share it. A FIFO or a terminal is opened anew by
 * way of /proc/self/fd, which makes a description of our own; a socket has MSG_DONTWAIT; a file never blocks.
 */
import {closeSync, constants, fstatSync, openSync, type Stats, writeSync} from 'node:fs';
import {systemNow} from './clock.js';
import * as posix from './posix.js';

export type LogSink = {
  readonly write: (text: string) => void;
  /** Standard error has been put somewhere else. */
  readonly reopen: () => void;
};

const STDERR = 2;

type Writer = {readonly put: (data: Buffer) => void; readonly close: () => void};

export function createLogSink(): LogSink {
  let writer = writerFor(STDERR);
  let dropped = 0;
  const line = (text: string) => Buffer.from(`${systemNow().toISOString()} ssd[${process.pid}]: ${text}\n`);
  return {
    write: text => {
      try {
        if (dropped > 0) writer.put(line(`${dropped} log lines were dropped: nobody read them`));
        dropped = 0;
        writer.put(line(text));
      } catch {
        // A full pipe, a full disk, a terminal that is gone: there is nowhere to tell.
        dropped += 1;
      }
    },
    reopen: () => {
      writer.close();
      writer = writerFor(STDERR);
    },
  };
}

function writerFor(fd: number): Writer {
  const close = () => {};
  const stats = statsOf(fd);
  if (stats?.isSocket()) return {put: data => posix.sendNow(fd, data), close};
  const own = !stats || stats.isFile() ? fd : reopened(fd);
  return {put: data => writeSync(own, data), close: own === fd ? close : () => closeSync(own)};
}

function statsOf(fd: number): Stats | null {
  try {
    return fstatSync(fd);
  } catch {
    // Closed: every write fails and is counted.
    return null;
  }
}

function reopened(fd: number): number {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    // The terminal of another user after su, or no /proc: then write as everybody does.
    return fd;
  }
}
