/** Every cell of the table in `worker.ts`: cells that do something one by one, the others all at once. */
import test from 'ava';
import type {KillEffect, SignalEffect} from '../../../src/daemon/core/types.js';
import {workerTransition} from '../../../src/daemon/core/worker/worker.js';
import type {WorkerInput} from '../../../src/daemon/core/worker/worker-end.js';
import {
  createWorker,
  type GoneWorker,
  isUntold,
  type Loss,
  type PendingWorker,
  type Probation,
  type ReadyWorker,
  type RetiringWorker,
  type StartingWorker,
  type Worker,
  workerDeadline,
} from '../../../src/daemon/core/worker/worker-state.js';
import type {Ending} from '../../../src/shared/protocol/event.js';

const NOW = 10_000;
const CRASH: Ending = {type: 'exited', code: 1};
const BY_INTERVAL: Probation = {intervalMs: 1000, readiness: {by: 'interval'}, graceMs: 700};
const BY_SIGNAL: Probation = {...BY_INTERVAL, readiness: {by: 'signal', timeoutMs: 5000}};
const UNLIMITED: Probation = {...BY_INTERVAL, readiness: {by: 'signal', timeoutMs: null}};
const COMMON = {generation: 7, id: 3, index: 1, restarts: 2};
const LIVING = {
  ...COMMON,
  pid: 103,
  spawnedAt: 9000,
  note: {text: null, stopping: false},
  graceMs: 700,
} as const;
const GONE: GoneWorker = {phase: 'gone'};

const pending = (farewell: PendingWorker['farewell'] = null, probation = BY_INTERVAL): PendingWorker => ({
  ...createWorker(COMMON, probation),
  farewell,
});
const starting = (due: StartingWorker['due'], dueAt: number | null): StartingWorker => ({
  ...LIVING,
  phase: 'starting',
  due,
  dueAt,
});
const READY: ReadyWorker = {...LIVING, phase: 'ready', readyAt: NOW};
const retiring = (killAt: number | null, signal: string | null = 'HUP'): RetiringWorker => ({
  ...LIVING,
  phase: 'retiring',
  toldAt: NOW,
  killAt,
  killed: false,
  steps: [],
  signal,
  refused: false,
});
const killed = (killAt: number, signal: string | null = 'HUP'): RetiringWorker => ({
  ...retiring(killAt, signal),
  killed: true,
});

type Cell<T extends WorkerInput['type']> = Omit<Extract<WorkerInput, {type: T}>, 'now' | 'worker'>;
type Given = {[T in WorkerInput['type']]: Cell<T>}[WorkerInput['type']];
const ALL: {readonly [T in WorkerInput['type']]: Cell<T>} = {
  spawned: {type: 'spawned', pid: 103},
  'spawn-failed': {type: 'spawn-failed', cause: 'EAGAIN'},
  'leader-ended': {
    type: 'leader-ended',
    ending: CRASH,
    hint: null,
    farewell: {signal: 'HUP', further: [], killAfterMs: 50},
  },
  exited: {type: 'exited', ending: CRASH, hint: 'library-missing'},
  'signal-refused': {type: 'signal-refused', signal: 'HUP', cause: 'EPERM', killAfterMs: null},
  ready: {type: 'ready'},
  unready: {type: 'unready'},
  extend: {type: 'extend', ms: 4000},
  noted: {type: 'noted', text: 'warm', stopping: true},
  deadline: {type: 'deadline'},
  tell: {type: 'tell', signal: 'HUP', further: [], killAfterMs: 3000},
  kill: {type: 'kill'},
};
const tell = (signal: string | null, killAfterMs: number | null) => ({...ALL.tell, signal, killAfterMs});

