/** One generation by itself: its workers decide what becomes of it. */
import test from 'ava';
import type {GenerationInput} from '../../../src/daemon/core/generation.js';
import {
  createGeneration,
  deadlineOf,
  type Generation,
  pidsOf,
  untoldOf,
} from '../../../src/daemon/core/generation-state.js';
import type {Loss} from '../../../src/daemon/core/worker/worker-state.js';
import {
  BY_INTERVAL,
  BY_SIGNAL,
  CRASH,
  deadline,
  exited,
  fill,
  GRACE,
  INTERVAL,
  kill,
  live,
  notSpawned,
  ready,
  retire,
  spawned,
  starting,
  tell,
} from '../../simulation/world/generation-life.js';

const readyWith = (workers: number) => live(starting(workers), deadline(INTERVAL)).state;
const FIRST_CRASH = {pid: 101, ending: CRASH, hint: 'binds-port-itself', worker: 1} as const;

test('a new generation is starting, with a pending worker at each place', t => {
  const state = createGeneration(7, 2, BY_INTERVAL, 5);
  const workers = [0, 1].map(index => ({phase: 'pending', generation: 7, id: index, index, restarts: 0}));
  t.like(state, {phase: 'starting', number: 7, startedAt: 5, workers});
  t.is(deadlineOf(state), null);
  t.deepEqual(pidsOf(state), []);
});

