/**
 * The life of one worker, a process of the server program.
 *
 *                 spawned              lived for the interval, or said so
 *     pending ───────────▶ starting ─────────────────────────────────────▶ ready
 *        │                    │  │                                           │
 *        │ not spawned        │  │ not ready in time, or told to finish      │ told to finish
 *        │                    │  └───────────────▶ retiring ◀────────────────┘
 *        │                    │                       │  ▲│
 *        │                    │ exited                │  └┘ still there: SIGKILL, again and again
 *        ▼                    ▼                       ▼ exited
 *       gone ◀────────────────┴───────────────────────┘           (and from ready, exited)
 *
 * A worker is `pending` from the order to spawn it until its pid is known. If it is told to finish meanwhile, it gets
 * the signal as soon as it runs. A killed worker gets no other signal, only another SIGKILL each second. If a worker
 * ends or fails before it is told to finish, the step has a `loss`. `generation.ts` decides what the loss means for
 * the other workers.
 *
 * The table below has a cell for every phase and input. A missing cell does not compile.
 */
import {correlated} from '../../shared/correlated.js';
import type {Ending} from '../../shared/protocol/event.js';
import type {KillEffect, ReadinessRule, SignalEffect, WorkerReport} from './types.js';
import {
  earlier,
  type Farewell,
  type GoneWorker,
  type LivingWorker,
  type Loss,
  livingPart,
  lossOf,
  type Note,
  type PendingWorker,
  type ReadyWorker,
  type RetiringWorker,
  type StartingWorker,
  type Worker,
} from './worker-state.js';

export type WorkerInput =
  | WorkerReport
  | {readonly type: 'deadline'; readonly now: number}
  | ({readonly type: 'tell'; readonly now: number} & Farewell)
  | {readonly type: 'kill'; readonly now: number};

export type WorkerStep = {
  readonly next: Worker | GoneWorker;
  readonly effects: readonly (SignalEffect | KillEffect)[];
  /** Set if the worker failed or ended in this step without being told to. */
  readonly loss?: Loss;
};

type Of<T extends WorkerInput['type']> = Extract<WorkerInput, {type: T}>;
type Table = {
  readonly [P in Worker['phase']]: {
    readonly [T in WorkerInput['type']]: (state: Extract<Worker, {phase: P}>, input: Of<T>) => WorkerStep;
  };
};

/** A process can outlive SIGKILL in an uninterruptible wait, and its group can get a new member. */
const KILL_AGAIN_MS = 1000;

const GONE: GoneWorker = {phase: 'gone'};
const NOTHING_SAID: Note = {text: null, stopping: false};

const table: Table = {
  pending: {
    spawned: begin,
    'spawn-failed': neverBegin,
    exited: neverBegin,
    ready: stay,
    unready: stay,
    extend: stay,
    noted: stay,
    deadline: stay,
    tell: rememberFarewell,
    kill: rememberKill,
  },
  starting: {
    spawned: stay,
    'spawn-failed': stay,
    exited: endUntold,
    ready: becomeReady,
    unready: (state, {now}) => giveUp(state, now, 'closed'),
    extend: extendStart,
    noted: note,
    deadline: startDeadline,
    tell: retire,
    kill: killNow,
  },
  ready: {
    spawned: stay,
    'spawn-failed': stay,
    exited: endUntold,
    ready: stay,
    unready: stay,
    extend: stay,
    noted: note,
    deadline: stay,
    tell: retire,
    kill: killNow,
  },
  retiring: {
    spawned: stay,
    'spawn-failed': stay,
    exited: end,
    ready: stay,
    unready: stay,
    extend: extendEnd,
    noted: note,
    deadline: killWhenDue,
    tell: tellAgain,
    kill: (state, input) => (state.killed ? stay(state) : killNow(state, input)),
  },
};

/** One step of one worker. Pure: `effects` says what to do. */
export function workerTransition(state: Worker, input: WorkerInput): WorkerStep {
  return correlated(table[state.phase][input.type])(state, input);
}

function stay(state: Worker): WorkerStep {
  return {next: state, effects: []};
}

function begin(state: PendingWorker, {pid, now}: Of<'spawned'>): WorkerStep {
  const {generation, id, index, restarts, probation, farewell} = state;
  const {intervalMs, readiness, graceMs} = probation;
  const living: LivingWorker = {generation, id, index, restarts, pid, spawnedAt: now, note: NOTHING_SAID};
  const starting: StartingWorker = {
    phase: 'starting',
    graceMs,
    ...dueFrom(readiness, intervalMs, now),
    ...living,
  };
  if (farewell === 'kill') return killNow(starting, {now});
  return farewell ? retire(starting, {type: 'tell', now, ...farewell}) : stay(starting);
}

