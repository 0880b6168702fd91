/** Reads the options that say as whom workers run. Whether ssd may do what they ask is tried at the start, not here. Pure. */
import {nearest} from '../../../shared/nearest.js';
import type {OnDeath} from '../../../shared/state/state.js';
import {didYouMean, EMPTY_VALUE} from '../../../shared/words/command-line.js';
import {invalidOption} from '../../../shared/words/errors.js';
import {readOnDeath} from '../deploy/adopt.js';
import type {OptionName, RawOptions} from '../options.js';
import {LIMITS} from './options.js';

export type Privileges = {
  /** A name or a number; null: ssd's own. */
  readonly user: string | null;
  readonly group: string | null;
  readonly umask: number | null;
  readonly nice: number | null;
  /** Each as prlimit(1) takes it after `--`: `nofile=1024:65536`. */
  readonly limits: readonly string[];
  readonly noNewPrivs: boolean;
  /** What the kernel does to them when ssd dies. */
  readonly onDeath: OnDeath;
  /** null: more than ssd's own by as much as is usual. */
  readonly oomScoreAdj: number | null;
};

/** @throws {Refusal} `option-invalid` */
export function readPrivileges(options: RawOptions): Privileges {
  return {
    user: readAccount(options, 'user'),
    group: readAccount(options, 'group'),
    umask: readUmask(options.umask),
    nice: readInteger(options, 'nice', {least: -20, most: 19}),
    limits: (options.rlimit ?? []).map(readLimit),
    noNewPrivs: options['no-new-privs'] ?? false,
    onDeath: readOnDeath(options),
    oomScoreAdj: readInteger(options, 'oom-score-adj', {least: -1000, most: 1000}),
  };
}

/** Neither an option of a tool nor more than one line of its output. */
const ACCOUNT = /^[^-:\s][^:\s]*$/;
/** The last number means "none" in setresuid(2). */
const MAX_ID = 2 ** 32 - 2;

function readAccount(options: RawOptions, option: 'user' | 'group'): string | null {
  const value = options[option];
  if (value === undefined) return null;
  if (value === '') throw invalidOption(option, value, EMPTY_VALUE);
  const isNumber = /^\d+$/.test(value);
  if (ACCOUNT.test(value) && (!isNumber || Number(value) <= MAX_ID)) return value;
  throw invalidOption(option, value, 'expected a name or a number');
}

function readUmask(value: string | undefined): number | null {
  if (value === undefined) return null;
  if (/^0?[0-7]{1,3}$/.test(value)) return Number.parseInt(value, 8);
  throw invalidOption('umask', value, 'expected an octal number from 0 to 0777, such as 0027');
}

type Range = {readonly least: number; readonly most: number};

function readInteger(options: RawOptions, option: OptionName & ('nice' | 'oom-score-adj'), range: Range) {
  const value = options[option];
  if (value === undefined) return null;
  const number = /^-?\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number >= range.least && number <= range.most) return number;
  throw invalidOption(option, value, `expected a whole number from ${range.least} to ${range.most}`);
}

function readLimit(value: string): string {
  const [, name = '', limit = ''] = /^([^=]*)=(.*)$/s.exec(value) ?? ['', value];
  if (!LIMITS.includes(name)) {
    const meant = didYouMean(nearest(name, LIMITS));
    throw invalidOption('rlimit', value, `there is no such limit${meant}; known are ${LIMITS.join(', ')}`);
  }
  const [soft, hard] = [...limit.split(':'), limit].map(limitOf);
  if (
    !/^[^:]+(:[^:]+)?$/.test(limit) ||
    soft === undefined ||
    hard === undefined ||
    Number.isNaN(soft + hard)
  )
    throw invalidOption('rlimit', value, `expected NAME=NUMBER or NAME=SOFT:HARD, such as ${name}=1024`);
  if (soft > hard) throw invalidOption('rlimit', value, 'the soft limit is above the hard one');
  return `${name}=${limit}`;
}

function limitOf(text: string): number {
  if (text === 'unlimited') return Number.POSITIVE_INFINITY;
  return /^\d{1,20}$/.test(text) ? Number(text) : Number.NaN;
}
