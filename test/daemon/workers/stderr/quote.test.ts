import test from 'ava';
import {quoteInAnswer, quoteInEvent} from '../../../../src/daemon/workers/stderr/quote.js';
import type {Event} from '../../../../src/shared/protocol/event.js';
import type {Answer} from '../../../../src/shared/protocol/verdict.js';

const tails = {
  read: ({generation, worker}: {readonly generation: number; readonly worker: number}) => ({
    livedMs: 1,
    lines: [`words of ${generation}/${worker}`],
  }),
};

const FAILED = {
  generation: 3,
  worker: 1,
  pid: 42,
  ending: {type: 'exited', code: 1},
  livedMs: 5,
  serving: null,
  hint: null,
  stderr: null,
} as const;

test('the event and the verdict of a failed start have the last lines of the worker', t => {
  t.like(quoteInEvent({type: 'start-failed', attempt: 1, ...FAILED}, tails), {
    generation: 3,
    stderr: ['words of 3/1'],
  });
  const verdict = {verdict: 'failed', attempt: 1, ...FAILED} as unknown as Answer;
  t.like(quoteInAnswer(verdict, tails), {generation: 3, stderr: ['words of 3/1']});
});

test('at most ten lines are quoted, the last ones', t => {
  const lines = Array.from({length: 30}, (_, n) => `line ${n}`);
  const event = quoteInEvent(
    {type: 'start-failed', attempt: 1, ...FAILED},
    {read: () => ({livedMs: 1, lines})},
  );
  t.like(event, {stderr: lines.slice(20)});
});

test('others stay as they are', t => {
  const event: Event = {type: 'scaled', workers: 2};
  t.is(quoteInEvent(event, tails), event);
  const answer = {verdict: 'cancelled', reason: 'stopping'} as unknown as Answer;
  t.is(quoteInAnswer(answer, tails), answer);
});