function dueFrom(
  readiness: ReadinessRule,
  intervalMs: number,
  now: number,
): Pick<StartingWorker, 'due' | 'dueAt'> {
  if (readiness.by === 'interval') return {due: 'ready', dueAt: now + intervalMs};
  return {due: 'too-late', dueAt: readiness.timeoutMs === null ? null : now + readiness.timeoutMs};
}

/** A worker does not end before it is known to run. If it did, it would be gone all the same. */
function neverBegin({id, farewell}: PendingWorker, input: Of<'spawn-failed'> | Of<'exited'>): WorkerStep {
  if (farewell) return end();
  const {now} = input;
  const ending: Ending = input.type === 'exited' ? input.ending : {type: 'not-spawned', cause: input.cause};
  const hint = input.type === 'exited' ? input.hint : null;
  return {loss: {at: now, worker: id, pid: null, ending, hint, livedMs: 0}, ...end()};
}

function endUntold(state: StartingWorker | ReadyWorker, {now, ending, hint}: Of<'exited'>): WorkerStep {
  return {loss: lossOf(state, now, {ending, hint}), ...end()};
}

function end(): WorkerStep {
  return {next: GONE, effects: []};
}

function becomeReady(state: StartingWorker, {now}: {readonly now: number}): WorkerStep {
  return stay({phase: 'ready', readyAt: now, ...livingPart(state)});
}

function startDeadline(state: StartingWorker, {now}: Of<'deadline'>): WorkerStep {
  if (state.dueAt === null || now < state.dueAt) return stay(state);
  return state.due === 'ready' ? becomeReady(state, {now}) : giveUp(state, now, 'timeout');
}

/** Tells the worker to finish within the grace period. It has never served anybody. */
function giveUp(state: StartingWorker, now: number, reason: 'timeout' | 'closed'): WorkerStep {
  const loss = lossOf(state, now, {ending: {type: 'not-ready', reason}, hint: null});
  return {loss, ...retire(state, {type: 'tell', now, signal: 'TERM', killAfterMs: state.graceMs})};
}

function extendStart(state: StartingWorker, {now, ms}: Of<'extend'>): WorkerStep {
  if (state.due !== 'too-late' || state.dueAt === null) return stay(state);
  return stay({...state, dueAt: Math.max(state.dueAt, now + ms)});
}

function extendEnd(state: RetiringWorker, {now, ms}: Of<'extend'>): WorkerStep {
  if (state.killed || state.killAt === null) return stay(state);
  return stay({...state, killAt: Math.max(state.killAt, now + ms)});
}

function note<S extends StartingWorker | ReadyWorker | RetiringWorker>(
  state: S,
  {text, stopping}: Of<'noted'>,
): WorkerStep {
  const said = {text: text ?? state.note.text, stopping: stopping || state.note.stopping};
  return stay({...state, note: said});
}

function retire(state: StartingWorker | ReadyWorker, {now, signal, killAfterMs}: Of<'tell'>): WorkerStep {
  const killAt = killAfterMs === null ? null : now + killAfterMs;
  const next: RetiringWorker = {phase: 'retiring', killAt, killed: false, ...livingPart(state)};
  return {next, effects: signalTo(next, signal)};
}

function tellAgain(state: RetiringWorker, {now, signal, killAfterMs}: Of<'tell'>): WorkerStep {
  if (state.killed) return stay(state);
  const killAt = earlier(state.killAt, killAfterMs === null ? null : now + killAfterMs);
  return {next: {...state, killAt}, effects: signalTo(state, signal)};
}

function rememberFarewell(state: PendingWorker, {signal, killAfterMs}: Of<'tell'>): WorkerStep {
  const {farewell} = state;
  if (farewell === 'kill') return stay(state);
  const soonest = earlier(farewell?.killAfterMs ?? null, killAfterMs);
  return stay({...state, farewell: {signal: signal ?? farewell?.signal ?? null, killAfterMs: soonest}});
}

function rememberKill(state: PendingWorker): WorkerStep {
  return stay({...state, farewell: 'kill'});
}

function killWhenDue(state: RetiringWorker, {now}: Of<'deadline'>): WorkerStep {
  return state.killAt === null || now < state.killAt ? stay(state) : killNow(state, {now});
}

function killNow(
  state: StartingWorker | ReadyWorker | RetiringWorker,
  {now}: {readonly now: number},
): WorkerStep {
  const {generation, id, pid} = state;
  return {
    next: {phase: 'retiring', killAt: now + KILL_AGAIN_MS, killed: true, ...livingPart(state)},
    effects: [{type: 'kill', generation, worker: id, pid}],
  };
}

function signalTo({generation, id, pid}: LivingWorker, signal: string | null): readonly SignalEffect[] {
  return signal === null ? [] : [{type: 'signal', generation, worker: id, pid, signal}];
}
