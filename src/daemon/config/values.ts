/** Reads the values of options: durations, counts, texts. */
import {nearest} from '../../shared/nearest.js';
import {MAX_WORKERS} from '../../shared/protocol/protocol.js';
import {EMPTY_VALUE, expectedOneOf} from '../../shared/words/command-line.js';
import {DURATION_FORM, parseDuration} from '../../shared/words/duration.js';
import {invalidOption} from '../../shared/words/errors.js';
import type {OptionName, RawOptions} from './options.js';

type DurationOption =
  | 'interval'
  | 'max-interval'
  | 'ready-timeout'
  | 'stop-timeout'
  | 'auto-restart-interval'
  | 'kill-old-delay'
  | 'bake'
  | 'bake-every'
  | 'bake-timeout'
  | 'bind-retry'
  | 'defer-accept'
  | 'timeout';

/**
 * A duration option in milliseconds, or null when it is not given.
 *
 * @throws {Refusal} `option-invalid`
 */
export function readDuration(options: RawOptions, option: DurationOption): number | null {
  const value = options[option];
  if (value === undefined) return null;
  const ms = parseDuration(value);
  if (ms === null) throw invalidOption(option, value, DURATION_FORM);
  return ms;
}

type CountOption = 'workers' | 'bake-failures' | 'rolling' | 'max-retiring' | 'max-attempts';

export function readCount(options: RawOptions, option: CountOption, least: number): number | null {
  const value = options[option];
  if (value === undefined) return null;
  const count = wholeNumber(value);
  if (count >= least && count <= MAX_WORKERS) return count;
  throw invalidOption(option, value, `expected a whole number from ${least} to ${MAX_WORKERS}`);
}

/** One of a few words, or null when it is not given. @throws {Refusal} `option-invalid` */
export function readChoice<T extends string>(
  options: RawOptions,
  option: 'order' | 'log-format',
  choices: readonly T[],
): T | null {
  const value = options[option];
  if (value === undefined) return null;
  const found = choices.find(choice => choice === value);
  if (found === undefined) {
    throw invalidOption(option, value, expectedOneOf(choices, nearest(value, choices)));
  }
  return found;
}

/** The command in `exec=COMMAND`, or null: it is something else, or the command is empty. */
export function execCommand(value: string): string | null {
  const [how, ...parts] = value.split('=');
  const command = parts.join('=');
  return how === 'exec' && command.trim() !== '' ? command : null;
}

/** @returns NaN for what is none */
export function wholeNumber(value: string): number {
  return /^\d+$/.test(value) ? Number(value) : Number.NaN;
}

export function text(options: RawOptions, option: OptionName): string | null {
  const value = options[option];
  if (value === '') throw invalidOption(option, '', EMPTY_VALUE);
  return typeof value === 'string' ? value : null;
}
