/**
 * Problems that the former image has told of what the options do not name any more. Nothing looks at that again, so they are
 * over.
 */
import type {ProblemCode} from '../../shared/protocol/problem.js';
import type {Config} from '../config/config.js';
import type {Problems} from '../problems/problems.js';
import type {Listener} from '../sockets/listener.js';
import {describeListener} from '../sockets/listeners.js';

export type Named = {
  readonly config: Pick<Config, 'ready' | 'logFile' | 'backlog' | 'nonBlocking' | 'directory' | 'release'>;
  /** Where HTTP is served; null: nowhere. */
  readonly http: string | null;
  readonly listeners: readonly Listener[];
  /** The file to which the log goes; null: to none. */
  readonly logFile: string | null;
  /** How the workers of the former image said that they are ready. */
  readonly readyBefore: string;
};

export function endForeign({list, solve}: Pick<Problems, 'list' | 'solve'>, named: Named): void {
  const subjects = subjectsOf(named);
  for (const {code, subject} of list()) {
    if (subjects[code]?.includes(subject) === false) solve(code, subject);
  }
}

/** What may be meant by a problem of each kind; one that is not here can always end by itself. */
function subjectsOf({config, listeners, http, logFile, readyBefore}: Named): Subjects {
  const {ready, backlog, nonBlocking, directory, release} = config;
  const described = listeners.map(describeListener);
  const isKept = backlog !== null || nonBlocking !== null;
  return {
    'listener-shut': described,
    'queue-stuck': described,
    'queue-nearly-full': described,
    'listener-setting': isKept ? described : [],
    ...(listeners.length === 0 && {'listener-held': []}),
    'http-off': http === null ? [] : [http],
    'http-failed': http === null ? [] : [http],
    'path-removed': listeners.map(({address}) => address),
    'log-file': logFile === null ? [] : [logFile],
    'log-command': config.logFile === null ? [] : [config.logFile],
    'ready-command': ready.how === 'exec' ? [ready.command] : [],
    ...(ready.how !== readyBefore && {'notify-socket': []}),
    ...((directory !== null || release !== null) && {'start-directory': []}),
  };
}

type Subjects = Readonly<Partial<Record<ProblemCode, readonly string[]>>>;
