/** What ssd says to people: one line for everything that happens. */
import {formatDuration} from '../shared/duration.js';
import type {Ending, Happening} from '../shared/protocol.js';
import {describeEnding, describeFailedStart, describeHint, explain} from '../shared/wording.js';

/** What is worth a line but is no business of the core. */
export type Notice =
  | {readonly type: 'starting'; readonly version: string; readonly instance: string}
  | {readonly type: 'listening'; readonly kind: string; readonly address: string; readonly fd: number}
  | {readonly type: 'control-ready'; readonly path: string}
  | {readonly type: 'control-off'; readonly problem: string}
  | {readonly type: 'control-failed'; readonly cause: string}
  | {readonly type: 'environment-oddity'; readonly what: string; readonly problem: string}
  | {readonly type: 'status-file-failed'; readonly path: string; readonly cause: string}
  | {readonly type: 'log-command-ended'; readonly ending: Ending}
  | {readonly type: 'signal-ignored'; readonly signal: string}
  | {readonly type: 'clean-up-failed'; readonly cause: string};

export type Log = (line: Happening | Notice) => void;

type Lines = {
  readonly [T in (Happening | Notice)['type']]: (line: Extract<Happening | Notice, {type: T}>) => string;
};

const lines: Lines = {
  starting: ({version, instance}) => `ssd ${version} starts, instance ${instance}`,
  listening: ({kind, address, fd}) => `listening on ${kind} ${address}, descriptor ${fd} of the workers`,
  'control-ready': ({path}) => `control socket ${path}`,
  'control-off': ({problem}) => `warning: running without a control socket: ${problem}`,
  'control-failed': ({cause}) => `warning: control socket: ${explain(cause)}`,
  'environment-oddity': ({what, problem}) => `warning: ${what} is passed over: ${explain(problem)}`,
  'status-file-failed': ({path, cause}) => `warning: cannot write status file ${path}: ${explain(cause)}`,
  'log-command-ended': ({ending}) =>
    `warning: the log command ${describeEnding(ending)}; it is started again`,
  'signal-ignored': ({signal}) => `ignored ${signal}: SIGHUP restarts, SIGTERM stops`,
  'clean-up-failed': ({cause}) => `warning: cannot clean up: ${explain(cause)}`,
  'restart-asked': ({by, queued}) =>
    `restart asked by ${ORIGINS[by]}${queued ? '; it follows the running one' : ''}`,
  'stop-asked': ({signal}) => `stop asked (${signal})`,
  spawned: ({generation, pid}) => `generation ${generation} spawned, pid ${pid}`,
  ready: ({generation, pids, tookMs}) =>
    `generation ${generation} is ready after ${formatDuration(tookMs)}, pid ${pids.join(', ')}`,
  'start-failed': failed => {
    const hint = failed.hint && failed.attempt === 1 ? `; hint: ${describeHint(failed.hint)}` : '';
    return `attempt ${failed.attempt} failed: ${describeFailedStart(failed)}${hint}`;
  },
  lost: ({generation, pid, ending, livedMs}) =>
    `generation ${generation} lost its worker, pid ${pid}: it ${describeEnding(ending)} after ${formatDuration(livedMs)}`,
  delaying: ({generations, delayMs}) =>
    `generation ${generations.join(', ')} is told to finish in ${formatDuration(delayMs)}`,
  telling: ({generation, pids, signal}) =>
    `sending ${signal} to generation ${generation}, pid ${pids.join(', ')}`,
  finished: ({generation, pid, ending}) => `generation ${generation}, pid ${pid}, ${describeEnding(ending)}`,
  restarted: ({generation, replaced}) =>
    `restart completed: generation ${generation} replaced ${replaced.join(', ')}`,
  stopped: () => 'all workers are gone',
};

const ORIGINS = {signal: 'SIGHUP', request: 'a control client', 'auto-restart': 'the auto-restart interval'};

/** @param write takes one line without its end */
export function createLog(write: (text: string) => void): Log {
  return line => {
    // One function for each type; TypeScript cannot correlate the look-up with the argument.
    write((lines[line.type] as (line: Happening | Notice) => string)(line));
  };
}
