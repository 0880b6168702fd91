/** Reads the options of the commands that change which generations run. */
import {ORDERS, type RestartOrder, UNTIL, type Until} from '../../shared/protocol/verdict.js';
import {EMPTY_VALUE} from '../../shared/words/command-line.js';
import {invalidOption, misuse} from '../../shared/words/errors.js';
import type {Given} from './parser-options.js';
import {readChoice, readCount, readTime, text} from './values.js';

export type WaitingDetails = {
  readonly until: Until;
  readonly wait: boolean;
  readonly failOnDrops: boolean;
  readonly timeoutMs: number | null;
  /** 0: no trial; null: as ssd does. */
  readonly bakeMs: number | null;
  /** null: as ssd does. */
  readonly order: RestartOrder | null;
};

export type RestartDetails = WaitingDetails & {
  /** 0 tries without end. */
  readonly attempts: number;
  /** As it was given; null: what `--release` of ssd says. */
  readonly release: string | null;
};

export function readRestart(options: Given['options']): RestartDetails {
  const attempts = readCount(options, 'attempts', {least: 1});
  if (attempts !== null && options.retry) throw misuse('ssctl', 'give --attempts or --retry, not both');
  if (options.release === '') throw misuse('ssctl', `--release=: ${EMPTY_VALUE}`);
  return {
    attempts: options.retry ? 0 : (attempts ?? 1),
    release: text(options, 'release'),
    ...readWaiting(options),
  };
}

export function readWaiting(options: Given['options']): WaitingDetails {
  const noWait = options['no-wait'] === true;
  for (const waiting of ['timeout', 'until']) {
    if (noWait && options[waiting] !== undefined)
      throw misuse('ssctl', `--${waiting} says how long to wait; it does not work with --no-wait`);
  }
  if (noWait && options['fail-on-drops'])
    throw misuse('ssctl', '--fail-on-drops needs the verdict; it does not work with --no-wait');
  return {
    until: readChoice(text(options, 'until') ?? 'gone', UNTIL, `--until=${options.until}`),
    wait: !noWait,
    bakeMs: readBake(options),
    order: readRestartOrder(options),
    failOnDrops: options['fail-on-drops'] === true,
    timeoutMs: readTime(options, 'timeout'),
  };
}

function readBake(options: Given['options']): number | null {
  const bakeMs = readTime(options, 'bake');
  if (!options['no-bake']) return bakeMs;
  if (bakeMs !== null) throw misuse('ssctl', 'give --bake or --no-bake, not both');
  return 0;
}

export function readMax(options: Given['options']): number {
  const maxMs = readTime(options, 'max') ?? DEFAULT_PAUSE_MS;
  if (maxMs === 0) throw invalidOption('max', text(options, 'max') ?? '', 'expected more than 0');
  return maxMs;
}

/** About as long as clients wait for an answer. */
const DEFAULT_PAUSE_MS = 30_000;

function readRestartOrder(options: Given['options']): RestartOrder | null {
  const value = text(options, 'order');
  if (value === null) return null;
  const order = readChoice(value, ORDERS, `--order=${value}`);
  if (order === 'stop-first' && options.bake !== undefined)
    throw misuse('ssctl', '--bake keeps the old generation; it does not work with --order=stop-first');
  return order;
}
