/** Reads the values of options and arguments. */
import {nearest} from '../../shared/nearest.js';
import {expectedOneOf} from '../../shared/words/command-line.js';
import {DURATION_FORM, parseDuration} from '../../shared/words/duration.js';
import {invalidOption, misuse} from '../../shared/words/errors.js';
import type {Given} from './parser-options.js';

/** The daemon would refuse a larger number. Such a number is a typing error. */
const MOST = 1_000_000;

export function readTime(options: Given['options'], option: string): number | null {
  const value = text(options, option);
  if (value === null) return null;
  const ms = parseDuration(value);
  if (ms === null) throw invalidOption(option, value, DURATION_FORM);
  return ms;
}

type Range = {readonly least: number; readonly most?: number; readonly advice?: string};

export function readCount(options: Given['options'], option: string, range: Range): number | null {
  const value = text(options, option);
  return value === null ? null : readNumber(value, `--${option}=${value}`, range);
}

export function readNumber(value: string, what: string, {least, most = MOST, advice = ''}: Range): number {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw misuse('ssctl', `${what}: expected a whole number from ${least} to ${most}${advice}`);
}

export function readChoice<T extends string>(value: string, choices: readonly T[], what: string): T {
  const found = choices.find(choice => choice === value);
  if (found === undefined)
    throw misuse('ssctl', `${what}: ${expectedOneOf(choices, nearest(value, choices))}`);
  return found;
}

export function text(options: Given['options'], option: string): string | null {
  const value = options[option];
  return typeof value === 'string' ? value : null;
}
