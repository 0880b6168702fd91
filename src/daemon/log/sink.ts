/**
 * Writes ssd's own log lines to standard error and never waits: a reader that stalls must not stop the supervisor.
 * Lines that cannot be written are dropped and counted. The next line that can be written is preceded by the count.
 *
 * The descriptor itself cannot be made non-blocking, because workers share it. A FIFO or a terminal is opened again
 * through /proc/self/fd, which gives ssd an open file description of its own. A socket has MSG_DONTWAIT. A file never
 * blocks.
 */
import {constants, fstatSync, openSync, type Stats, writeSync} from 'node:fs';
import {causeOf} from '../../shared/words/errors.js';
import type {LogFormat} from '../config/options.js';
import {systemNow} from '../system/clock.js';
import {closeQuietly} from '../system/close-quietly.js';
import * as posix from '../system/posix.js';
import {formatLine, type LogEntry, MAX_LINE_BYTES} from './line.js';

export type LogSink = {
  readonly write: (entry: LogEntry) => void;
  /** Passes on what a worker wrote to standard error, as much as fits without waiting. @returns how many bytes were taken */
  readonly passOn: (data: Buffer) => number;
  /** The same, for standard output. */
  readonly passOnOutput: (data: Buffer) => number;
  /** Must be called when standard output and standard error have been redirected. */
  readonly reopen: () => void;
};

const STDOUT = 1;
const STDERR = 2;
const NEWLINE = Buffer.from('\n');

/** `put` returns how many bytes it took, and throws when it took none. */
type Writer = {readonly put: (data: Buffer) => number; readonly close: () => void};

/** @param onDropped called with the number of lost lines, as soon as a line can be written again */
export function createLogSink(format: LogFormat, onDropped: (lines: number) => void = () => {}): LogSink {
  let writer = writerFor(STDERR);
  /** Made when it is needed: only with `--capture-output`. */
  let output: Writer | null = null;
  let dropped = 0;
  /** The last line was written in part: a disk was full, or a terminal took no more. */
  let torn = false;
  const put = (data: Buffer) => {
    const whole = torn ? Buffer.concat([NEWLINE, data]) : data;
    const written = writer.put(whole);
    torn = written < whole.length;
    if (torn) throw new Error('a part of a line was written');
  };
  const line = (entry: LogEntry) =>
    Buffer.from(formatLine(format, {time: systemNow(), pid: process.pid}, entry));
  return {
    write: entry => {
      try {
        const lost = dropped;
        if (lost > 0) put(line(droppedEntry(lost)));
        dropped = 0;
        put(line(entry));
        if (lost > 0) onDropped(lost);
      } catch {
        // The pipe or the disk is full, or the terminal is gone. There is nowhere to report it.
        dropped += 1;
      }
    },
    passOn: data => passOn(writer, data),
    passOnOutput: data => {
      output ??= writerFor(STDOUT);
      return passOn(output, data);
    },
    reopen: () => {
      writer.close();
      writer = writerFor(STDERR);
      output?.close();
      output = null;
    },
  };
}

function passOn(writer: Writer, data: Buffer): number {
  try {
    return writer.put(data);
  } catch (error) {
    // Data is kept only if it may be taken later. A full disk or a lost terminal will not take it.
    return causeOf(error) === 'EAGAIN' ? 0 : data.length;
  }
}

/** The text for lost log lines. */
export function describeDropped(lines: number): string {
  return `${lines} log lines were dropped: nobody read them`;
}

function droppedEntry(lines: number): LogEntry {
  return {event: 'lines-dropped', text: describeDropped(lines), fields: {lines}};
}

function writerFor(fd: number): Writer {
  const close = () => {};
  const stats = statsOf(fd);
  if (stats?.isSocket()) return {put: data => posix.sendNow(fd, data), close};
  if (!stats || stats.isFile()) return {put: data => writeSync(fd, data), close};
  const own = reopened(fd);
  if (own !== null) return {put: data => writeSync(own, data), close: () => closeQuietly(own)};
  return {put: data => writeIfFree(fd, data), close};
}

/** Not quite safe, because a worker may fill the pipe between the two calls; but better than a wait at every line. */
function writeIfFree(fd: number, data: Buffer): number {
  if (!posix.isWritable(fd)) throw Object.assign(new Error('nobody reads'), {code: 'EAGAIN'});
  return writeSync(fd, data.subarray(0, MAX_LINE_BYTES));
}

function statsOf(fd: number): Stats | null {
  try {
    return fstatSync(fd);
  } catch {
    // The descriptor is closed. Every write fails and is counted.
    return null;
  }
}

function reopened(fd: number): number | null {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    // The terminal or pipe belongs to another user (su, a container's USER), or there is no /proc.
    return null;
  }
}
