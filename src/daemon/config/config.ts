/** Turns options as text into a checked configuration. It reads only its arguments. */
import {basename} from 'node:path';
import {type Env, isInstanceName, pathProblem} from '../../shared/instance-paths.js';
import {nearest} from '../../shared/nearest.js';
import {didYouMean} from '../../shared/words/command-line.js';
import {invalidOption, misuse, Refusal} from '../../shared/words/errors.js';
import type {Settings} from '../core/types.js';
import {countProcessors} from '../system/processors/count.js';
import {readAdopt} from './deploy/adopt.js';
import {readRestartOrder} from './deploy/order.js';
import {readTrial, type TrialSettings} from './deploy/trial.js';
import {type HttpWish, readHttp} from './http/read.js';
import {type ListenerOptions, readListenerOptions} from './listening/listener-options.js';
import {type Listening, readListening} from './listening/read.js';
import {readLogFile} from './log-options.js';
import {readMaxMemory} from './memory/read.js';
import {LOG_FORMATS, type LogFormat, type RawOptions} from './options.js';
import {type Privileges, readPrivileges} from './privileges/read.js';
import type {ReadyWhen} from './ready-when.js';
import {readForward} from './signals/forward.js';
import {readSequence} from './signals/sequence.js';
import {execCommand, readChoice, readCount, readDuration, text} from './values.js';

export type Config = ListenerOptions & {
  readonly program: readonly [string, ...string[]];
  readonly directory: string | null;
  /** A directory, or a link to one, from which generations start; null: none is pinned. */
  readonly release: string | null;
  readonly listening: Listening;
  readonly settings: Settings;
  /** How many workers a generation has at first. */
  readonly workers: number;
  readonly ready: ReadyWhen;
  /** As whom workers run, and within which limits. */
  readonly privileges: Privileges;
  /** The check of a generation that is on trial, and how long it may take; null: there is none. */
  readonly check: {readonly command: string; readonly timeoutMs: number} | null;
  /** Whether each worker leads a process group of its own. */
  readonly killGroup: boolean;
  /** Whether ssd inherits the orphans among its descendants. */
  readonly subreaper: boolean;
  /** The signals that ssd passes on, without `SIG`. */
  readonly forward: readonly string[];
  readonly captureStderr: boolean;
  readonly captureOutput: boolean;
  /** The environment, including the variables that options set. */
  readonly env: Env;
  readonly pidFile: string | null;
  readonly statusFile: string | null;
  readonly logFile: string | null;
  readonly metricsFile: string | null;
  /** Where HTTP is served; null: nowhere. */
  readonly http: HttpWish | null;
  /** Where options were read from. */
  readonly configFile: string | null;
  readonly logFormat: LogFormat;
  readonly name: {readonly value: string; readonly given: boolean};
  readonly control: string | null;
  /** Whether to take over the workers of an ssd that was killed. */
  readonly adopt: boolean;
};

const DEFAULT_INTERVAL_MS = 1000;
const DEFAULT_READY_TIMEOUT_MS = 60_000;

/**
 * Checks the options of a start.
 *
 * @throws {Refusal} `usage`, `option-invalid`, and those of `readListenerOptions`
 */
export function readConfig(options: RawOptions, program: readonly string[], env: Env): Config {
  const [command, ...args] = program;
  if (command === undefined || command === '') {
    const inFile = options.config === undefined ? '' : ', or under "program" in the file of --config';
    const where = `it comes after --, as in ssd --port=8080 -- program${inFile}`;
    throw misuse('ssd', `no server program is given: ${where}`);
  }
  if (options.daemonize && options['log-file'] === undefined) {
    throw new Refusal({
      code: 'usage',
      problem: '--daemonize needs --log-file: a background process has no terminal to write to',
    });
  }
  refuseNul(options, program);
  const ready = readReady(options);
  const trial = readTrial(options);
  const listenerOptions = readListenerOptions(options);
  return {
    program: [command, ...args],
    directory: text(options, 'dir'),
    release: text(options, 'release'),
    ...listenerOptions,
    listening: readListening(options, listenerOptions.listeners),
    settings: {...readSettings(options, ready), ...trial.settings},
    workers: options.workers === 'auto' ? countProcessors() : (readCount(options, 'workers', 1) ?? 1),
    ready,
    check: trial.check,
    privileges: readPrivileges(options),
    killGroup: options['kill-group'] ?? false,
    subreaper: options.subreaper ?? false,
    forward: readForward(options.forward),
    captureStderr: (options['capture-stderr'] || options['capture-output']) ?? false,
    captureOutput: options['capture-output'] ?? false,
    env: withOptions(env, options),
    pidFile: text(options, 'pid-file'),
    statusFile: text(options, 'status-file'),
    logFile: readLogFile(options['log-file']),
    metricsFile: text(options, 'metrics-file'),
    http: readHttp(options),
    configFile: text(options, 'config'),
    logFormat: readChoice(options, 'log-format', LOG_FORMATS) ?? 'text',
    name: readName(options, command),
    control: readControl(options),
    adopt: readAdopt(options),
  };
}

