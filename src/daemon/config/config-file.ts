/**
 * `--config`: one JSON object with the options of the command line, under the same names, and with `program`. This file
 * checks the type of every value, so that an error names the file and the key. `config.ts` checks the meaning of a
 * value, as it does for the command line.
 */
import {closeSync, constants, readFileSync} from 'node:fs';
import {nearest} from '../../shared/nearest.js';
import {didYouMean} from '../../shared/words/command-line.js';
import {causeOf, type Failure, Refusal} from '../../shared/words/errors.js';
import {openInPlace} from '../system/place.js';
import type {OptionSpec} from './option-spec.js';
import {OPTIONS, type OptionName, type RawOptions} from './options.js';

export type ConfigFile = {
  readonly path: string;
  readonly options: RawOptions;
  /** Empty if the file names no program. */
  readonly program: readonly string[];
};

/** These options say what one command does. They do not say how an instance runs. */
export const COMMAND_LINE_ONLY: readonly OptionName[] = [
  'config',
  'check',
  'print-unit',
  'socket',
  'hardened',
  'help',
  'version',
  'restart',
  'stop',
  'timeout',
];

/** @throws {Refusal} `config-unreadable`, `config-invalid` */
export function readConfigFile(path: string): ConfigFile {
  const {program, ...options} = parse(path, read(path));
  const refuse = (key: string) => (problem: string) =>
    new Refusal({code: 'config-invalid', path, key, problem});
  const checked = Object.entries(options).map(([key, value]) => [key, readOption(key, value, refuse(key))]);
  return {
    path,
    // Every name was looked up in OPTIONS, and every value was converted to its type.
    options: Object.fromEntries(checked) as RawOptions,
    program: program === undefined ? [] : readProgram(program, refuse('program')),
  };
}

/** Makes a failure name the file if the refused value comes from the file. */
export function blameFile(failure: Failure, file: ConfigFile | null, given: RawOptions): Failure {
  if (!file || failure.code !== 'option-invalid' || !Object.hasOwn(file.options, failure.option)) {
    return failure;
  }
  const key = failure.option as OptionName;
  // The command line has the option as well, and its value counts.
  if (JSON.stringify(file.options[key]) !== JSON.stringify(given[key])) return failure;
  const problem = `${JSON.stringify(failure.value)}: ${failure.problem}`;
  return {code: 'config-invalid', path: file.path, key, problem};
}

function read(path: string): string {
  let fd = -1;
  try {
    fd = openInPlace(path, constants.O_RDONLY);
    return readFileSync(fd, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw new Refusal({code: 'config-unreadable', path, cause: causeOf(error)});
  } finally {
    if (fd !== -1) closeSync(fd);
  }
}

function parse(path: string, text: string): Readonly<Record<string, unknown>> {
  const invalid = (problem: string) => new Refusal({code: 'config-invalid', path, key: null, problem});
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (error) {
    throw invalid(`it is not valid JSON: ${explainSyntax(causeOf(error), text)}`);
  }
  if (typeof found === 'object' && found !== null && !Array.isArray(found)) return {...found};
  throw invalid('expected one object, { … }');
}

/** V8 says the position in characters, or quotes the text around it, or says that it is the end. */
function explainSyntax(message: string, text: string): string {
  const [, position] = / at position (\d+)/.exec(message) ?? [];
  const at = position === undefined ? positionQuoted(message, text) : Number(position);
  const before = text.slice(0, at).split('\n');
  const what = message
    .replace(/ in JSON at position .*$|, (?:\.{3})?".*$/s, '')
    .replace(/ at position .*$/s, '');
  return `${what.replace(/\s+/g, ' ')} at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

/** So many characters V8 quotes on each side, and dots where there are more (kMaxContextCharacters in json-parser.cc). */
const QUOTED = 10;

function positionQuoted(message: string, text: string): number {
  const [, token = '', more, quote = '', rest] =
    /^Unexpected token '?(.+?)'?, (\.{3})?"(.*)"(\.{3})? is not valid JSON$/s.exec(message) ?? [];
  if (token === '') return text.length;
  if (more) return text.indexOf(quote) + QUOTED;
  return rest ? quote.length - QUOTED : text.indexOf(token);
}

type Refuse = (problem: string) => Refusal;

function readOption(key: string, value: unknown, refuse: Refuse): string | boolean | readonly string[] {
  if (!Object.hasOwn(OPTIONS, key))
    throw refuse(`there is no such option${didYouMean(nearest(key, Object.keys(OPTIONS)))}`);
  if (COMMAND_LINE_ONLY.includes(key as OptionName)) throw refuse('it works only on the command line');
  const spec: OptionSpec = OPTIONS[key as OptionName];
  switch (spec.type) {
    case 'boolean':
      if (typeof value === 'boolean') return value;
      throw refuse('expected true or false');
    case 'array':
      return [value].flat().map(element => readText(element, spec, refuse));
    case 'string':
      return readText(value, spec, refuse);
  }
}

function readText(value: unknown, {type, numeric, bare}: OptionSpec, refuse: Refuse): string {
  if (typeof value === 'string') return value;
  if (value === true && bare !== undefined) return bare;
  if (typeof value === 'number' && numeric) return String(value);
  const one = numeric ? 'a string or a number' : 'a string';
  const form = bare === undefined ? one : `true, ${one.replace(' or', ', or')}`;
  throw refuse(type === 'array' ? `expected ${one}, or an array of them` : `expected ${form}`);
}

function readProgram(value: unknown, refuse: Refuse): readonly string[] {
  if (Array.isArray(value) && value.length > 0 && value.every(word => typeof word === 'string')) return value;
  throw refuse('expected an array of strings: the program and its arguments');
}
