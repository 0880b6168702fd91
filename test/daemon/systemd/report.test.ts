/** What the core reports for the service manager, and that what is said of it is right in every world. */
import test from 'ava';
import type {Report} from '../../../src/daemon/core/views/views.js';
import {NOTHING_SAID, say} from '../../../src/daemon/systemd/say.js';
import {type Act, ask, cancel, hup, lose, stop, wait} from '../../simulation/world/acts.js';
import {collect} from '../../simulation/world/collect.js';
import {
  DIES_EARLY,
  HEALTHY,
  IGNORES_SIGNALS,
  NEVER_READY,
  SLOW_TO_FINISH,
} from '../../simulation/world/fate.js';
import type {Options} from '../../simulation/world/options.js';
import {booted, serving} from '../../simulation/world/simulation.js';

const BY_SIGNAL = {readiness: {by: 'signal', timeoutMs: 60_000}} as const;

/** The words that these acts lead to, without STATUS=, each with its moment. */
function words(simulation: ReturnType<typeof booted>, ...acts: readonly Act[]): readonly string[] {
  const spoken: string[] = [];
  let said = NOTHING_SAID;
  const {observe} = simulation;
  const hear = (report: Report) => {
    const news = say(said, {report, problems: [], usec: 0n});
    said = news.said;
    for (const message of news.messages) {
      const [word = ''] = message.split('\n');
      if (!word.startsWith('STATUS=')) spoken.push(`${simulation.now} ${word}`);
    }
  };
  if (simulation.model.reported) hear(simulation.model.reported);
  spoken.splice(0);
  simulation.observe = observed => {
    observe(observed);
    for (const effect of observed.effects) if (effect.type === 'report') hear(effect.report);
  };
  for (const act of acts) act(simulation);
  return spoken;
}

type Row = [what: string, options: Partial<Options>, acts: readonly Act[], words: readonly string[]];
const RESTARTS: readonly Row[] = [
  ['a restart', {}, [ask('a'), wait(2000)], ['1000 RELOADING=1', '2000 READY=1']],
  [
    'a failed restart',
    {fates: [HEALTHY, DIES_EARLY]},
    [ask('a'), wait(2000)],
    ['1000 RELOADING=1', '1010 READY=1'],
  ],
  [
    'SIGHUP, whose attempts fail: the first one decides',
    {fates: [HEALTHY, DIES_EARLY, DIES_EARLY, DIES_EARLY]},
    [hup, wait(9000)],
    ['1000 RELOADING=1', '1010 READY=1'],
  ],
  [
    'a request in the pause of a restart that goes on: its next attempt decides',
    {fates: [HEALTHY, DIES_EARLY, DIES_EARLY, DIES_EARLY]},
    [hup, wait(300), hup, wait(9000)],
    ['1000 RELOADING=1', '1010 READY=1', '1300 RELOADING=1', '2010 READY=1'],
  ],
  [
    'a restart of several attempts: the first one decides',
    {fates: [HEALTHY, DIES_EARLY, DIES_EARLY]},
    [ask('a', 3), wait(9000)],
    ['1000 RELOADING=1', '1010 READY=1'],
  ],
  [
    'a restart whose old generation does not end',
    {fates: [IGNORES_SIGNALS]},
    [ask('a'), wait(5000)],
    ['1000 RELOADING=1', '2000 READY=1'],
  ],
  [
    'a request during a restart: the second generation decides',
    {},
    [hup, wait(500), hup, wait(9000)],
    ['1000 RELOADING=1', '1500 RELOADING=1', '3000 READY=1'],
  ],
  [
    'a request during an attempt that fails: the next attempt decides',
    {fates: [HEALTHY, {...DIES_EARLY, livesMs: 700}]},
    [ask('a'), wait(500), ask('b'), wait(9000)],
    ['1000 RELOADING=1', '1500 RELOADING=1', '3000 READY=1'],
  ],
  [
    'a restart that is cancelled',
    {},
    [ask('a'), wait(300), cancel('b')],
    ['1000 RELOADING=1', '1300 READY=1'],
  ],
  [
    'a stop during a restart',
    {},
    [ask('a'), wait(300), stop('TERM'), wait(100)],
    ['1000 RELOADING=1', '1300 READY=1', '1300 STOPPING=1'],
  ],
  ['a generation that is lost', {}, [lose('1/0'), wait(5000)], []],
  ['an automatic restart', {autoRestartMs: 3000}, [wait(3500)], ['4000 RELOADING=1']],
];
for (const [what, options, acts, expected] of RESTARTS) {
  test(`${what}: ${expected.length > 0 ? expected.join(', ') : 'nothing'}`, t => {
    t.deepEqual(words(serving(options), ...acts), expected);
  });
}

test('the first generation that is ready is reported once, after any number of attempts', t => {
  const simulation = booted({fates: [DIES_EARLY, DIES_EARLY]});
  t.deepEqual(words(simulation, wait(9000)), ['3000 READY=1']);
});

test('a restart that was asked for during the first start follows its end', t => {
  t.deepEqual(words(booted({}), wait(500), hup, wait(9000)), [
    '1000 READY=1',
    '1000 RELOADING=1',
    '2000 READY=1',
  ]);
});

type Due = [what: string, options: Partial<Options>, acts: readonly Act[], dueAt: number | null];
const DUES: readonly Due[] = [
  ['a start has time until its limit', {...BY_SIGNAL, fates: [NEVER_READY]}, [], 60_000],
  [
    'more if a worker asks for it',
    {...BY_SIGNAL, fates: [NEVER_READY]},
    [wait(50), s => s.submit({type: 'extend', generation: 1, worker: 0, ms: 90_000})],
    90_050,
  ],
  [
    'a start without a limit has none',
    {readiness: {by: 'signal', timeoutMs: null}, fates: [NEVER_READY]},
    [],
    null,
  ],
  ['by the interval, until that has passed', {}, [], 1000],
  ['a start that has succeeded needs none', {}, [wait(1000)], null],
  [
    'nor does one that has failed and is tried without end',
    {...BY_SIGNAL, fates: [DIES_EARLY, NEVER_READY]},
    [wait(2000)],
    null,
  ],
  [
    'one whose attempts are limited does',
    {...BY_SIGNAL, maxAttempts: 3, fates: [DIES_EARLY, NEVER_READY]},
    [wait(2000)],
    61_000,
  ],
  ['a restart has time', {}, [wait(1000), hup], 2000],
  [
    'a stop has time until workers are killed',
    {stopTimeoutMs: 30_000, fates: [SLOW_TO_FINISH]},
    [wait(1000), stop('TERM')],
    31_000,
  ],
  [
    'a stop without a limit has none',
    {stopTimeoutMs: null, fates: [SLOW_TO_FINISH]},
    [wait(1000), stop('TERM')],
    null,
  ],
  [
    'a worker that was killed has no time left',
    {stopTimeoutMs: 3000, fates: [{...IGNORES_SIGNALS, kills: 5}]},
    [wait(1000), stop('TERM'), wait(3000)],
    null,
  ],
];
for (const [what, options, acts, dueAt] of DUES) {
  test(`time: ${what}`, t => {
    const simulation = booted(options);
    simulation.advance(0);
    for (const act of acts) act(simulation);
    simulation.advance(0);
    t.is(simulation.model.reported?.dueAt, dueAt);
  });
}

test('a report comes only when something has changed', t => {
  const simulation = serving({});
  const reports = collect(simulation, 'report');
  simulation.advance(60_000);
  t.deepEqual(reports, []);
});
