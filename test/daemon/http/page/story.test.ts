/** The time line of the page of `--http`: which entry an event belongs to, and what the entry says. */
import test from 'ava';
import {emptyStory, take} from '../../../../src/daemon/http/page/story/story.js';
import type {Story} from '../../../../src/daemon/http/page/types.js';
import {entryWords} from '../../../../src/daemon/http/page/view/entry.js';
import {durationsOf, lanesOf} from '../../../../src/daemon/http/page/view/lanes.js';
import type {Event} from '../../../../src/shared/protocol/event.js';

const BEGIN = Date.parse('2026-11-27T03:00:00Z');
const ended = {type: 'exited', code: 0} as const;
const traffic = {drops: 0, dropsBy: [], queuePeak: 0, drained: null} as const;

/** Each event comes a hundred milliseconds after the one before it. */
function told(events: readonly Event[], story: Story = emptyStory()): Story {
  for (const event of events) {
    const seq = story.seq + 1;
    take(story, {...event, seq, at: new Date(BEGIN + 100 * seq).toISOString()});
  }
  return story;
}

/** The entries, the oldest first: title, badge, then the reasons. */
function said(story: Story): readonly string[] {
  return story.entries.map(entry => {
    const {title, badge, reasons} = entryWords(entry, story);
    return [title, badge?.text ?? '-', ...reasons].join(' | ');
  });
}

const asked: Event = {type: 'restart-asked', by: 'request', queued: false};
const spawned = (generation: number): Event => ({type: 'spawned', generation, pid: 100 + generation});
const ready = (generation: number): Event => ({
  type: 'ready',
  generation,
  pids: [100 + generation],
  tookMs: 150,
});
const telling = (generation: number): Event => ({
  type: 'telling',
  generation,
  pids: [100 + generation],
  signal: 'TERM',
});
const finished = (generation: number): Event => ({
  type: 'finished',
  generation,
  pid: 100 + generation,
  ending: ended,
});
const completed = (generation: number, replaced: readonly number[]): Event => ({
  type: 'restart-ended',
  verdict: 'completed',
  generation,
  replaced,
  retiring: [],
  ...traffic,
});
const death = (generation: number, attempt: number) =>
  ({
    generation,
    worker: 0,
    attempt,
    pid: 100 + generation,
    ending: {type: 'exited', code: 7},
    hint: null,
    livedMs: 20,
    serving: 1,
  }) as const;
const failedStart = (generation: number, attempt: number): Event => ({
  type: 'start-failed',
  ...death(generation, attempt),
});
const START: readonly Event[] = [spawned(1), ready(1)];
const GOOD: readonly Event[] = [asked, spawned(2), ready(2), telling(1), finished(1), completed(2, [1])];

test('a start and a restart are one entry each, with their parts and how long they took', t => {
  const story = told([...START, ...GOOD]);
  t.deepEqual(said(story), ['Start of generation 1 | -', 'Restart 1 → 2 | completed']);
  const [, restart] = story.entries;
  if (!restart) return t.fail();
  t.deepEqual(
    durationsOf(restart, story, 0).map(({text}) => text),
    ['start 150ms', 'drain 100ms'],
  );
  const lanes = lanesOf(restart, story, 0);
  t.deepEqual(
    lanes.map(({label, segments}) => [label, ...segments.map(({kind}) => kind)]),
    [
      ['2', 'wait', 'start', 'serve'],
      ['1', 'serve', 'drain'],
    ],
  );
  for (const {segments} of lanes) {
    for (const {from, width} of segments) t.true(from >= 0 && from + width <= 100.01, `${from} ${width}`);
  }
});

test('what is under way is said: waiting, starting, failing, on trial, draining', t => {
  const story = told(START);
  const badge = (event: Event) =>
    said(told([event], story))
      .at(-1)
      ?.split(' | ')[1];
  t.is(badge(asked), 'waiting');
  t.is(badge(spawned(2)), 'starting');
  t.is(badge(failedStart(2, 1)), 'failing');
  t.is(badge(spawned(3)), 'starting');
  t.is(badge(ready(3)), 'draining');
  t.is(badge({type: 'trial-began', generation: 3, old: 1, forMs: 1000}), 'on trial');
  t.is(badge({type: 'trial-ended', generation: 3, old: 1, passed: true, tookMs: 100}), 'draining');
});

test('a failed restart says why, and the next one begins from what serves', t => {
  const failed: Event = {type: 'restart-ended', verdict: 'failed', attempts: 2, ...death(3, 2), ...traffic};
  const story = told([
    ...START,
    ...[asked, spawned(2), failedStart(2, 1), spawned(3), failedStart(3, 2), failed],
    ...[asked, spawned(4), ready(4), telling(1), finished(1), completed(4, [1])],
  ]);
  t.deepEqual(said(story).slice(1), [
    'Restart 1 → 2–3 | failed | Generation 3 (pid 103) exited with status 7 after 20ms; generation 1 keeps serving | 2 attempts failed',
    'Restart 1 → 4 | completed',
  ]);
  const drains = story.entries.map(
    entry => durationsOf(entry, story, 0).filter(({kind}) => kind === 'drain').length,
  );
  t.deepEqual(drains, [0, 0, 1], 'the old generation finished because of the second one');
  const [, first] = story.entries;
  const [, old] = first ? lanesOf(first, story, 0) : [];
  t.deepEqual(
    old?.segments.map(({kind}) => kind),
    ['serve'],
  );
});

