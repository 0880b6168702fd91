/**
 * How a worker ends. It is told to finish, perhaps by several signals one after another, and killed if it does not. With `--kill-group` its end is that of the last
 * process of its group. The table in `worker.ts` says what happens when.
 *
 * The system refuses a signal to a worker that has become another user. A worker that cannot be told to finish is
 * `refused`, and a restart does not wait for it. One that cannot be killed either is out of reach, and a stop leaves it
 * behind.
 */
import type {KillEffect, SignalEffect, WorkerReport} from '../types.js';
import {
  earlier,
  type Farewell,
  type FurtherStep,
  farewellBy,
  type GoneWorker,
  type LingeringWorker,
  type LivingWorker,
  type Loss,
  livingPart,
  lossOf,
  nextStepAt,
  ONLY_TERM,
  type ReadyWorker,
  type RetiringWorker,
  type StartingWorker,
  type Worker,
} from './worker-state.js';

/** The reports on a worker, with what its settings demand: only the supervisor knows those. */
export type WorkerInput =
  | Exclude<WorkerReport, {type: 'leader-ended' | 'signal-refused'}>
  | (Extract<WorkerReport, {type: 'leader-ended'}> & {readonly farewell: Farewell})
  | (Extract<WorkerReport, {type: 'signal-refused'}> & {readonly killAfterMs: number | null})
  | {readonly type: 'deadline'; readonly now: number}
  | ({readonly type: 'tell'; readonly now: number} & Farewell)
  | {readonly type: 'kill'; readonly now: number};

export type WorkerStep = {
  readonly next: Worker | GoneWorker;
  readonly effects: readonly (SignalEffect | KillEffect)[];
  /** Set when this very step has made the worker fail or end without having been told to. */
  readonly loss?: Loss;
};

type Of<T extends WorkerInput['type']> = Extract<WorkerInput, {type: T}>;
type Leaving = RetiringWorker | LingeringWorker;

/** A process in an uninterruptible wait outlives SIGKILL for a while, and so may a process that is just being forked. */
const KILL_AGAIN_MS = 1000;

const NO_STEPS: readonly FurtherStep[] = [];
const GONE: GoneWorker = {phase: 'gone'};

export function stay(state: Worker): WorkerStep {
  return {next: state, effects: []};
}

export function end(): WorkerStep {
  return {next: GONE, effects: []};
}

export function retire(state: StartingWorker | ReadyWorker, {now, ...farewell}: Of<'tell'>): WorkerStep {
  const {signal} = farewell;
  const told = {toldAt: now, ...dueFrom(farewell, now), killed: false, signal, refused: false};
  return {next: {phase: 'retiring', ...told, ...livingPart(state)}, effects: signalTo(state, signal)};
}

function dueFrom({further, killAfterMs}: Farewell, now: number): Pick<Leaving, 'steps' | 'killAt'> {
  return {
    steps: further.map(({signal, afterMs}) => ({signal, at: now + afterMs})),
    killAt: killAfterMs === null ? null : now + killAfterMs,
  };
}

/** A new signal may be permitted where the last one was refused. It takes the place of what is left of a sequence. */
export function tellAgain(state: Leaving, {now, ...farewell}: Of<'tell'>): WorkerStep {
  if (state.killed) return stay(state);
  const {signal} = farewell;
  const due = dueFrom(farewell, now);
  const killAt = earlier(state.killAt, due.killAt);
  if (signal === null) return stay({...state, killAt});
  const next = {...state, steps: due.steps, killAt, signal, refused: false};
  return {next, effects: signalTo(state, signal)};
}

/** All that is due comes later by the same time, so that the pauses between the signals stay. */
export function extendEnd(state: RetiringWorker, {now, ms}: Of<'extend'>): WorkerStep {
  const nextAt = nextStepAt(state);
  if (state.killed || nextAt === null || nextAt >= now + ms) return stay(state);
  const laterMs = now + ms - nextAt;
  const steps = state.steps.map(({at, signal}) => ({signal, at: at + laterMs}));
  return stay({...state, steps, killAt: state.killAt === null ? null : state.killAt + laterMs});
}

/** The leader has ended as it was told. The rest of its group is told the same. */
export function linger(state: RetiringWorker, {now}: Of<'leader-ended'>): WorkerStep {
  const {toldAt, killed, killAt, steps, signal} = state;
  const next = {
    toldAt,
    killAt: killed ? (killAt ?? now + KILL_AGAIN_MS) : killAt,
    killed,
    steps,
    signal,
    refused: false,
  };
  return {
    next: {phase: 'lingering', ...next, ...livingPart(state)},
    effects: killed ? [] : signalTo(state, signal),
  };
}

/** The worker never served anybody, so the rest of its group has only the grace period to finish. */
export function lingerUnready(state: StartingWorker, input: Of<'leader-ended'>): WorkerStep {
  return lingerLost(state, {...input, farewell: farewellBy(ONLY_TERM, state.graceMs)});
}

/** The worker is lost, but the rest of its group may have connections to finish. */
export function lingerLost(
  state: StartingWorker | ReadyWorker,
  {now, ending, hint, farewell}: Of<'leader-ended'>,
): WorkerStep {
  const {signal} = farewell;
  const told = {toldAt: now, ...dueFrom(farewell, now), killed: false, signal, refused: false};
  return {
    next: {phase: 'lingering', ...told, ...livingPart(state)},
    effects: signalTo(state, signal),
    loss: lossOf(state, now, {ending, hint}),
  };
}

/** One step may send a signal and SIGKILL, and both may be refused. Then the refused SIGKILL counts. */
export function refuse(state: Leaving, {now, signal, killAfterMs}: Of<'signal-refused'>): WorkerStep {
  if (state.killed) return stay(signal === 'KILL' ? {...state, refused: true, killAt: null} : state);
  const killAt = earlier(state.killAt, killAfterMs === null ? null : now + killAfterMs);
  return stay({...state, refused: true, killAt});
}

/** The next signal of a sequence is due, or SIGKILL. A timer that fires late may find several due. */
export function stepWhenDue(state: Leaving, {now}: Of<'deadline'>): WorkerStep {
  if (state.killAt !== null && now >= state.killAt) return killNow(state, {now});
  const due = state.steps.filter(({at}) => now >= at);
  const last = due.at(-1);
  if (!last) return stay(state);
  const next = {...state, steps: state.steps.slice(due.length), signal: last.signal, refused: false};
  return {next, effects: due.flatMap(({signal}) => signalTo(state, signal))};
}

export function killOnce(state: Leaving, input: {readonly now: number}): WorkerStep {
  return state.killed ? stay(state) : killNow(state, input);
}

export function killNow(
  state: StartingWorker | ReadyWorker | RetiringWorker | LingeringWorker,
  {now}: {readonly now: number},
): WorkerStep {
  const {generation, id, pid} = state;
  const phase = state.phase === 'lingering' ? 'lingering' : 'retiring';
  const [toldAt, signal] = 'signal' in state ? [state.toldAt, state.signal] : [now, null];
  const told = {toldAt, killAt: now + KILL_AGAIN_MS, killed: true, steps: NO_STEPS, signal, refused: false};
  return {
    next: {phase, ...told, ...livingPart(state)},
    effects: [{type: 'kill', generation, worker: id, pid}],
  };
}

function signalTo({generation, id, pid}: LivingWorker, signal: string | null): readonly SignalEffect[] {
  return signal === null ? [] : [{type: 'signal', generation, worker: id, pid, signal}];
}
