/** Translates the options of the library into those of the command line, which are checked in one place. */
import {COMMAND_LINE_ONLY} from '../daemon/config/config-file.js';
import type {OptionSpec} from '../daemon/config/option-spec.js';
import {OPTIONS, type RawOptions} from '../daemon/config/options.js';
import {readDuration} from '../daemon/config/values.js';
import type {ManageOptions} from '../daemon/modes/manage.js';
import {Refusal} from '../shared/words/errors.js';
import {faultAsObject, faultIn, type Kinds, PATH, SIGNAL} from './options/fault.js';
import {faulty, invalid} from './options/invalid.js';
import type {ManageServerOptions, StartServerOptions} from './types.js';

/** Options that only make sense for a program, or that have their own function in this library. */
const PROGRAM_ONLY: ReadonlySet<string> = new Set([...COMMAND_LINE_ONLY, 'daemonize', 'fdstore']);
const TAKEN = Object.keys(OPTIONS).filter(option => !PROGRAM_ONLY.has(option));

/** @throws {ServerError} `option-invalid` for an option that does not exist, or a value that no text of a command line can be */
export function toRawOptions(options: StartServerOptions): RawOptions {
  const fault = faultAsObject('options', options);
  if (fault) throw faulty(fault);
  const given = Object.entries(options).filter(([name, value]) => value !== undefined && name !== 'exec');
  const raw = given.flatMap(([name, value]) => {
    if (name === 'signal') {
      if (SIGNAL.is(value)) return [];
      throw invalid(name, value, `expected ${SIGNAL.expected}`);
    }
    const option = name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
    if (!TAKEN.includes(option))
      throw faulty({option: name, known: [...TAKEN.map(jsName), 'exec', 'signal']});
    return [[option, rawValue(name, value, OPTIONS[option as keyof typeof OPTIONS])]];
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

/** The error of the library for an option whose text is wrong, under the names that options have there. */
export function underOwnName(error: unknown): unknown {
  if (!(error instanceof Refusal) || error.failure.code !== 'option-invalid') return error;
  const {option, value, problem} = error.failure;
  const inOwnNames = problem.replace(/--([a-z][a-z-]*)/g, (flag, other: string) =>
    TAKEN.includes(other) ? jsName(other) : flag,
  );
  return invalid(jsName(option), value, inOwnNames);
}

/** @throws {ServerError} `option-invalid` */
export function toManageOptions(options: ManageServerOptions): ManageOptions {
  const fault = faultIn(options, MANAGE);
  if (fault) throw faulty(fault);
  const {pidFile, statusFile, control, timeout} = options;
  if (pidFile === undefined) throw invalid('pidFile', pidFile, `expected ${PATH.expected}`);
  const timeoutMs = timeout === undefined ? null : readTimeout(String(timeout));
  return {pidFile, statusFile: statusFile ?? null, control: control ?? null, timeoutMs};
}

const MANAGE: Kinds = {
  pidFile: PATH,
  statusFile: PATH,
  control: PATH,
  timeout: {is: isText, expected: 'text or a number'},
};

function readTimeout(timeout: string): number | null {
  try {
    return readDuration({timeout}, 'timeout');
  } catch (error) {
    throw underOwnName(error);
  }
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