type Row = {
  readonly from: Generation;
  readonly events: readonly GenerationInput[];
  readonly phase: Generation['phase'];
  readonly did?: readonly string[];
  /** The loss that the generation remembers. */
  readonly loss?: Partial<Loss> | null;
  readonly deadline?: number | null;
};
const pendingTwo = createGeneration(7, 2, BY_INTERVAL, 0);
const STARTING: Readonly<Record<string, Row>> = {
  'is ready when its last worker is, an interval after the spawn of that worker': {
    from: pendingTwo,
    events: [spawned(1, 10), spawned(0, 30), deadline(10 + INTERVAL), deadline(30 + INTERVAL)],
    phase: 'ready',
    deadline: null,
  },
  'is not ready before its last worker is': {
    from: pendingTwo,
    events: [spawned(1, 10), spawned(0, 30), deadline(10 + INTERVAL)],
    phase: 'starting',
    deadline: 30 + INTERVAL,
  },
  'is not ready while a worker is not spawned': {
    from: pendingTwo,
    events: [spawned(1, 10), deadline(9 * INTERVAL)],
    phase: 'starting',
    deadline: null,
  },
  'is ready as soon as its last worker says so': {
    from: starting(2, BY_SIGNAL),
    events: [ready(1, 20), ready(0, 40)],
    phase: 'ready',
    deadline: null,
  },
  'fails with its only worker, and is gone': {
    from: starting(1),
    events: [exited(0, 250)],
    phase: 'gone',
    loss: {at: 250, pid: 100, livedMs: 250},
  },
  'fails with a worker that cannot be spawned, and is gone': {
    from: createGeneration(7, 1, BY_INTERVAL, 0),
    events: [notSpawned(0, 3)],
    phase: 'gone',
    loss: {at: 3, pid: null, ending: {type: 'not-spawned', cause: 'EAGAIN'}, livedMs: 0},
  },
  'fails with one of several workers: the others are told to finish, and killed after the grace period': {
    from: starting(3),
    events: [exited(1, 50), deadline(50 + GRACE)],
    phase: 'retiring',
    did: ['TERM 0', 'TERM 2', 'KILL 0', 'KILL 2'],
    loss: {at: 50, ...FIRST_CRASH},
    deadline: 50 + GRACE + 1000,
  },
  'fails with a worker that is not ready in time, and tells all workers to finish': {
    from: live(starting(2, BY_SIGNAL), ready(0, 10)).state,
    events: [deadline(5000)],
    phase: 'retiring',
    did: ['TERM 1', 'TERM 0'],
    loss: {worker: 1, ending: {type: 'not-ready', reason: 'timeout'}},
    deadline: 5000 + GRACE,
  },
  'tells a late worker to finish if it has failed': {
    from: pendingTwo,
    events: [notSpawned(0, 5), spawned(1, 8)],
    phase: 'retiring',
    did: ['TERM 1'],
    loss: {worker: 0},
  },
  'keeps the first of several causes, even after it was told to finish': {
    from: starting(2),
    events: [exited(1, 50), tell(55), exited(0, 60)],
    phase: 'gone',
    did: ['TERM 0', 'HUP 0'],
    loss: {at: 50, ...FIRST_CRASH},
  },
  'retires without a loss when it is told to finish': {
    from: pendingTwo,
    events: [spawned(0, 0), tell(10), spawned(1, 20), exited(0, 30), exited(1, 31)],
    phase: 'gone',
    did: ['HUP 0', 'HUP 1'],
    loss: null,
  },
  'retires without a loss when it is killed': {
    from: starting(2),
    events: [kill(10), exited(0, 11)],
    phase: 'retiring',
    did: ['KILL 0', 'KILL 1'],
    loss: null,
  },
};
const READY: Readonly<Record<string, Row>> = {
  'serves on without one of its workers': {from: readyWith(2), events: [exited(0, 2000)], phase: 'ready'},
  'is lost with its last worker': {
    from: readyWith(2),
    events: [exited(0, 2000), exited(1, 2500)],
    phase: 'gone',
    loss: {at: 2500, ...FIRST_CRASH},
  },
  'is lost with its last ready worker, and tells the starting ones to finish': {
    from: readyWith(2),
    events: [exited(0, 2000), fill(2000, 2, 0), spawned(2, 2000), exited(1, 2500)],
    phase: 'retiring',
    did: ['TERM 2'],
    loss: {at: 2500, ...FIRST_CRASH},
  },
  'is complete again when its place is filled': {
    from: readyWith(2),
    events: [exited(0, 2000), fill(2000, 2, 0), spawned(2, 2000), deadline(2000 + INTERVAL), exited(1, 9000)],
    phase: 'ready',
  },
  'stays ready when some of its workers are told to finish': {
    from: readyWith(2),
    events: [tell(2000, [1]), exited(1, 2100)],
    phase: 'ready',
    did: ['HUP 1'],
  },
  'tells no worker to finish just because it is replaced': {
    from: readyWith(2),
    events: [retire(2000, 0), deadline(9999)],
    phase: 'retiring',
    loss: null,
    deadline: null,
  },
  'retires without a loss when all workers are told to finish': {
    from: readyWith(2),
    events: [tell(2000), exited(1, 2001), exited(0, 2002)],
    phase: 'gone',
    did: ['HUP 0', 'HUP 1'],
    loss: null,
  },
};
const RETIRING: Readonly<Record<string, Row>> = {
  'waits for its delay': {
    from: readyWith(1),
    events: [retire(2000, 500), deadline(2499)],
    phase: 'retiring',
    deadline: 2500,
  },
  'stops waiting when its delay is over': {
    from: readyWith(1),
    events: [retire(2000, 500), deadline(2500)],
    phase: 'retiring',
    deadline: null,
  },
  'gets a new delay when the old one is over and it is replaced again': {
    from: readyWith(1),
    events: [retire(2000, 500), deadline(2500), retire(7000, 500)],
    phase: 'retiring',
    deadline: 7500,
  },
  'keeps its delay when it is replaced again meanwhile': {
    from: readyWith(1),
    events: [retire(2000, 500), retire(2100, 500)],
    phase: 'retiring',
    deadline: 2500,
  },
  'loses workers without a loss of its own': {
    from: readyWith(2),
    events: [retire(2000, 500), exited(0, 2100), deadline(2500), tell(2500), exited(1, 2600)],
    phase: 'gone',
    did: ['HUP 1'],
    loss: null,
  },
  'kills the remaining workers after the time to finish': {
    from: readyWith(1),
    events: [retire(2000, 0), tell(2000), deadline(5000), deadline(6000)],
    phase: 'retiring',
    did: ['HUP 0', 'KILL 0', 'KILL 0'],
    deadline: 7000,
  },
};
for (const [phase, rows] of Object.entries({starting: STARTING, ready: READY, retiring: RETIRING})) {
  for (const [what, row] of Object.entries(rows)) {
    test(`a ${phase} generation ${what}`, t => {
      const {state, did} = live(row.from, ...row.events);
      t.is(state.phase, row.phase);
      t.deepEqual(did, row.did ?? []);
      if (row.loss !== undefined) t.like(state, {loss: row.loss});
      if (row.deadline !== undefined) t.is(state.phase === 'gone' ? null : deadlineOf(state), row.deadline);
    });
  }
}

test('every loss of a step is reported, and counted at its place', t => {
  const {state, losses} = live(starting(2, BY_SIGNAL), deadline(5000));
  t.deepEqual(
    losses.map(({worker}) => worker),
    [0, 1],
  );
  t.like(state, {lossesAt: {0: 1, 1: 1}, loss: {worker: 0}});
});

test('the pids are those of running workers; untold workers are those not told to finish', t => {
  const {state} = live(createGeneration(7, 3, BY_INTERVAL, 0), spawned(2, 0), spawned(0, 1), tell(2, [0]));
  t.deepEqual(state.phase === 'gone' ? null : pidsOf(state), [100, 102]);
  t.deepEqual(state.phase === 'gone' ? null : untoldOf(state).map(({id}) => id), [1, 2]);
});
