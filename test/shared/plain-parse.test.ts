import test from 'ava';
import {allOptions, COMMANDS} from '../../src/ctl/arguments/options.js';
import * as ctl from '../../src/ctl/arguments/parser-options.js';
import * as ctlByYargs from '../../src/ctl/arguments/yargs.js';
import {OPTIONS} from '../../src/daemon/config/options.js';
import * as ssd from '../../src/daemon/config/parser-options.js';
import * as ssdByYargs from '../../src/daemon/config/yargs.js';
import {type ParserOptions, parsePlainly} from '../../src/shared/plain-parse.js';
import {Refusal} from '../../src/shared/words/errors.js';
import {createRandom, type Random} from '../simulation/world/random.js';

/** yargs takes four milliseconds for each. */
const LINES = 400;
const MOST_WORDS = 6;
const VALUES = [
  '',
  '1',
  '8080=3',
  '-1',
  '1.50',
  '0x10',
  'a b',
  'true',
  '=',
  '--',
  '-',
  '-n',
  '-nx',
  '-n=3',
  '-abc',
];
const STRANGE = [
  '--nonsense',
  '--no-json',
  '--no-check',
  '--name.x',
  '--constructor',
  '--toString',
  '--__proto__=1',
  '--jSon',
];

type Parser = {
  readonly plainly: (args: readonly string[]) => object | null;
  readonly byYargs: (args: readonly string[]) => object;
  /** What a line is made of. */
  readonly words: readonly string[];
};

const parsers: Readonly<Record<string, Parser>> = {
  ssctl: {
    plainly: args => {
      const found = parsePlainly(ctl.withLongOptions(args), ctl.parserOptions(), ctl.STYLE);
      return found && ctl.givenOf(found);
    },
    byYargs: ctlByYargs.parseByYargs,
    words: [...Object.keys(COMMANDS), ...forms(allOptions())],
  },
  ssd: {
    plainly: args => {
      const found = parsePlainly(args, OPTIONS, ssd.STYLE);
      return found && ssd.commandLineOf(found, null);
    },
    byYargs: ssdByYargs.parseByYargs,
    // What --config names would be read.
    words: forms(OPTIONS).filter(word => !word.startsWith('--config')),
  },
};

for (const [program, {plainly, byYargs, words}] of Object.entries(parsers)) {
  test(`the parser alone reads a line of ${program} as yargs does`, t => {
    const random = createRandom(1);
    let right = 0;
    for (let nth = 0; nth < LINES; nth++) {
      const args = line(random, words);
      const expected = attempt(() => byYargs(args));
      t.deepEqual(plainly(args), expected, JSON.stringify(args));
      if (expected) right++;
    }
    t.true(right > LINES / 10 && right < LINES, `${right} of ${LINES} lines are right`);
  });
}

function forms(options: ParserOptions): string[] {
  return Object.entries(options).flatMap(([name, {alias}]) => [
    `--${name}`,
    `--${name}=x`,
    `--${name}=`,
    ...(alias === undefined ? [] : [`-${alias}`, `-${alias}x`, `-${alias}=x`]),
  ]);
}

function line(random: Random, words: readonly string[]): string[] {
  const from = ['x', ...words, ...words, ...VALUES, ...STRANGE] as const;
  return Array.from({length: random.below(MOST_WORDS + 1)}, () => random.pick(from));
}

/** What yargs makes of it, or null where it refuses. */
function attempt(parse: () => object): object | null {
  try {
    return parse();
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}
