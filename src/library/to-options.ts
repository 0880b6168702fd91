/** Translates the options of the library into those of the command line, which are checked in one place. */

import {COMMAND_LINE_ONLY} from '../daemon/config/config-file.js';
import type {OptionSpec} from '../daemon/config/option-spec.js';
import {OPTIONS, type RawOptions} from '../daemon/config/options.js';
import {readDuration} from '../daemon/config/values.js';
import type {ManageOptions} from '../daemon/modes/manage.js';
import {Refusal} from '../shared/words/errors.js';
import type {ManageServerOptions, StartServerOptions} from './types.js';

/** Options that only make sense for a program, or that have their own function in this library. */
const PROGRAM_ONLY: ReadonlySet<string> = new Set([...COMMAND_LINE_ONLY, 'daemonize', 'fdstore']);

/** @throws {Refusal} `usage` for an option that does not exist */
export function toRawOptions({exec: _, ...options}: StartServerOptions): RawOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const raw = given.map(([name, value]) => {
    const option = name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
    if (!Object.hasOwn(OPTIONS, option) || PROGRAM_ONLY.has(option))
      throw new Refusal({code: 'usage', problem: `unknown option ${name}`});
    const {type, bare}: OptionSpec = OPTIONS[option as keyof typeof OPTIONS];
    if (value === true && bare !== undefined) return [option, bare];
    if (type === 'array') return [option, [value].flat().map(String)];
    return [option, type === 'boolean' ? value === true : String(value)];
  });
  // Every name is in OPTIONS, and every value has the type of its option.
  return Object.fromEntries(raw) as RawOptions;
}

/** @throws {Refusal} `option-invalid` */
export function toManageOptions({pidFile, statusFile, control, timeout}: ManageServerOptions): ManageOptions {
  const timeoutMs = timeout === undefined ? null : readDuration({timeout: String(timeout)}, 'timeout');
  return {pidFile, statusFile: statusFile ?? null, control: control ?? null, timeoutMs};
}
