/**
 * `--log-file`: a file, or a command that reads from a pipe.
 *
 * ssd makes the pipe and keeps both of its ends, so a command that dies takes nobody with it: what is written stays in
 * the pipe until the next command reads it, and no writer gets SIGPIPE. If a command dies at once, what it left unread
 * is thrown away; otherwise the pipe would fill up and its writers would wait for ever. Workers write to the pipe
 * directly, and continue when ssd is gone. The command sees the end of its input when the last worker has ended.
 */
import {constants} from 'node:fs';
import {resolve} from 'node:path';
import {causeOf} from '../../shared/words/errors.js';
import {openIfThere, unusable} from '../files/usable-file.js';
import type {HandedOver} from '../handover/handed-over.js';
import {closeQuietly} from '../system/close-quietly.js';
import {openInPlace} from '../system/place.js';
import * as posix from '../system/posix.js';
import {commandOf, isCommand} from './command-line.js';
import {type CommandOptions, type CommandPipe, type CommandState, openCommand} from './log-command.js';
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
  readonly handOver: () => HandedOver<LogTargetState>;
  /** Closes the file, or closes the pipe and starts the command no more. */
  readonly close: () => void;
};

/**
 * A contract with later versions of ssd: names stay, and what is added may be missing. Standard output and standard error
 * are on the target already.
 */
export type LogTargetState = {
  /** What `--log-file` says. */
  readonly target: string;
  readonly open: OpenState;
};

type OpenState =
  | {readonly type: 'file' | 'descriptor'; readonly path: string; readonly fd: number}
  | ({readonly type: 'command'} & CommandState);

/**
 * @param revived what a former image of ssd has handed over. A file stays the one that was open, wherever it is by now.
 * @throws {Refusal} `file-unusable`
 */
export function openLogTarget(
  target: string,
  options: CommandOptions,
  revived: LogTargetState | null = null,
): LogTarget {
  const former = revived?.target === target ? revived.open : null;
  const opened = openTarget(target, options, former);
  // A command that ssd has no use for any more sees the end of its input when the last worker has ended.
  if (revived && !former) for (const fd of descriptorsOf(revived.open)) closeQuietly(fd);
  return {
    ...opened,
    redirect: former ? () => ALREADY_REDIRECTED : opened.redirect,
    handOver: () => {
      const {state, fds} = opened.handOver();
      return {state: {target, open: state}, fds};
    },
  };
}

const ALREADY_REDIRECTED: Redirection = {restore: () => {}, commit: () => {}};

function descriptorsOf(open: OpenState): readonly number[] {
  return open.type === 'command' ? [open.readEnd, open.writeEnd, open.out, open.err] : [open.fd];
}

type OpenTarget = Omit<LogTarget, 'handOver'> & {readonly handOver: () => HandedOver<OpenState>};

function openTarget(target: string, options: CommandOptions, former: OpenState | null): OpenTarget {
  const command = commandOf(target);
  if (command !== null)
    return openPipe(openCommand(command, options, former?.type === 'command' ? former : null));
  if (former?.type === 'file') return appendTo(former.path, former.fd);
  if (former?.type === 'descriptor') return writeTo(former.path, former.fd);
  const path = resolve(target);
  const own = ownDescriptorOf(path);
  return own === null ? openFile(path) : openOwn(path, own);
}

function openPipe({writeEnd, handOver, close}: CommandPipe): OpenTarget {
  return {
    path: null,
    reopen: () => null,
    place: () => 'unknown',
    redirect: () => putOutputsOn(writeEnd),
    handOver: () => {
      const {state, fds} = handOver();
      return {state: {type: 'command', ...state}, fds};
    },
    close,
  };
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
function openOwn(path: string, own: number): OpenTarget {
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
  return writeTo(real ?? path, fd);
}

function writeTo(path: string, fd: number): OpenTarget {
  return {
    path,
    redirect: () => putOutputsOn(fd),
    reopen: () => null,
    place: () => 'unknown',
    handOver: () => ({state: {type: 'descriptor', path, fd}, fds: [fd]}),
    close: () => closeQuietly(fd),
  };
}

function openFile(path: string): OpenTarget {
  try {
    return appendTo(path, openForAppend(path));
  } catch (error) {
    throw unusable('log file', path, error);
  }
}

function appendTo(path: string, first: number): OpenTarget {
  let fd = first;
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
    handOver: () => ({state: {type: 'file', path, fd}, fds: [fd]}),
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
