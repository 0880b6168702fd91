/**
 * Writes ssd's own log lines to standard error and never waits: a reader that stalls must not stop the supervisor.
 * Lines that cannot be written are dropped and counted. The next line that can be written is preceded by the count.
 *
 * The descriptor itself cannot be made non-blocking, because workers share it. A FIFO or a terminal is opened again
 * through /proc/self/fd, which gives ssd an open file description of its own. A socket has MSG_DONTWAIT. A file never
 * blocks.
 */
import {constants, fstatSync, openSync, type Stats, writeSync} from 'node:fs';
import {explain} from '../../shared/words/errno.js';
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
const NONE: Dropped = {of: 'ssd', lines: 0, cause: ''};

/** `put` returns how many bytes it took, and throws when it took none. */
type Writer = {readonly put: (data: Buffer) => number; readonly close: () => void};

export type Dropped = {
  readonly of: 'ssd' | 'workers';
  /** How many since the last line that could be written. */
  readonly lines: number;
  /** An errno name. */
  readonly cause: string;
};

/**
 * @param onDropped called when a line was lost, and once more when the next one has been written. It may write to the log
 *   itself: that line is lost too and reported in the same way.
 */
export function createLogSink(format: LogFormat, onDropped: (dropped: Dropped) => void = () => {}): LogSink {
  let writer = writerFor(STDERR);
  /** Made when it is needed: only with `--capture-output`. */
  let output: Writer | null = null;
  let dropped: Dropped = NONE;
  /** The last line was written in part: a disk was full, or a terminal took no more. */
  let torn = false;
  const put = (data: Buffer) => {
    const whole = torn ? Buffer.concat([NEWLINE, data]) : data;
    const written = writer.put(whole);
    torn = written < whole.length;
    // Either the rest can be written after all, or the error says why it cannot.
    for (let at = written; torn; torn = at < whole.length) at += writer.put(whole.subarray(at));
  };
  const line = (entry: LogEntry) =>
    Buffer.from(formatLine(format, {time: systemNow(), pid: process.pid}, entry));
  return {
    write: entry => {
      const lost = dropped;
      try {
        if (lost.lines > 0) put(line(droppedEntry(lost)));
        dropped = NONE;
        put(line(entry));
      } catch (error) {
        // The pipe or the disk is full, or the terminal is gone.
        dropped = {of: 'ssd', lines: dropped.lines + 1, cause: causeOf(error)};
        onDropped(dropped);
        return;
      }
      if (lost.lines > 0) onDropped(lost);
    },
    passOn: passOnTo(() => writer, onDropped),
    passOnOutput: passOnTo(() => {
      output ??= writerFor(STDOUT);
      return output;
    }, onDropped),
    reopen: () => {
      writer.close();
      writer = writerFor(STDERR);
      output?.close();
      output = null;
    },
  };
}

/** Data is kept only if it may be taken later. A full disk or a lost terminal will not take it. */
function passOnTo(writer: () => Writer, onDropped: (dropped: Dropped) => void): (data: Buffer) => number {
  let lines = 0;
  return data => {
    if (data.length === 0) return 0;
    try {
      const taken = writer().put(data);
      lines = 0;
      return taken;
    } catch (error) {
      const cause = causeOf(error);
      if (cause === 'EAGAIN') return 0;
      lines += linesIn(data);
      onDropped({of: 'workers', lines, cause});
      return data.length;
    }
  };
}

/** The end of a line may come later, and is part of it. */
function linesIn(data: Buffer): number {
  let lines = data.at(-1) === NEWLINE[0] ? 0 : 1;
  for (let at = data.indexOf(NEWLINE); at !== -1; at = data.indexOf(NEWLINE, at + 1)) lines += 1;
  return lines;
}

/** The text for lost lines. */
export function describeDropped({of, lines, cause}: Dropped): string {
  const what = `${of === 'ssd' ? 'log ' : ''}${lines === 1 ? 'line' : 'lines'}${of === 'ssd' ? '' : ' of workers'}`;
  const why = cause === 'EAGAIN' ? 'nobody read them' : explain(cause);
  return `${lines} ${what} ${lines === 1 ? 'was' : 'were'} dropped: ${why}`;
}

function droppedEntry(dropped: Dropped): LogEntry {
  const {lines, cause} = dropped;
  return {event: 'lines-dropped', text: describeDropped(dropped), fields: {lines, cause}};
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
