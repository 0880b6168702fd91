/** One event tells everybody how a restart ended, for any number of requests, whether or not a client waits. */
import test from 'ava';
import type {RestartEnd} from '../../../src/shared/protocol/event.js';
import {
  type Act,
  ask,
  cancel,
  environment,
  hup,
  lose,
  play,
  scale,
  stop,
  wait,
} from '../../simulation/world/acts.js';
import {collect} from '../../simulation/world/collect.js';
import {DIES_EARLY, HEALTHY, NEVER_READY, notSpawned, SLOW_TO_FINISH} from '../../simulation/world/fate.js';
import type {Options} from '../../simulation/world/options.js';
import {booted, type Simulation, serving} from '../../simulation/world/simulation.js';

type Case = {
  readonly acts: readonly Act[];
  readonly options?: Partial<Options>;
  readonly from?: (options: Partial<Options>) => Simulation;
  readonly ends: readonly string[];
};

const lived = (livesMs: number) => ({...HEALTHY, livesMs});

const CASES: Readonly<Record<string, Case>> = {
  'a restart by SIGHUP': {acts: [hup], ends: ['completed 2 for 1']},
  'requests that share the following restart': {
    acts: [ask('a'), ask('b'), ask('c')],
    ends: ['completed 2 for 1, told a', 'completed 3 for 2, told b c'],
  },
  'the first start is not a restart': {from: booted, acts: [], ends: []},
  'the first start is not a restart even if a client waits for it': {
    from: booted,
    acts: [ask('a')],
    ends: ['completed 2 for 1, told a'],
  },
  'a generation that is lost is replaced without a restart': {acts: [lose('1/0')], ends: []},
  'a restart that a later one supersedes': {
    acts: [hup, wait(1500), hup],
    options: {fates: [SLOW_TO_FINISH]},
    ends: ['superseded 2 by 3', 'completed 3 for 2'],
  },
  'a failure that two clients learn of': {
    acts: [ask('a'), ask('b'), ask('c')],
    options: {fates: [HEALTHY, DIES_EARLY, DIES_EARLY]},
    ends: ['failed 2 at attempt 1, told a', 'failed 3 at attempt 1, told b c'],
  },
  'a request that uses all its attempts': {
    acts: [ask('a', 2)],
    options: {fates: [HEALTHY, DIES_EARLY, DIES_EARLY]},
    ends: ['failed 3 at attempt 2, told a'],
  },
  'a failed attempt does not end a restart by SIGHUP': {
    acts: [hup],
    options: {fates: [HEALTHY, DIES_EARLY, notSpawned('EAGAIN')]},
    ends: ['completed 4 for 1'],
  },
  'a restart by SIGHUP whose generation is lost before the old one is gone': {
    acts: [hup],
    options: {killOldDelayMs: 5000, fates: [HEALTHY, lived(1500)]},
    ends: ['failed 2 at attempt 1', 'completed 3 for 1'],
  },
  'a rolling restart by SIGHUP whose generation does not grow': {
    acts: [hup],
    options: {workers: 2, rolling: 1, fates: [HEALTHY, HEALTHY, HEALTHY, DIES_EARLY]},
    ends: ['failed 2 at attempt 1'],
  },
  'a cancelled restart by SIGHUP': {
    acts: [hup, wait(500), cancel('c')],
    ends: ['cancelled: cancel'],
  },
  'a cancelled restart that a client waits for, and the one that follows it': {
    acts: [ask('a'), wait(500), ask('b'), cancel('c')],
    ends: ['cancelled: cancel, told a b'],
  },
  'a cancel without a restart': {acts: [cancel('c')], ends: []},
  'a stop during a restart by SIGHUP': {
    acts: [hup, wait(500), stop('TERM')],
    ends: ['cancelled: stopping'],
  },
  'a stop while the old generation finishes': {
    acts: [ask('a'), wait(1500), stop('TERM')],
    options: {fates: [SLOW_TO_FINISH]},
    ends: ['cancelled: stopping, told a'],
  },
  'a stop during the first start ends no restart': {
    from: booted,
    options: {readiness: {by: 'signal', timeoutMs: 5000}, fates: [NEVER_READY]},
    acts: [stop('TERM')],
    ends: [],
  },
  'a stop without a restart': {acts: [stop('TERM')], ends: []},
  'a scale that fails is not a restart': {
    acts: [scale(2, 's')],
    options: {fates: [HEALTHY, DIES_EARLY]},
    ends: [],
  },
  'an automatic restart': {
    acts: [environment(0, 1000), wait(1500), environment(0, null)],
    ends: ['completed 2 for 1'],
  },
};

for (const [name, {acts, options = {}, from = serving, ends}] of Object.entries(CASES)) {
  test(name, t => {
    const simulation = from(options);
    const published = collect(simulation, 'publish');
    play(simulation, ...acts);
    const seen = published.flatMap(({event, tokens}) =>
      event.type === 'restart-ended' ? [`${describe(event)}${told(tokens)}`] : [],
    );
    t.deepEqual(seen, ends);
  });
}

function describe(end: RestartEnd): string {
  switch (end.verdict) {
    case 'completed':
      return `completed ${end.generation} for ${end.replaced.join(' ')}`;
    case 'failed':
      return `failed ${end.generation} at attempt ${end.attempts}`;
    case 'superseded':
      return `superseded ${end.generation} by ${end.by}`;
    case 'cancelled':
      return `cancelled: ${end.reason}`;
  }
}

function told(tokens: readonly string[]): string {
  return tokens.length > 0 ? `, told ${tokens.join(' ')}` : '';
}
