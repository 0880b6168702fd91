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
 *     starting, ready, retiring ──leader-ended──▶ lingering ──exited──▶ gone
 *
 * With `--kill-group` a worker is a process group. If its leader ends before the other processes of the group, the
 * worker is `lingering`. The rest of the group is told to finish, and killed, like a worker. `exited` comes when the last
 * process of the group is gone. `worker-end.ts` defines how a worker ends.
 *
 * The table below has a cell for every phase and input. A missing cell does not compile.
 */
import {correlated} from '../../../shared/correlated.js';
import type {Ending} from '../../../shared/protocol/event.js';
import type {ReadinessRule} from '../types.js';
import {
  end,
  extendEnd,
  killNow,
  killOnce,
  linger,
  lingerLost,
  lingerUnready,
  refuse,
  retire,
  stay,
  stepWhenDue,
  tellAgain,
  type WorkerInput,
  type WorkerStep,
} from './worker-end.js';
import {
  earlier,
  farewellBy,
  type LivingWorker,
  livingPart,
  lossOf,
  type Note,
  ONLY_TERM,
  type PendingWorker,
  type ReadyWorker,
  type RetiringWorker,
  type StartingWorker,
  type Worker,
} from './worker-state.js';

type Of<T extends WorkerInput['type']> = Extract<WorkerInput, {type: T}>;
type Table = {
  readonly [P in Worker['phase']]: {
    readonly [T in WorkerInput['type']]: (state: Extract<Worker, {phase: P}>, input: Of<T>) => WorkerStep;
  };
};

const NOTHING_SAID: Note = {text: null, stopping: false};

const table: Table = {
  pending: {
    spawned: begin,
    'spawn-failed': neverBegin,
    'leader-ended': stay,
    exited: neverBegin,
    'signal-refused': stay,
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
    'leader-ended': lingerUnready,
    exited: endUntold,
    'signal-refused': stay,
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
    'leader-ended': lingerLost,
    exited: endUntold,
    'signal-refused': stay,
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
    'leader-ended': linger,
    exited: end,
    'signal-refused': refuse,
    ready: stay,
    unready: stay,
    extend: extendEnd,
    noted: note,
    deadline: stepWhenDue,
    tell: tellAgain,
    kill: killOnce,
  },
  lingering: {
    spawned: stay,
    'spawn-failed': stay,
    'leader-ended': stay,
    exited: end,
    'signal-refused': refuse,
    ready: stay,
    unready: stay,
    extend: stay,
    noted: stay,
    deadline: stepWhenDue,
    tell: tellAgain,
    kill: killOnce,
  },
};

/** One step of one worker. Pure: `effects` says what to do. */
export function workerTransition(state: Worker, input: WorkerInput): WorkerStep {
  return correlated(table[state.phase][input.type])(state, input);
}

function begin(state: PendingWorker, {pid, now}: Of<'spawned'>): WorkerStep {
  const {generation, id, index, restarts, probation, farewell} = state;
  const {intervalMs, readiness, graceMs} = probation;
  const note = NOTHING_SAID;
  const living: LivingWorker = {generation, id, index, restarts, pid, spawnedAt: now, note, graceMs};
  const starting: StartingWorker = {phase: 'starting', ...dueFrom(readiness, intervalMs, now), ...living};
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

/** A worker does not end before it is known to run. If it did, it would still be gone. */
function neverBegin({id, farewell}: PendingWorker, input: Of<'spawn-failed'> | Of<'exited'>): WorkerStep {
  if (farewell) return end();
  const {now} = input;
  const ending = input.type === 'exited' ? input.ending : notSpawned(input);
  const hint = input.type === 'exited' ? input.hint : null;
  return {loss: {at: now, worker: id, pid: null, ending, hint, livedMs: 0}, ...end()};
}

function notSpawned({cause, problem}: Of<'spawn-failed'>): Ending {
  return {type: 'not-spawned', cause, ...(problem === undefined ? {} : {problem})};
}

function endUntold(state: StartingWorker | ReadyWorker, {now, ending, hint}: Of<'exited'>): WorkerStep {
  return {loss: lossOf(state, now, {ending, hint}), ...end()};
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
  return {loss, ...retire(state, {type: 'tell', now, ...farewellBy(ONLY_TERM, state.graceMs)})};
}

function extendStart(state: StartingWorker, {now, ms}: Of<'extend'>): WorkerStep {
  if (state.due !== 'too-late' || state.dueAt === null) return stay(state);
  return stay({...state, dueAt: Math.max(state.dueAt, now + ms)});
}

function note<S extends StartingWorker | ReadyWorker | RetiringWorker>(
  state: S,
  {text, stopping}: Of<'noted'>,
): WorkerStep {
  const said = {text: text ?? state.note.text, stopping: stopping || state.note.stopping};
  return stay({...state, note: said});
}

function rememberFarewell(state: PendingWorker, {signal, further, killAfterMs}: Of<'tell'>): WorkerStep {
  const {farewell} = state;
  if (farewell === 'kill') return stay(state);
  const told = signal === null && farewell ? farewell : {signal, further};
  const soonest = earlier(farewell?.killAfterMs ?? null, killAfterMs);
  return stay({...state, farewell: {signal: told.signal, further: told.further, killAfterMs: soonest}});
}

function rememberKill(state: PendingWorker): WorkerStep {
  return stay({...state, farewell: 'kill'});
}