const HUP: SignalEffect = {type: 'signal', generation: 7, worker: 3, pid: 103, signal: 'HUP'};
const TERM: SignalEffect = {...HUP, signal: 'TERM'};
const KILL: KillEffect = {type: 'kill', generation: 7, worker: 3, pid: 103};
const lossBy = (ending: Ending, more: Partial<Loss> = {}): Loss => ({
  at: NOW,
  worker: 3,
  pid: 103,
  ending,
  hint: null,
  livedMs: 1000,
  ...more,
});
const UNSEEN = {pid: null, livedMs: 0};
const CRASHED = lossBy(CRASH, {hint: 'library-missing'});
const SAID = {text: 'warm', stopping: true};
const BORN = {spawnedAt: NOW};

type Row = [what: string, state: Worker, given: Given, next: Worker | GoneWorker, did?: Did];
type Did = {readonly effects?: readonly (SignalEffect | KillEffect)[]; readonly loss?: Loss};
const late = starting('too-late', NOW);
const early = starting('ready', NOW + 1);
const by = (signal: string, killAfterMs: number) => ({signal, further: [], killAfterMs});
const given = pending(by('HUP', 3000));

const ROWS: readonly Row[] = [
  ['pending, spawned: by interval', pending(), ALL.spawned, {...starting('ready', NOW + 1000), ...BORN}],
  [
    'pending, spawned: by signal',
    pending(null, BY_SIGNAL),
    ALL.spawned,
    {...starting('too-late', NOW + 5000), ...BORN},
  ],
  [
    'pending, spawned: no limit',
    pending(null, UNLIMITED),
    ALL.spawned,
    {...starting('too-late', null), ...BORN},
  ],
  ['pending, spawned: told', given, ALL.spawned, {...retiring(NOW + 3000), ...BORN}, {effects: [HUP]}],
  [
    'pending, spawned: killed',
    pending('kill'),
    ALL.spawned,
    {...killed(NOW + 1000, null), ...BORN},
    {effects: [KILL]},
  ],
  [
    'pending, spawn-failed',
    pending(),
    ALL['spawn-failed'],
    GONE,
    {loss: lossBy({type: 'not-spawned', cause: 'EAGAIN'}, UNSEEN)},
  ],
  ['pending, spawn-failed: told', given, ALL['spawn-failed'], GONE],
  ['pending, exited', pending(), ALL.exited, GONE, {loss: {...CRASHED, ...UNSEEN}}],
  ['pending, exited: told', given, ALL.exited, GONE],
  ['pending, tell', pending(), ALL.tell, given],
  ['pending, tell: again', given, tell('TERM', 9000), pending(by('TERM', 3000))],
  ['pending, tell: again, sooner', given, tell(null, 50), pending(by('HUP', 50))],
  ['pending, tell: killed', pending('kill'), ALL.tell, pending('kill')],
  ['pending, kill', given, ALL.kill, pending('kill')],

  ['starting, exited', early, ALL.exited, GONE, {loss: CRASHED}],
  ['starting, ready', late, ALL.ready, READY],
  [
    'starting, unready',
    starting('too-late', null),
    ALL.unready,
    retiring(NOW + 700, 'TERM'),
    {effects: [TERM], loss: lossBy({type: 'not-ready', reason: 'closed'})},
  ],
  ['starting, extend', late, ALL.extend, starting('too-late', NOW + 4000)],
  [
    'starting, extend: by less',
    starting('too-late', NOW + 9000),
    ALL.extend,
    starting('too-late', NOW + 9000),
  ],
  ['starting, extend: no limit', starting('too-late', null), ALL.extend, starting('too-late', null)],
  ['starting, extend: by interval', early, ALL.extend, early],
  ['starting, noted', early, ALL.noted, {...early, note: SAID}],
  ['starting, deadline: ready', starting('ready', NOW), ALL.deadline, READY],
  ['starting, deadline: too early', early, ALL.deadline, early],
  [
    'starting, deadline: too late',
    late,
    ALL.deadline,
    retiring(NOW + 700, 'TERM'),
    {effects: [TERM], loss: lossBy({type: 'not-ready', reason: 'timeout'})},
  ],
  ['starting, deadline: no limit', starting('too-late', null), ALL.deadline, starting('too-late', null)],
  ['starting, tell', early, ALL.tell, retiring(NOW + 3000), {effects: [HUP]}],
  ['starting, kill', early, ALL.kill, killed(NOW + 1000, null), {effects: [KILL]}],

  ['ready, exited', READY, ALL.exited, GONE, {loss: CRASHED}],
  ['ready, noted', READY, ALL.noted, {...READY, note: SAID}],
  [
    'ready, noted: without text',
    {...READY, note: SAID},
    {...ALL.noted, text: null, stopping: false},
    {...READY, note: SAID},
  ],
  ['ready, tell', READY, ALL.tell, retiring(NOW + 3000), {effects: [HUP]}],
  ['ready, tell: no limit', READY, tell('HUP', null), retiring(null), {effects: [HUP]}],
  ['ready, kill', READY, ALL.kill, killed(NOW + 1000, null), {effects: [KILL]}],

  ['retiring, exited', retiring(NOW), ALL.exited, GONE],
  ['retiring, extend', retiring(NOW), ALL.extend, retiring(NOW + 4000)],
  ['retiring, extend: no limit', retiring(null), ALL.extend, retiring(null)],
  ['retiring, extend: killed', killed(NOW), ALL.extend, killed(NOW)],
  ['retiring, noted', retiring(NOW), ALL.noted, {...retiring(NOW), note: SAID}],
  ['retiring, deadline', retiring(NOW), ALL.deadline, killed(NOW + 1000), {effects: [KILL]}],
  ['retiring, deadline: too early', retiring(NOW + 1), ALL.deadline, retiring(NOW + 1)],
  ['retiring, deadline: no limit', retiring(null), ALL.deadline, retiring(null)],
  ['retiring, deadline: killed', killed(NOW), ALL.deadline, killed(NOW + 1000), {effects: [KILL]}],
  ['retiring, tell', retiring(null), ALL.tell, retiring(NOW + 3000), {effects: [HUP]}],
  ['retiring, tell: later', retiring(NOW + 50), ALL.tell, retiring(NOW + 50), {effects: [HUP]}],
  ['retiring, tell: only sooner', retiring(NOW + 9000), tell(null, 3000), retiring(NOW + 3000)],
  ['retiring, tell: killed', killed(NOW), ALL.tell, killed(NOW)],
  ['retiring, kill', retiring(null), ALL.kill, killed(NOW + 1000), {effects: [KILL]}],
  ['retiring, kill: killed', killed(NOW), ALL.kill, killed(NOW)],
];
for (const [what, state, input, next, did = {}] of ROWS) {
  test(what, t => {
    const step = workerTransition(state, {...input, now: NOW, worker: 3} as WorkerInput);
    t.deepEqual(step, {next, effects: [], ...did});
  });
}