test('a trial that fails ends with its reason, and what served before is current again', t => {
  const ending = {type: 'rejected', by: 'check', cause: 'it exited with status 1', output: ['500']} as const;
  const failed: Event = {
    type: 'restart-ended',
    verdict: 'failed',
    attempts: 1,
    ...death(2, 1),
    ending,
    phase: 'bake',
    ...traffic,
  };
  const story = told([
    ...[...START, asked, spawned(2), ready(2)],
    {type: 'trial-began', generation: 2, old: 1, forMs: 1000},
    {type: 'trial-ended', generation: 2, old: 1, passed: false, tookMs: 100},
    ...[telling(2), finished(2), failed],
  ]);
  t.is(story.current, 1);
  const restart = story.entries.at(-1);
  if (!restart) return t.fail();
  const {badge, quote} = entryWords(restart, story);
  t.like(badge, {text: 'failed', tone: 'bad'});
  t.deepEqual(quote, ['500']);
});

test('those who ask while a restart runs share the next one', t => {
  const queued: Event = {type: 'restart-asked', by: 'signal', queued: true};
  const story = told([...START, asked, spawned(2), queued, queued, ready(2), telling(1), finished(1)]);
  told([completed(2, [1]), spawned(3), ready(3), telling(2), finished(2), completed(3, [2])], story);
  t.deepEqual(said(story).slice(1), [
    'Restart 1 → 2 | completed',
    'Restart 2 → 3, by SIGHUP, asked 2 times | completed',
  ]);
});

test('a restart that is cancelled or superseded says by what', t => {
  const story = told([...START, asked, spawned(2), ready(2), telling(1), asked, spawned(3), ready(3)]);
  told([{type: 'restart-ended', verdict: 'superseded', generation: 2, by: 3, ...traffic}], story);
  told([asked, {type: 'restart-ended', verdict: 'cancelled', reason: 'stopping', ...traffic}], story);
  const [, superseded, , cancelled] = said(story);
  t.is(superseded, 'Restart 1 → 2 | superseded | Generation 3 replaced generation 2');
  t.regex(cancelled ?? '', /^Restart \| cancelled \| \S/);
});

test('a lost worker, and a problem that comes back, are one entry each', t => {
  const lost: Event = {
    type: 'lost',
    generation: 1,
    pid: 101,
    ending: {type: 'signalled', signal: 'SIGKILL'},
    livedMs: 100,
  };
  const problem = {code: 'internal', subject: 'x', cause: 'y'} as const;
  const story = told([
    ...START,
    lost,
    {type: 'spawned', generation: 1, pid: 201, added: true},
    {type: 'worker-ready', generation: 1, pid: 201},
    {type: 'problem', ...problem},
    {type: 'problem-solved', ...problem, count: 1, lastedMs: 100},
    {type: 'problem', ...problem},
  ]);
  t.is(story.entries.length, 3);
  t.regex(said(story)[1] ?? '', /^Loss in generation 1 \| replaced \| .*SIGKILL/);
  t.regex(said(story)[2] ?? '', / \| problem/);
});

test('an event that comes twice, or that this page does not know, changes nothing', t => {
  const story = told([...START, ...GOOD]);
  const before = said(story);
  for (const event of story.recent) t.false(take(story, event));
  told([{type: 'of-a-later-ssd'} as unknown as Event], story);
  told([{type: 'constructor'} as unknown as Event], story);
  t.deepEqual(said(story), before);
});

test('whatever comes first, and however much: nothing fails, and what is kept is bounded', t => {
  const story = emptyStory();
  const kinds: readonly ((generation: number) => Event)[] = [
    () => asked,
    spawned,
    ready,
    telling,
    finished,
    generation => failedStart(generation, 1),
    generation => completed(generation, [generation - 1]),
    generation => ({type: 'trial-began', generation, old: generation - 1, forMs: 1}),
    generation => ({type: 'trial-ended', generation, old: null, passed: generation % 2 === 0, tookMs: 1}),
    generation => ({type: 'problem', code: 'internal', subject: `${generation}`, cause: 'x'}),
    () => ({type: 'stopped'}),
  ];
  let state = 1;
  const random = (below: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  for (let nth = 0; nth < 20_000; nth += 1) {
    const event = kinds[random(kinds.length)]?.(1 + Math.floor(nth / 20) + random(5));
    if (event) told([event], story);
    if (nth % 500 === 0) said(story);
  }
  for (const entry of story.entries) t.true(lanesOf(entry, story, BEGIN).length <= 2);
  t.true(story.entries.length <= 60);
  t.true(story.generations.size <= 200);
  t.true(story.concerns.size <= 200);
  t.true(story.recent.length <= 200);
  t.true(story.entries.every(({events}) => events.length <= 200));
});
