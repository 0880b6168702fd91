import test from 'ava';
import {createBorder, doEach} from '../../../src/daemon/faults/border.js';
import type {ProblemFacts} from '../../../src/shared/protocol/problem.js';

function broken(): never {
  throw new Error('EIO: i/o error, close\nsecond line');
}

test('an error at a border becomes a problem with the place and one line', t => {
  const raised: ProblemFacts[] = [];
  const border = createBorder(problem => raised.push(problem));
  border.guard('the end of a child', broken)();
  t.deepEqual(raised, [{code: 'internal', subject: 'the end of a child', cause: 'EIO: i/o error, close'}]);
});

test('with stacks the line says where the error comes from', t => {
  const raised: ProblemFacts[] = [];
  createBorder(problem => raised.push(problem), true).guard('here', broken)();
  t.regex(raised[0]?.cause ?? '', /^Error: EIO.* second line at broken \(\S+border\.test\./);
});

test('a thrown value that is not an error is reported too, and a border does not throw when the report fails', t => {
  const raised: string[] = [];
  createBorder(({cause}) => raised.push(cause)).report('here', 'a text');
  t.deepEqual(raised, ['a text']);
  t.notThrows(() => createBorder(broken).report('here', new Error('lost')));
});

test('an act that fails does not keep the others from being done', t => {
  const done: string[] = [];
  const border = createBorder(({subject}) => done.push(`problem in ${subject}`));
  doEach(border, {first: () => done.push('first'), second: broken, third: () => done.push('third')});
  t.deepEqual(done, ['first', 'problem in second', 'third']);
});
