/** Counts what has happened since ssd started. */
import {correlated} from '../../shared/correlated.js';
import type {Ending, Event, RestartEnd, RestartOrigin} from '../../shared/protocol/event.js';
import type {HandedOver} from '../handover/handed-over.js';
import type {Sample} from './text.js';

export type Counts = {
  readonly asked: Readonly<Record<RestartOrigin, number>>;
  readonly verdicts: Readonly<Record<RestartEnd['verdict'], number>>;
  /** Trials that have ended, by result. */
  readonly trials: Readonly<Record<'passed' | 'failed' | 'superseded', number>>;
  /** Generations that became ready, and those that failed to. */
  readonly starts: {readonly ready: number; readonly failed: number};
  readonly startSeconds: {readonly sum: number; readonly count: number; readonly last: number};
  readonly spawned: number;
  /** Workers whose replacement began because of their memory. */
  readonly tooHeavy: number;
  readonly adopted: number;
  readonly killed: number;
  readonly exits: readonly Sample[];
  readonly traffic: {
    readonly drops: number;
    readonly lastPeak: number | null;
    readonly drained: {readonly ended: number; readonly cut: number};
  };
};

export type Counter = {
  /** Counts one event. Takes all events, in order. */
  readonly count: (event: Event) => void;
  readonly counts: () => Counts;
  readonly handOver: () => HandedOver<CounterState>;
};

/** A later version reads it: its names, and those of `Counts`, are a contract. */
export type CounterState = {
  readonly counts: Counts;
  /** The pids that already count as failed or lost, until those workers are gone. */
  readonly givenUp: readonly number[];
  /** The pids that already count as killed. */
  readonly beingKilled: readonly number[];
};

/** The end of a worker: it finished as it was told, it was lost, or it never became ready. */
type Outcome = 'retired' | 'lost' | 'failed-start';

type Takers = {
  readonly [T in Event['type']]?: (event: Extract<Event, {type: T}>) => void;
};

const NONE: Counts = {
  asked: {signal: 0, request: 0, 'auto-restart': 0},
  verdicts: {completed: 0, failed: 0, superseded: 0, cancelled: 0},
  trials: {passed: 0, failed: 0, superseded: 0},
  starts: {ready: 0, failed: 0},
  startSeconds: {sum: 0, count: 0, last: 0},
  spawned: 0,
  tooHeavy: 0,
  adopted: 0,
  killed: 0,
  exits: [],
  traffic: {drops: 0, lastPeak: null, drained: {ended: 0, cut: 0}},
};

/**
 * The counts live in the memory of this ssd.
 *
 * @param revived what the ssd before this one has counted; null: all counts start at 0
 */
export function createCounter(revived: CounterState | null): Counter {
  const former = revived?.counts ?? NONE;
  const exits = createExitCounter(revived);
  // A later version may count more than the one that handed over.
  const asked = {...NONE.asked, ...former.asked};
  const verdicts = {...NONE.verdicts, ...former.verdicts};
  const starts = {...NONE.starts, ...former.starts};
  const trials = {...NONE.trials, ...former.trials};
  const startSeconds = {...NONE.startSeconds, ...former.startSeconds};
  const drained = {...NONE.traffic.drained, ...former.traffic.drained};
  const traffic = {...NONE.traffic, ...former.traffic, drained};
  const {spawned, tooHeavy, adopted} = {...NONE, ...former};
  const workers = {spawned, tooHeavy, adopted};
  const takers: Takers = {
    ...exits.takers,
    'restart-asked': ({by}) => {
      asked[by] += 1;
    },
    'restart-ended': ({verdict, drops, queuePeak, drained}) => {
      verdicts[verdict] += 1;
      traffic.drops += drops ?? 0;
      traffic.lastPeak = queuePeak ?? null;
      traffic.drained.ended += drained?.ended ?? 0;
      traffic.drained.cut += drained ? drained.open - drained.ended : 0;
    },
    'trial-ended': ({passed}) => {
      trials[passed === null ? 'superseded' : passed ? 'passed' : 'failed'] += 1;
    },
    'too-heavy': () => {
      workers.tooHeavy += 1;
    },
    spawned: () => {
      workers.spawned += 1;
    },
    adopted: ({pids}) => {
      workers.adopted += pids.length;
    },
    ready: ({tookMs}) => {
      starts.ready += 1;
      startSeconds.count += 1;
      startSeconds.sum += tookMs / 1000;
      startSeconds.last = tookMs / 1000;
    },
    'start-failed': failed => {
      starts.failed += 1;
      exits.takers['start-failed'](failed);
    },
  };
  const counts = () => ({
    ...{asked, verdicts, trials, starts, startSeconds, traffic},
    ...workers,
    killed: exits.killed(),
    exits: exits.samples(),
  });
  return {
    count: event => {
      const taker = takers[event.type];
      if (taker) correlated(taker)(event);
    },
    counts,
    handOver: () => ({state: {counts: counts(), ...exits.pids()}, fds: []}),
  };
}

/** Counts each worker once. A worker that was not ready in time, or was killed, causes several events. */
function createExitCounter(revived: CounterState | null) {
  const exits = new Map(revived?.counts.exits.map(sample => [keyOf(sample.labels), sample]));
  /** The pids that already count as failed or lost, until those workers are gone. */
  const givenUp = new Set(revived?.givenUp);
  const beingKilled = new Set(revived?.beingKilled);
  let killed = revived?.counts.killed ?? 0;
  const count = ({type: cause}: Ending, outcome: Outcome) => {
    const key = keyOf({cause, outcome});
    exits.set(key, {labels: {cause, outcome}, value: (exits.get(key)?.value ?? 0) + 1});
  };
  const takers = {
    'start-failed': ({ending, pid}) => {
      count(ending, 'failed-start');
      if (ending.type === 'not-ready' && pid !== null) givenUp.add(pid);
    },
    lost: ({ending, pid}) => {
      count(ending, 'lost');
      if (pid === null) return;
      beingKilled.delete(pid);
      if (ending.type === 'not-ready') givenUp.add(pid);
    },
    'leader-ended': ({pid, lost}) => {
      if (lost) givenUp.add(pid);
    },
    finished: ({ending, pid}) => {
      if (!givenUp.delete(pid)) count(ending, 'retired');
      beingKilled.delete(pid);
    },
    killing: ({pids}) => {
      killed += pids.filter(pid => !beingKilled.has(pid)).length;
      for (const pid of pids) beingKilled.add(pid);
    },
  } satisfies Takers;
  const pids = () => ({givenUp: [...givenUp], beingKilled: [...beingKilled]});
  return {takers, samples: () => [...exits.values()], killed: () => killed, pids};
}

function keyOf(labels: Sample['labels']): string {
  return `${labels?.cause}/${labels?.outcome}`;
}
