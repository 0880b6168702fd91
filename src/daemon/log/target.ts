/**
 * `--log-file`: a file, or a command that reads from a pipe.
 *
 * The pipe is made here and ssd keeps both of its ends, so a command that dies takes nobody with it: what is
 * written stays in the pipe until the next one reads, and no writer gets SIGPIPE. Only what a command has left
 * that died at once is thrown away, lest the pipe fill up and its writers wait for ever. Workers write to the pipe
 * directly and go on doing so when ssd is gone; the command sees the end when the last of them has ended.
 */
import {closeSync, constants, openSync, readSync} from 'node:fs';
import {resolve} from 'node:path';
import type {Ending} from '../../shared/protocol/event.js';
import {causeOf} from '../../shared/words/errors.js';
import {openIfThere, unusable} from '../files/usable-file.js';
import {now} from '../system/clock.js';
import * as posix from '../system/posix.js';
import type {Children} from '../workers/children.js';

export type LogTarget = {
  /**
   * Puts standard output and standard error there, for ssd and every worker to come. Where they went before is
   * kept open until it is known whether ssd comes up: the terminal is where a refusal must be seen.
   */
  readonly redirect: () => Redirection;
  /** The file, as an absolute path; null for a command. */
  readonly path: string | null;
  /**
   * Opens the file anew, after it was renamed, for ssd and every worker to come; those that run go on with the old one.
   *
   * @returns null, or the errno name of why not
   */
  readonly reopen: () => string | null;
  /** Starts the command no more, and gives up the pipe. */
  readonly close: () => void;
};

export type Redirection = {
  /** Puts them back to where they went before. */
  readonly restore: () => void;
  /** Lets go of where they went before. */
  readonly commit: () => void;
};

/** The pause before a command that has ended is started again. */
export const COMMAND_PAUSE_MS = 1000;

/** A command that has lived for so long works again. */
export const COMMAND_LIVES_MS = 5000;

const PIPE = /^\s*\|\s*/;

export type LogTargetOptions = {
  readonly children: Children;
  /** In the background the command prints nowhere: a terminal or a pipe must not be kept open by it. */
  readonly background: boolean;
  /** Told when the command has ended and will be started again, and how many bytes were thrown away. */
  readonly onCommandEnd: (ending: Ending, lostBytes: number) => void;
  /** Told when the command, started again, has lived for a while. */
  readonly onCommandLives: () => void;
};

/** @throws {Refusal} `file-unusable` */
export function openLogTarget(target: string, options: LogTargetOptions): LogTarget {
  return PIPE.test(target) ? openCommand(target.replace(PIPE, ''), options) : openFile(resolve(target));
}

/**
 * Whether it could be opened. A file is neither made nor changed; a command is not run.
 *
 * @throws {Refusal} `file-unusable`
 */
export function checkLogTarget(target: string): void {
  if (PIPE.test(target)) return;
  const fd = openIfThere(resolve(target), constants.O_WRONLY | constants.O_APPEND, 'log file');
  if (fd !== null) closeSync(fd);
}

function openFile(path: string): LogTarget {
  let fd: number;
  try {
    fd = openForAppend(path);
  } catch (error) {
    throw unusable('log file', path, error);
  }
  const reopen = () => {
    try {
      const next = openForAppend(path);
      closeSync(fd);
      fd = next;
      for (const output of [1, 2]) posix.duplicateOnto(fd, output);
      return null;
    } catch (error) {
      return causeOf(error);
    }
  };
  return {path, redirect: () => putOutputsOn(fd), reopen, close: () => closeSync(fd)};
}

function openForAppend(path: string): number {
  // O_NONBLOCK: a FIFO that nobody reads is an error, not a place to wait for ever.
  const {O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK} = constants;
  const fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o666);
  posix.makeBlocking(fd);
  return fd;
}

function openCommand(
  command: string,
  {children, background, onCommandEnd, onCommandLives}: LogTargetOptions,
): LogTarget {
  const {readEnd, writeEnd} = posix.pipe();
  const output = (fd: number) => (background ? openSync('/dev/null', 'w') : posix.duplicateAbove(fd, 3));
  const [out, err] = [output(1), output(2)];
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let startedAt = 0;
  const again = (ending: Ending) => {
    if (closed) return;
    clearTimeout(timer);
    onCommandEnd(ending, now() - startedAt < COMMAND_PAUSE_MS ? emptyPipe(readEnd) : 0);
    timer = setTimeout(startAgain, COMMAND_PAUSE_MS);
  };
  const start = () => {
    startedAt = now();
    const started = children.spawn({
      path: '/bin/sh',
      argv: ['/bin/sh', '-c', command],
      env: process.env,
      directory: null,
      descriptors: [
        [readEnd, 0],
        [out, 1],
        [err, 2],
      ],
      onExit: again,
    });
    if ('cause' in started) again({type: 'not-spawned', cause: started.cause});
    return 'pid' in started;
  };
  const startAgain = () => {
    if (start()) timer = setTimeout(onCommandLives, COMMAND_LIVES_MS);
  };
  start();
  return {
    path: null,
    reopen: () => null,
    redirect: () => putOutputsOn(writeEnd),
    close: () => {
      closed = true;
      clearTimeout(timer);
      for (const fd of [readEnd, writeEnd, out, err]) closeSync(fd);
    },
  };
}

/** Reads what is in a pipe now, by a description of our own: the command's must stay blocking. */
function emptyPipe(readEnd: number): number {
  let own = -1;
  try {
    own = openSync(`/proc/self/fd/${readEnd}`, constants.O_RDONLY | constants.O_NONBLOCK);
    return readSync(own, Buffer.alloc(1024 * 1024));
  } catch {
    // EAGAIN: it is empty. Or it cannot be opened, with no descriptor left: then it stays as it is.
    return 0;
  } finally {
    if (own !== -1) closeSync(own);
  }
}

function putOutputsOn(fd: number): Redirection {
  const former = [1, 2].map(output => ({output, kept: posix.duplicateAbove(output, 3)}));
  for (const {output} of former) posix.duplicateOnto(fd, output);
  let open = true;
  const commit = () => {
    if (open) for (const {kept} of former) closeSync(kept);
    open = false;
  };
  const restore = () => {
    if (open) for (const {output, kept} of former) posix.duplicateOnto(kept, output);
    commit();
  };
  return {restore, commit};
}
