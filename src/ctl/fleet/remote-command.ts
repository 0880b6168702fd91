/**
 * The command that ssh has run on a host: ssctl with the same words. ssh hands over one text, and the login shell of the user
 * there reads it, whichever that is. Pure.
 */
import type {Env} from '../../shared/instance-paths.js';
import type {Given} from '../arguments/parser-options.js';
import {ENDS_WITH_INPUT, SEEN_AS} from './ends-with-input.js';

/** The status of a shell that does not find a program. ssctl itself never ends with it, nor with the next one. */
export const NOT_FOUND = 127;
/** ssctl is there, and cannot be started. A shell says of a missing interpreter that it does not find the program. */
export const NOT_STARTED = 126;

/**
 * sh runs it. As a child of sh, an ssctl that a signal has ended has a status that ssh passes on: 128 and the signal. Ctrl-C
 * before ssctl runs must not be forgotten; afterwards ssctl acts on it, and sh waits for it.
 */
const SCRIPT = [
  'i=; trap i=1 INT',
  `command -v ssctl >/dev/null 2>&1 || exit ${NOT_FOUND}`,
  '[ $i ] && exit 130',
  'ssctl "$@"; s=$?',
  `[ $s = ${NOT_FOUND} ] && exit ${NOT_STARTED}`,
  'exit $s',
].join('; ');

export type Manner = {
  /** On a terminal, Ctrl-C reaches ssctl there. Without one, ssctl ends when its standard input does. */
  readonly terminal: boolean;
  /** Its name here. */
  readonly host: string;
  /** The result is asked for as JSON, whatever was given. */
  readonly json: boolean;
};

export function remoteCommand(given: Given, env: Env, {terminal, json, host}: Manner): string {
  const manner = terminal ? colours(env) : [`${ENDS_WITH_INPUT}=1`];
  const words = [
    'env',
    `${SEEN_AS}=${host}`,
    ...manner,
    ...trace(env),
    'sh',
    '-c',
    SCRIPT,
    'sh',
    ...ssctlWords(given, json),
  ];
  return words.map(quoted).join(' ');
}

function colours({NO_COLOR}: Env): readonly string[] {
  return NO_COLOR ? ['NO_COLOR=1'] : [];
}

/** The restarts of all hosts belong to the trace in which this ssctl runs. */
function trace(env: Env): readonly string[] {
  return ['TRACEPARENT', 'TRACESTATE'].flatMap(name => (env[name] ? [`${name}=${env[name]}`] : []));
}

/** The words of ssctl, without the hosts. A letter is an option that is also there by its name. */
function ssctlWords({words, options, commandLine}: Given, json: boolean): readonly string[] {
  const all: Given['options'] = json ? {...options, json} : options;
  const given = Object.entries(all).flatMap(([name, value]) => {
    if (name.length === 1 || name === 'host' || value === undefined || value === false) return [];
    return value === true ? [`--${name}`] : [`--${name}=${value}`];
  });
  // What begins with `-` was given behind `--`.
  const end = words.some(word => word.startsWith('-')) ? ['--'] : [];
  return [...given, ...end, ...words, ...(commandLine === undefined ? [] : ['--', ...commandLine])];
}

/**
 * Quotes a word so that every shell reads it alike: sh, and also fish and csh. Between single quotes, fish reads `\'` and `\\`
 * as one character, and csh looks for a `!` in its history. So none of these stands between quotes.
 */
export function quoted(word: string): string {
  if (PLAIN.test(word)) return word;
  const parts = word.match(/[^'\\!]+|['\\!]/g) ?? [''];
  return parts.map(part => (/^['\\!]$/.test(part) ? `\\${part}` : `'${part}'`)).join('');
}

/** Words that mean themselves in every shell. A `~` or a `=` at the beginning would not. */
const PLAIN = /^[A-Za-z0-9_.,:/@+-][A-Za-z0-9_.,:/@%+=-]*$/;
