/**
 * `--log-file`: a file, or a command that reads from a pipe.
 *
 * ssd makes the pipe and keeps both of its ends, so a command that dies takes nobody with it: what is written stays in
 * the pipe until the next command reads it, and no writer gets SIGPIPE. If a command dies at once, what it left unread
 * is thrown away; otherwise the pipe would fill up and its writers would wait for ever. Workers write to the pipe
 * directly, and continue when ssd is gone. The command sees the end of its input when the last worker has ended.
 */
import {constants, openSync, readSync} from 'node:fs';
import {resolve} from 'node:path';
import {givenEnvironment} from '../../shared/node-variables.js';
import type {Ending} from '../../shared/protocol/event.js';
import {causeOf} from '../../shared/words/errors.js';
import {openIfThere, unusable} from '../files/usable-file.js';
import {now} from '../system/clock.js';
import {closeQuietly} from '../system/close-quietly.js';
import {openInPlace} from '../system/place.js';
import * as posix from '../system/posix.js';
import type {Children} from '../workers/children.js';
import {commandOf, isCommand} from './command-line.js';
import {type Place, placeOf} from './log-place.js';
import {duplicateForWriting, fileBehind, ownDescriptorOf} from './own-descriptor.js';
import {putOutputsOn, type Redirection} from './redirection.js';

export type LogTarget = {
  /**
   * Redirects standard output and standard error of ssd and of every later worker. The former ones stay open until it
   * is known whether ssd comes up, because a refusal must be seen on the terminal.
   */
  readonly redirect: () => Redirection;
  /** The absolute path of the file; null for a command. */
  readonly path: string | null;
  /**
   * Opens the file again after it was renamed, for ssd and every later worker. Workers that already run keep the old
   * one.
   *
   * @returns null, or the errno name of the failure
   */
  readonly reopen: () => string | null;
  /** Whether the path still leads to the file. */
  readonly place: () => Place;
  /** Closes the file, or closes the pipe and starts the command no more. */
  readonly close: () => void;
};

/** How long ssd waits before it starts a command again that has ended. */
const COMMAND_PAUSE_MS = 1000;

/** A command that has lived for this long works again. */
const COMMAND_LIVES_MS = 5000;

export type LogTargetOptions = {
  readonly children: Children;
  /** In the background the command prints nowhere, because it must not keep a terminal or a pipe open. */
  readonly background: boolean;
  /** Called when the command has ended and will be started again. `lostBytes` were thrown away. */
  readonly onCommandEnd: (ending: Ending, lostBytes: number) => void;
  /** Called when a command that was started again has lived for a while. */
  readonly onCommandLives: () => void;
};

/** @throws {Refusal} `file-unusable` */
export function openLogTarget(target: string, options: LogTargetOptions): LogTarget {
  const command = commandOf(target);
  if (command !== null) return openCommand(command, options);
  const path = resolve(target);
  const own = ownDescriptorOf(path);
  return own === null ? openFile(path) : openOwn(path, own);
}

/**
 * Checks that the target could be opened. A file is neither created nor changed, and a command is not run.
 *
 * @throws {Refusal} `file-unusable`
 */
export function checkLogTarget(target: string): void {
  if (isCommand(target)) return;
  const own = ownDescriptorOf(resolve(target));
  if (own !== null) {
    openOwn(resolve(target), own).close();
    return;
  }
  const fd = openIfThere(resolve(target), constants.O_WRONLY | constants.O_APPEND, 'log file');
  if (fd !== null) closeQuietly(fd);
}

/** The file behind a descriptor of ssd, if it can be opened, or else that descriptor, which cannot be opened again. */
function openOwn(path: string, own: number): LogTarget {
  const real = fileBehind(path);
  try {
    if (real !== null) return openFile(real);
  } catch {
    // It belongs to another user. The descriptor was opened by somebody who may write to it.
  }
  let fd: number;
  try {
    fd = duplicateForWriting(own);
  } catch (error) {
    throw unusable('log file', path, error);
  }
  return {
    path: real ?? path,
    redirect: () => putOutputsOn(fd),
    reopen: () => null,
    place: () => 'unknown',
    close: () => closeQuietly(fd),
  };
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
      closeQuietly(fd);
      fd = next;
      for (const output of [1, 2]) posix.duplicateOnto(fd, output);
      return null;
    } catch (error) {
      return causeOf(error);
    }
  };
  return {
    path,
    redirect: () => putOutputsOn(fd),
    reopen,
    place: () => placeOf(path, fd),
    close: () => closeQuietly(fd),
  };
}

function openForAppend(path: string): number {
  // With O_NONBLOCK a FIFO that nobody reads is an error; without it the open would wait for ever.
  const {O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK} = constants;
  const fd = openInPlace(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o666);
  try {
    posix.makeBlocking(fd);
    return fd;
  } catch (error) {
    closeQuietly(fd);
    throw error;
  }
}

function openCommand(
  command: string,
  {children, background, onCommandEnd, onCommandLives}: LogTargetOptions,
): LogTarget {
  const {readEnd, writeEnd, out, err} = openPlaces(command, background);
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
      env: givenEnvironment(process.env),
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
    place: () => 'unknown',
    redirect: () => putOutputsOn(writeEnd),
    close: () => {
      closed = true;
      clearTimeout(timer);
      for (const fd of [readEnd, writeEnd, out, err]) closeQuietly(fd);
    },
  };
}

type Places = {
  readonly readEnd: number;
  readonly writeEnd: number;
  readonly out: number;
  readonly err: number;
};

/**
 * Opens the pipe, and the places where the command itself prints.
 *
 * @throws {Refusal} `file-unusable`; what was opened until then is closed
 */
function openPlaces(command: string, background: boolean): Places {
  const opened: number[] = [];
  const keep = (fd: number) => {
    opened.push(fd);
    return fd;
  };
  const output = (fd: number) => keep(background ? openSync('/dev/null', 'w') : posix.duplicateAbove(fd, 3));
  try {
    const {readEnd, writeEnd} = posix.pipe();
    return {readEnd: keep(readEnd), writeEnd: keep(writeEnd), out: output(1), err: output(2)};
  } catch (error) {
    for (const fd of opened) closeQuietly(fd);
    throw unusable('log file', `| ${command}`, error);
  }
}

/** Empties a pipe through a file description of its own, because the command's must stay blocking. */
function emptyPipe(readEnd: number): number {
  let own = -1;
  try {
    own = openSync(`/proc/self/fd/${readEnd}`, constants.O_RDONLY | constants.O_NONBLOCK);
    return readSync(own, Buffer.alloc(1024 * 1024));
  } catch {
    // EAGAIN: the pipe is empty. Or no descriptor is left to open it, and it stays as it is.
    return 0;
  } finally {
    if (own !== -1) closeQuietly(own);
  }
}
