/**
 * The command of `--log-file`, and the pipe from which it reads. The next image of ssd goes on with the same pipe and the same
 * command.
 */
import {constants, openSync, readSync} from 'node:fs';
import {givenEnvironment} from '../../shared/node-variables.js';
import type {Ending} from '../../shared/protocol/event.js';
import {unusable} from '../files/usable-file.js';
import type {HandedOver} from '../handover/handed-over.js';
import {now} from '../system/clock.js';
import {closeQuietly} from '../system/close-quietly.js';
import * as posix from '../system/posix.js';
import type {Children} from '../workers/children.js';

/** How long ssd waits before it starts a command again that has ended. */
const COMMAND_PAUSE_MS = 1000;

/** A command that has lived for this long works again. */
const COMMAND_LIVES_MS = 5000;

export type CommandOptions = {
  readonly children: Children;
  /** In the background the command prints nowhere, because it must not keep a terminal or a pipe open. */
  readonly background: boolean;
  /** Called when the command has ended and will be started again. `lostBytes` were thrown away. */
  readonly onCommandEnd: (ending: Ending, lostBytes: number) => void;
  /** Called when a command that was started again has lived for a while. */
  readonly onCommandLives: () => void;
};

/** A contract with later versions of ssd: names stay, and what is added may be missing. */
export type CommandState = Places & {
  /** null: it has ended, and will be started again. */
  readonly pid: number | null;
  readonly startedAt: number;
  /** It was started again, and has yet to show that it lives. */
  readonly isProving: boolean;
};

export type CommandPipe = {
  readonly writeEnd: number;
  readonly handOver: () => HandedOver<CommandState>;
  /** Closes the pipe, and starts the command no more. */
  readonly close: () => void;
};

/**
 * @param revived what a former image of ssd has handed over
 * @throws {Refusal} `file-unusable`
 */
export function openCommand(
  command: string,
  options: CommandOptions,
  revived: CommandState | null = null,
): CommandPipe {
  const places = revived ? placesOf(revived) : openPlaces(command, options.background);
  const runner = runCommand(command, {places, options, revived});
  const fds = Object.values(places);
  return {
    writeEnd: places.writeEnd,
    handOver: () => ({state: {...places, ...runner.state()}, fds}),
    close: () => {
      runner.end();
      for (const fd of fds) closeQuietly(fd);
    },
  };
}

type Runner = {
  readonly places: Places;
  readonly options: CommandOptions;
  readonly revived: CommandState | null;
};

function runCommand(command: string, {places, options, revived}: Runner) {
  const {children, onCommandEnd, onCommandLives} = options;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let {pid, startedAt, isProving} = revived ?? {pid: null, startedAt: 0, isProving: false};
  const onExit = (ending: Ending) => {
    pid = null;
    isProving = false;
    if (closed) return;
    clearTimeout(timer);
    onCommandEnd(ending, now() - startedAt < COMMAND_PAUSE_MS ? emptyPipe(places.readEnd) : 0);
    startLater();
  };
  const start = () => {
    startedAt = now();
    const started = children.spawn({...orderFor(command, places), onExit});
    if ('pid' in started) pid = started.pid;
    else onExit({type: 'not-spawned', cause: started.cause});
  };
  const prove = () => {
    isProving = true;
    const onLives = () => {
      isProving = false;
      onCommandLives();
    };
    timer = setTimeout(onLives, Math.max(0, startedAt + COMMAND_LIVES_MS - now()));
  };
  const startLater = () => {
    timer = setTimeout(() => {
      start();
      if (pid !== null) prove();
    }, COMMAND_PAUSE_MS);
  };
  if (!revived) start();
  else if (pid === null) startLater();
  else {
    children.takeBack(pid, {onExit});
    if (isProving) prove();
  }
  return {
    state: () => ({pid, startedAt, isProving}),
    end: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}

function orderFor(command: string, {readEnd, out, err}: Places) {
  return {
    path: '/bin/sh',
    argv: ['/bin/sh', '-c', command],
    env: givenEnvironment(process.env),
    directory: null,
    descriptors: [
      [readEnd, 0],
      [out, 1],
      [err, 2],
    ],
  } as const;
}

function placesOf({readEnd, writeEnd, out, err}: CommandState): Places {
  return {readEnd, writeEnd, out, err};
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
