/** The plan is carried out on a table of descriptors as dup2 and close would, and must give what was asked for. */
import test from 'ava';
import {type DescriptorPair, planMoves} from '../../../src/daemon/system/descriptor-moves.js';
import {createRandom} from '../../simulation/world/random.js';

/** What stands at each number of the child afterwards: the own descriptor it came from. */
function carryOut(pairs: readonly DescriptorPair[]): Map<number, number> {
  const table = new Map(pairs.map(([own]) => [own, own]));
  const placed = new Set<number>();
  for (const step of planMoves(pairs)) {
    if (step.type === 'close') {
      table.delete(step.fd);
      placed.delete(step.fd);
      continue;
    }
    const {from, onto} = step;
    const what = table.get(from);
    if (what === undefined) throw new Error(`nothing is at ${from}`);
    // `dup2` of a number onto itself may leave it close-on-exec.
    if (from === onto) throw new Error(`${from} onto itself`);
    table.set(onto, what);
    placed.add(onto);
  }
  // All that was not placed is close-on-exec.
  return new Map([...table].filter(([fd]) => placed.has(fd)));
}

const gives = test.macro({
  exec: (t, pairs: readonly DescriptorPair[]) => {
    const expected = pairs.map(([own, child]) => [child, own]);
    t.deepEqual([...carryOut(pairs)].sort(), expected.sort());
  },
  title: (what = '') => `${what} comes to its numbers`,
});

test('nothing', gives, []);
test('what stays where it is', gives, [[0, 0], [1, 1], [2, 2]]); // biome-ignore format: a case is easier to read in one line
test('a chain of which each move overwrites what the next one reads', gives, [[3, 4], [4, 5], [5, 6]]); // biome-ignore format: a case is easier to read in one line
test('a pipe whose own number is that of a listener', gives, [[0, 0], [30, 3], [31, 22], [22, 4]]); // biome-ignore format: a case is easier to read in one line
test('a circle', gives, [[3, 4], [4, 5], [5, 3]]); // biome-ignore format: a case is easier to read in one line
test('one descriptor for three numbers, of which one is read', gives, [[9, 1], [9, 2], [9, 3], [3, 9]]); // biome-ignore format: a case is easier to read in one line
test('two circles with a chain behind each', gives, [[3, 4], [4, 3], [3, 8], [5, 6], [6, 5], [6, 9]]); // biome-ignore format: a case is easier to read in one line

test('a number that is given twice is refused', t => {
  t.throws(() => planMoves([[3, 5], [4, 5]]), {instanceOf: RangeError}); // biome-ignore format: a case is easier to read in one line
});

test('every descriptor comes to its number, in 20000 random tables', t => {
  for (let seed = 1; seed <= 20_000; seed++) {
    const {below} = createRandom(seed);
    const room = 1 + below(24);
    const children = new Set(Array.from({length: below(room + 1)}, () => below(room)));
    const pairs = [...children].map(child => [below(room), child] as const);
    const expected = new Map(pairs.map(([own, child]) => [child, own]));
    const placed = carryOut(pairs);
    for (const [child, own] of expected) if (placed.get(child) !== own) t.fail(`seed ${seed}`);
    if (placed.size !== expected.size) t.fail(`seed ${seed}: more than was asked for`);
  }
  t.pass();
});