function readSettings(options: RawOptions, ready: ReadyWhen): Omit<Settings, keyof TrialSettings> {
  const timeoutMs = readDuration(options, 'ready-timeout');
  const stopTimeoutMs = readDuration(options, 'stop-timeout');
  if (ready.how === 'interval' && timeoutMs !== null) {
    throw invalidOption(
      'ready-timeout',
      options['ready-timeout'] ?? '',
      'it works only with --ready=notify, fd or exec',
    );
  }
  return {
    intervalMs: readDuration(options, 'interval') ?? DEFAULT_INTERVAL_MS,
    maxIntervalMs: readDuration(options, 'max-interval'),
    maxAttempts: readCount(options, 'max-attempts', 1),
    readiness:
      ready.how === 'interval'
        ? {by: 'interval'}
        : {by: 'signal', timeoutMs: timeoutMs ?? DEFAULT_READY_TIMEOUT_MS},
    signalOnHup: readSequence('signal-on-hup', options, stopTimeoutMs),
    signalOnTerm: readSequence('signal-on-term', options, stopTimeoutMs),
    stopTimeoutMs,
    maxRetiring: readCount(options, 'max-retiring', 0),
    rolling: readCount(options, 'rolling', 1),
    maxMemory: readMaxMemory(options),
    pinned: options.release !== undefined,
    order: readRestartOrder(options),
  };
}

const READY = ['interval', 'notify', 'fd'] as const;

function readReady(options: RawOptions): ReadyWhen {
  const value = options.ready ?? 'interval';
  const command = execCommand(value);
  if (command !== null) return {how: 'exec', command};
  if (value === 'interval' || value === 'notify' || value === 'fd') return {how: value};
  const meant = didYouMean(nearest(value, READY));
  throw invalidOption('ready', value, `expected interval, notify, fd or exec=COMMAND${meant}`);
}

/** Sets the four variables that start_server sets from options. Workers see them, and envdir can change them. */
function withOptions(env: Env, options: RawOptions): Env {
  readDuration(options, 'auto-restart-interval');
  readDuration(options, 'kill-old-delay');
  const given = Object.entries(variablesSetBy(options)).filter(([, value]) => value !== undefined);
  return {...env, ...Object.fromEntries(given)};
}

/** The four variables, with the values that options set; undefined where the variable itself counts. */
export function variablesSetBy(options: RawOptions): Readonly<Record<string, string | undefined>> {
  return {
    ENVDIR: options.envdir,
    ENABLE_AUTO_RESTART: options['enable-auto-restart'] ? '1' : undefined,
    AUTO_RESTART_INTERVAL: options['auto-restart-interval'],
    KILL_OLD_DELAY: options['kill-old-delay'],
  };
}

function readName(options: RawOptions, command: string): Config['name'] {
  const {name} = options;
  if (name === undefined) {
    const derived = basename(command)
      .replace(/[^A-Za-z0-9_.@-]/g, '_')
      .replace(/^[^A-Za-z0-9_]/, '_')
      .slice(0, 64);
    return {value: derived, given: false};
  }
  if (isInstanceName(name)) return {value: name, given: true};
  throw invalidOption(
    'name',
    name,
    'expected 1 to 64 letters, digits or any of _ . @ -, beginning with a letter, a digit or _',
  );
}

function readControl(options: RawOptions): string | null {
  const path = text(options, 'control');
  const problem = path === null ? null : pathProblem(path);
  if (path !== null && problem !== null) throw invalidOption('control', path, problem);
  return path;
}

/** The kernel ends every text at a NUL byte. One can only come from a configuration file or the library. */
function refuseNul(options: RawOptions, program: readonly string[]): void {
  const words = program.map(word => ['the program', word] as const);
  const values = Object.entries(options).flatMap(([option, value]) =>
    [value].flat().map(one => [`--${option}`, one] as const),
  );
  for (const [what, value] of [...values, ...words])
    if (typeof value === 'string' && value.includes('\0'))
      throw misuse('ssd', `${what} has a NUL byte in it: ${JSON.stringify(value)}`);
}
