import {spawnSync} from 'node:child_process';
import test from 'ava';
import {quoteInAnswer, quoteInEvent} from '../../../../src/daemon/workers/stderr/quote.js';
import type {Event} from '../../../../src/shared/protocol/event.js';
import type {Answer} from '../../../../src/shared/protocol/verdict.js';
import {needs} from '../../../helpers/programs.js';

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

/** What the programs write, and what of it must be quoted. */
const STACKS: Readonly<Record<string, readonly [program: readonly [string, ...string[]], reason: RegExp]>> = {
  'Node without a module': [
    [process.execPath, '-e', `${'(() => {'.repeat(12)} require("not-there"); ${'})();'.repeat(12)}`],
    /^Error: Cannot find module 'not-there'/,
  ],
  'Node with a port in use': [
    [
      process.execPath,
      '-e',
      '(f => f(40, f))((n, f) => { if (n) return f(n - 1, f); throw Object.assign(new Error("listen EADDRINUSE: address already in use :::9473"), {code: "EADDRINUSE"}); });',
    ],
    /^Error: listen EADDRINUSE: address already in use/,
  ],
  Ruby: [['ruby', '-e', 'def f(n) = n == 0 ? raise("no database") : f(n - 1)\nf(30)'], /no database/],
  Python: [
    ['python3', '-c', 'def f(n):\n  if n == 0: raise ValueError("no database")\n  f(n - 1)\nf(20)'],
    /no database/,
  ],
  Perl: [
    ['perl', '-MCarp=confess', '-e', 'sub f { $_[0] ? f($_[0] - 1) : die "no database" } f(20)'],
    /no database/,
  ],
};

for (const [what, [[program, ...args], reason]] of Object.entries(STACKS)) {
  needs(program)(`the reason of a failure is quoted, though a stack follows: ${what}`, async t => {
    const {stderr} = spawnSync(program, args, {encoding: 'utf8'});
    const lines = stderr.split('\n').filter(line => line.trim() !== '');
    const event = quoteInEvent(
      {type: 'start-failed', attempt: 1, ...FAILED},
      {read: () => ({livedMs: 1, lines: lines.slice(-40)})},
    );
    const {stderr: quoted} = event as unknown as {readonly stderr: readonly string[]};
    t.true(quoted.length <= 10);
    t.true(
      quoted.some(line => reason.test(line)),
      quoted.join('\n'),
    );
  });
}

test('others stay as they are', t => {
  const event: Event = {type: 'scaled', workers: 2};
  t.is(quoteInEvent(event, tails), event);
  const answer = {verdict: 'cancelled', reason: 'stopping'} as unknown as Answer;
  t.is(quoteInAnswer(answer, tails), answer);
});
