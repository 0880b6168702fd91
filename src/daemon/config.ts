/** From options as text to a configuration in which everything is checked. Reads nothing but its arguments. */
import {constants} from 'node:os';
import {basename} from 'node:path';
import {DURATION_FORM, parseDuration} from '../shared/duration.js';
import {Refusal} from '../shared/errors.js';
import {type Env, isInstanceName, pathProblem} from '../shared/instance-paths.js';
import {type PlacedListener, parsePath, parsePort, placeListeners} from './address.js';
import type {Settings} from './core/types.js';
import type {OptionName, RawOptions} from './options.js';

export type Config = {
  readonly program: readonly [string, ...string[]];
  readonly directory: string | null;
  readonly listeners: readonly PlacedListener[];
  /** null: what the system allows. */
  readonly backlog: number | null;
  readonly settings: Settings;
  /** The environment, with what the options set in it. */
  readonly env: Env;
  readonly pidFile: string | null;
  readonly statusFile: string | null;
  readonly logFile: string | null;
  readonly name: {readonly value: string; readonly given: boolean};
  readonly control: string | null;
};

const DEFAULT_INTERVAL_MS = 1000;
const MAX_BACKLOG = 2 ** 31 - 1;

/**
 * Checks the options with which a server is to be started.
 *
 * @throws {Refusal} `usage`, `option-invalid`, and what `placeListeners` refuses
 */
export function readConfig(options: RawOptions, program: readonly string[], env: Env): Config {
  const [command, ...args] = program;
  if (command === undefined || command === '') {
    throw new Refusal({code: 'usage', problem: 'no server program is given; see ssd --help'});
  }
  if (options.daemonize && options['log-file'] === undefined) {
    throw new Refusal({
      code: 'usage',
      problem: '--daemonize needs --log-file: there is no terminal to write to',
    });
  }
  return {
    program: [command, ...args],
    directory: text(options, 'dir'),
    listeners: placeListeners([
      ...(options.port ?? []).map(parsePort),
      ...(options.path ?? []).map(parsePath),
    ]),
    backlog: readBacklog(options.backlog),
    settings: {
      workers: 1,
      intervalMs: readDuration(options, 'interval') ?? DEFAULT_INTERVAL_MS,
      signalOnHup: readSignal(options, 'signal-on-hup'),
      signalOnTerm: readSignal(options, 'signal-on-term'),
    },
    env: withOptions(env, options),
    pidFile: text(options, 'pid-file'),
    statusFile: text(options, 'status-file'),
    logFile: text(options, 'log-file'),
    name: readName(options, command),
    control: readControl(options),
  };
}

/**
 * A duration option in milliseconds, or null when it is not given.
 *
 * @throws {Refusal} `option-invalid`
 */
export function readDuration(options: RawOptions, option: DurationOption): number | null {
  const value = options[option];
  if (value === undefined) return null;
  const ms = parseDuration(value);
  if (ms === null) throw invalid(option, value, DURATION_FORM);
  return ms;
}

type DurationOption = 'interval' | 'auto-restart-interval' | 'kill-old-delay' | 'timeout';

/** The four variables that start_server sets from its options; workers see them, and envdir can change them. */
function withOptions(env: Env, options: RawOptions): Env {
  readDuration(options, 'auto-restart-interval');
  readDuration(options, 'kill-old-delay');
  const set: Record<string, string | undefined> = {
    ENVDIR: options.envdir,
    ENABLE_AUTO_RESTART: options['enable-auto-restart'] ? '1' : undefined,
    AUTO_RESTART_INTERVAL: options['auto-restart-interval'],
    KILL_OLD_DELAY: options['kill-old-delay'],
  };
  const given = Object.entries(set).filter(([, value]) => value !== undefined);
  return {...env, ...Object.fromEntries(given)};
}

function readBacklog(value: string | undefined): number | null {
  if (value === undefined) return null;
  const backlog = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (!(backlog <= MAX_BACKLOG)) throw invalid('backlog', value, 'expected a whole number');
  // 0 is the default, as with start_server.
  return backlog === 0 ? null : backlog;
}

/** A signal by name (`QUIT`, `sigquit`) or number, as kill(1) takes it; without its `SIG`. */
function readSignal(options: RawOptions, option: 'signal-on-hup' | 'signal-on-term'): string {
  const value = options[option] ?? 'TERM';
  const wanted = value.toUpperCase().replace(/^SIG/, '');
  const found = Object.entries(constants.signals).find(
    ([name, number]) => name === `SIG${wanted}` || String(number) === wanted,
  );
  if (!found) throw invalid(option, value, 'there is no such signal (kill -l lists them)');
  return found[0].slice('SIG'.length);
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
  throw invalid(
    'name',
    name,
    'a name has 1 to 64 letters, digits or any of _ . @ -, and begins with none of . @ -',
  );
}

function readControl(options: RawOptions): string | null {
  const path = text(options, 'control');
  const problem = path === null ? null : pathProblem(path);
  if (path !== null && problem !== null) throw invalid('control', path, problem);
  return path;
}

function text(options: RawOptions, option: OptionName): string | null {
  const value = options[option];
  if (value === '') throw invalid(option, '', 'a value is expected');
  return typeof value === 'string' ? value : null;
}

function invalid(option: string, value: string, problem: string): Refusal {
  return new Refusal({code: 'option-invalid', option, value, problem});
}
