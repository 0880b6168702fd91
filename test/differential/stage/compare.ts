/** Plays a scenario with start_server and with ssd, and compares the observations. */
import {isDeepStrictEqual} from 'node:util';
import {needs} from '../../helpers/programs.js';
import type {Row} from './differences.js';
import {SSD_ITSELF, startServer} from './peers.js';
import {type Observation, observe, type Scenario} from './stage.js';

/** A difference that is meant: what each of the two shows, to the letter, and the row of ssd(8) that says why. */
export type Intended = {readonly row: Row; readonly startServer: unknown; readonly ssd: unknown};

export type Differential = {
  readonly title: string;
  readonly scenario: Scenario;
  /** By the key of the observation. */
  readonly intended?: Readonly<Record<string, Intended>>;
};

export const REFERENCE = ['start_server', 'perl', 'Server::Starter'];

/** Declares a test: the two observations are the same but for what is meant to differ, and that does differ. */
export function differential({title, scenario, intended = {}}: Differential): void {
  needs(...REFERENCE)(title, async t => {
    const [reference, candidate] = await oneOfFew(() =>
      Promise.all([observe(t, startServer(), scenario), observe(t, SSD_ITSELF, scenario)]),
    );
    for (const [key, {row, startServer}] of Object.entries(intended)) {
      t.deepEqual(reference[key], startServer, `start_server: ${row}`);
    }
    t.deepEqual(candidate, expectedOf(reference, intended));
    const idle = Object.values(intended).filter(({startServer, ssd}) => isDeepStrictEqual(startServer, ssd));
    t.deepEqual(idle, [], 'these are no differences');
  });
}

/** Declares one test for each. */
export function differentials(all: readonly Differential[]): void {
  for (const one of all) differential(one);
}

/**
 * A scenario must act within the second or two in which a generation is starting. So few are played at a time, so that
 * they do not take the processors from each other.
 */
const FEW = 5;
const queue: (() => void)[] = [];
let playing = 0;

/** Plays when there is room. AVA begins the tests of a file all at once. */
export async function oneOfFew<T>(play: () => Promise<T>): Promise<T> {
  if (playing >= FEW) await new Promise<void>(resolve => queue.push(resolve));
  else playing += 1;
  try {
    return await play();
  } finally {
    const next = queue.shift();
    if (next) next();
    else playing -= 1;
  }
}

/** The keys under which two observations differ. */
export function differingKeys(one: Observation, other: Observation): string[] {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].filter(key => !isDeepStrictEqual(one[key], other[key])).sort();
}

function expectedOf(reference: Observation, intended: Readonly<Record<string, Intended>>): Observation {
  const changed = Object.entries(intended).map(([key, {ssd}]) => [key, ssd]);
  const all = Object.entries({...reference, ...Object.fromEntries(changed)});
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}
