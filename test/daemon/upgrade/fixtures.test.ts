/** What former versions have handed over can still be read, and what nobody can go on with is refused in one line. */
import {readdirSync, readFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {reviveModel} from '../../../src/daemon/core/handover/revive.js';
import {step} from '../../../src/daemon/core/supervisor.js';
import {createHistory} from '../../../src/daemon/log/history.js';
import {createCounter} from '../../../src/daemon/metrics/counts.js';
import {createProblems} from '../../../src/daemon/problems/problems.js';
import {decodeHandover, demandWorkable} from '../../../src/daemon/upgrade/decode-handover.js';
import {HANDOVER_VERSION, type Handover} from '../../../src/daemon/upgrade/handover.js';
import type {Parts} from '../../../src/daemon/upgrade/parts.js';
import {createRuns} from '../../../src/daemon/workers/release/runs.js';

/** Made by test/e2e/reexec/capture.ts. Those of former versions stay. */
const DIRECTORY = new URL('../../../../test/fixtures/handover/', import.meta.url);
const FILES = readdirSync(DIRECTORY).sort();
const textOf = (name: string) => readFileSync(new URL(name, DIRECTORY), 'utf8');
const [SOME = ''] = FILES;

function decoded(t: ExecutionContext, text: string): Handover<Parts> {
  const handover = decodeHandover<Parts>(text);
  if ('problem' in handover) return t.fail(handover.problem) as never;
  return handover;
}

test('there are files of each version up to this one', t => {
  for (let version = 1; version <= HANDOVER_VERSION; version += 1)
    t.true(FILES.some(name => name.startsWith(`version-${version}-`)));
});

for (const name of FILES)
  test(`${name} is read, and the core goes on with it`, t => {
    const handover = decoded(t, textOf(name));
    const {model, parts, workers} = handover;
    t.is(demandWorkable(handover, model.settings), null);
    const settings = {...model.settings, stopTimeoutMs: 5, pinned: !model.settings.pinned};
    t.is(demandWorkable(handover, settings), null);
    const now = model.lastSpawnAt + 1;
    const revived = reviveModel(model, {settings, workers: {asked: 3, before: workers}});
    const token = '9:9';
    const {effects} = step(revived, {type: 'revive', now, from: '0', to: '1', token});
    t.true(effects.some(effect => effect.type === 'answer' && effect.token === token));
    const clock = () => new Date(0);
    t.true(createHistory(clock, parts.history).since(null).length > 0);
    t.notThrows(() => createCounter(parts.counter));
    t.notThrows(() => createRuns(clock, parts.runs));
    const problems = createProblems({
      now: () => now,
      timeOfDay: clock,
      tell: () => {},
      revived: parts.problems,
    });
    t.is(problems.list().length, parts.problems.lasting.length);
  });

const whole = JSON.parse(textOf(SOME)) as Record<string, unknown>;
const changed = (more: object) => JSON.stringify({...whole, ...more});

const REFUSED: Readonly<Record<string, readonly [string, RegExp]>> = {
  nothing: ['', /is not whole/],
  'a truncated one': [textOf(SOME).slice(0, -1), /is not whole/],
  'one that is cut in the midst': [textOf(SOME).slice(0, 1000), /is not whole/],
  nonsense: ['\0\0\0\n{"version":1}', /is not whole/],
  null: ['null', /is not an object/],
  'a list': ['[1]', /is not an object/],
  'a text': ['"version 1"', /is not an object/],
  'no version': [JSON.stringify({...whole, version: undefined}), /has no version/],
  'version 0': [changed({version: 0}), /has no version/],
  'half a version': [changed({version: 1.5}), /has no version/],
  'a version as text': [changed({version: '1'}), /has no version/],
  'a later version': [
    changed({version: HANDOVER_VERSION + 1}),
    new RegExp(`has version ${HANDOVER_VERSION + 1}, and this ssd reads up to ${HANDOVER_VERSION}`),
  ],
  'parts without resources': [changed({parts: {}}), /has no sound parts/],
  'listeners that are none': [changed({parts: {resources: {listeners: 3}}}), /has no sound parts/],
  'no number of workers': [changed({workers: 0}), /has no sound workers/],
  'a model without generations': [changed({model: {settings: {}}}), /has no sound model/],
};

for (const [what, [text, says]] of Object.entries(REFUSED))
  test(`refused in one line: ${what}`, t => refusedWith(t, text, says));

for (const member of Object.keys(whole).filter(name => name !== 'version')) {
  const says = new RegExp(`^the handover has no sound ${member}$`);
  test(`refused in one line: ${member} is missing, or something else`, t => {
    for (const value of [undefined, 17.5]) refusedWith(t, changed({[member]: value}), says);
  });
}

function refusedWith(t: ExecutionContext, text: string, says: RegExp): void {
  const handover = decodeHandover(text);
  const problem = 'problem' in handover ? handover.problem : '';
  t.regex(problem, says);
  t.false(problem.includes('\n'));
}

test('a model with which the core cannot go on is refused in one line', t => {
  const handover = decoded(t, textOf(SOME));
  const {model} = handover;
  for (const generations of [[null], [5], ['x'], [{}], [{number: 1, phase: 'ready'}]]) {
    const problem = demandWorkable(
      {...handover, model: {...model, generations: generations as never}},
      model.settings,
    );
    t.regex(problem ?? '', /^the core cannot go on with its model: .+$/, JSON.stringify(generations));
  }
});

test('whatever is wrong in a model, nothing is thrown', t => {
  const handover = decoded(t, textOf(SOME));
  for (const member of Object.keys(handover.model))
    for (const value of [undefined, null, -1, '', [], {}, [{}]])
      t.notThrows(() => {
        const model = {...handover.model, [member]: value};
        const problem = demandWorkable({...handover, model}, handover.model.settings);
        if (problem?.includes('\n')) throw new Error(problem);
      }, member);
});