/** `worker-end.test.ts` tests these inputs in the phases of a running worker. */
const ELSEWHERE: ReadonlySet<string> = new Set(['leader-ended', 'signal-refused']);

test('a cell without a row here changes nothing', t => {
  const rows = new Set(ROWS.map(([what]) => what.split(':')[0]));
  for (const state of [pending(), early, READY, retiring(null)]) {
    for (const input of Object.values(ALL)) {
      const cell = `${state.phase}, ${input.type}`;
      if (rows.has(cell) || (state.phase !== 'pending' && ELSEWHERE.has(input.type))) continue;
      const step = workerTransition(state, {...input, now: NOW, worker: 3} as WorkerInput);
      t.deepEqual(step, {next: state, effects: []}, cell);
    }
  }
});

test('a worker has the deadline of its phase, and is untold until it is told to finish', t => {
  const states: readonly (readonly [Worker, number | null, boolean])[] = [
    [pending(), null, true],
    [given, null, false],
    [pending('kill'), null, false],
    [early, NOW + 1, true],
    [READY, null, true],
    [retiring(5), 5, false],
    [retiring(null), null, false],
  ];
  for (const [state, deadline, untold] of states) {
    t.is(workerDeadline(state), deadline);
    t.is(isUntold(state), untold);
  }
});
