/** Translates the options of the library into those of the command line, which are checked in one place. */
import {inspect} from 'node:util';
import {COMMAND_LINE_ONLY} from '../daemon/config/config-file.js';
import type {OptionSpec} from '../daemon/config/option-spec.js';
import {OPTIONS, type RawOptions} from '../daemon/config/options.js';
import {readDuration} from '../daemon/config/values.js';
import type {ManageOptions} from '../daemon/modes/manage.js';
import {nearest} from '../shared/nearest.js';
import {didYouMean} from '../shared/words/command-line.js';
import {Refusal} from '../shared/words/errors.js';
import {printable} from '../shared/words/printable.js';
import type {ServerError} from './client/explain.js';
import type {ManageServerOptions, StartServerOptions} from './types.js';

/** Options that only make sense for a program, or that have their own function in this library. */
const PROGRAM_ONLY: ReadonlySet<string> = new Set([...COMMAND_LINE_ONLY, 'daemonize', 'fdstore']);
const TAKEN = Object.keys(OPTIONS).filter(option => !PROGRAM_ONLY.has(option));

/**
 * @throws {Refusal} `usage` for an option that does not exist
 * @throws {ServerError} `option-invalid` for a value that no text of a command line can be
 */
export function toRawOptions({exec: _, signal: __, ...options}: StartServerOptions): RawOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const raw = given.map(([name, value]) => {
    const option = name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
    if (!TAKEN.includes(option)) {
      const meant = didYouMean(nearest(name, [...TAKEN.map(jsName), 'exec', 'signal']));
      throw new Refusal({code: 'usage', problem: `unknown option ${name}${meant}`, option: name});
    }
    return [option, rawValue(name, value, OPTIONS[option as keyof typeof OPTIONS])];
  });
  // Every name is in OPTIONS, and every value has the type of its option.
  return Object.fromEntries(raw) as RawOptions;
}

/** @throws {ServerError} `option-invalid` if it is no command: a text would be taken for a list of letters */
export function toCommand(exec: unknown): readonly string[] {
  const isCommand = Array.isArray(exec) && exec.length > 0 && exec.every(word => typeof word === 'string');
  if (isCommand && exec[0] !== '') return exec;
  throw invalid('exec', exec, "expected the program and its arguments, such as ['node', 'server.js']");
}

/** The error of the library for an option whose text is wrong, under the name that it has there. */
export function underOwnName(error: unknown): unknown {
  if (!(error instanceof Refusal) || error.failure.code !== 'option-invalid') return error;
  const {option, value, problem} = error.failure;
  return invalid(jsName(option), value, problem);
}

/** @throws {ServerError} `option-invalid` */
export function toManageOptions({pidFile, statusFile, control, timeout}: ManageServerOptions): ManageOptions {
  if (typeof pidFile !== 'string' || pidFile === '') throw invalid('pidFile', pidFile, 'expected a path');
  const timeoutMs = timeout === undefined ? null : readDuration({timeout: String(timeout)}, 'timeout');
  return {pidFile, statusFile: statusFile ?? null, control: control ?? null, timeoutMs};
}

function rawValue(name: string, value: unknown, {type, bare}: OptionSpec): boolean | string | string[] {
  if (type === 'boolean') {
    if (typeof value === 'boolean') return value;
    throw invalid(name, value, 'expected true or false');
  }
  if (type === 'array') {
    const values = [value].flat();
    if (values.every(isText)) return values.map(String);
    throw invalid(name, value, 'expected text or a number, or an array of them');
  }
  if (value === true && bare !== undefined) return bare;
  if (isText(value)) return String(value);
  throw invalid(name, value, `expected ${bare === undefined ? '' : 'true, '}text or a number`);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' || Number.isFinite(value);
}

function jsName(option: string): string {
  return option.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function invalid(option: string, value: unknown, problem: string): ServerError {
  const shown = inspect(value, {depth: 1, breakLength: Number.POSITIVE_INFINITY}).slice(0, MOST_SHOWN);
  const error = new Error(printable(`option ${option} is ${shown}: ${problem}`));
  return Object.assign(error, {code: 'option-invalid', option});
}

const MOST_SHOWN = 200;
