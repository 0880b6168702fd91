/** What is true of a worker in each phase. `worker.ts` defines the transitions. */
import type {Ending, Hint} from '../../../shared/protocol/event.js';
import type {FollowUp, Place, ReadinessRule, SignalSequence} from '../types.js';

/** Why a worker counts as failed or lost. The first cause wins. */
export type Loss = {
  readonly at: number;
  readonly worker: number;
  readonly pid: number | null;
  readonly ending: Ending;
  readonly hint: Hint | null;
  readonly livedMs: number;
};

/** The order to finish. `signal` null: the worker has its signal already, and is only killed sooner. */
export type Farewell = {
  readonly signal: string | null;
  readonly further: readonly FollowUp[];
  readonly killAfterMs: number | null;
};

/** A further signal for a worker that remains. */
export type FurtherStep = {readonly at: number; readonly signal: string};

/** What the worker says about itself with sd_notify(3). */
export type Note = {readonly text: string | null; readonly stopping: boolean};

/** How ssd learns that a worker is ready, and how long one that is not ready may take to end. */
export type Probation = {
  readonly intervalMs: number;
  readonly readiness: ReadinessRule;
  readonly graceMs: number;
};

type Common = Place & {
  readonly generation: number;
  /** How often the worker at this place was replaced within its generation. */
  readonly restarts: number;
};
export type LivingWorker = Common & {
  readonly pid: number;
  readonly spawnedAt: number;
  readonly note: Note;
  readonly graceMs: number;
};

export type PendingWorker = Common & {
  readonly phase: 'pending';
  readonly probation: Probation;
  /** The order that the worker gets once it runs. */
  readonly farewell: Farewell | 'kill' | null;
};
export type StartingWorker = LivingWorker & {
  readonly phase: 'starting';
  /** What is due at `dueAt`: the worker is ready because it lived on, or it has taken too long. */
  readonly due: 'ready' | 'too-late';
  readonly dueAt: number | null;
};
export type ReadyWorker = LivingWorker & {readonly phase: 'ready'; readonly readyAt: number};

type Leaving = LivingWorker & {
  /** When it was first told to finish, or killed. */
  readonly toldAt: number;
  /** When to kill the worker if it still lives; null: never. */
  readonly killAt: number | null;
  /** The worker was sent SIGKILL; `killAt` is the next SIGKILL. */
  readonly killed: boolean;
  /** The further signals that it gets until then, the soonest first. */
  readonly steps: readonly FurtherStep[];
  /** The last signal that told it to finish; null: it was killed without one. */
  readonly signal: string | null;
  /** The last signal was refused: the worker runs as another user. */
  readonly refused: boolean;
};
export type RetiringWorker = Leaving & {readonly phase: 'retiring'};
/** The process that ssd started has ended. Other processes of its group live. */
export type LingeringWorker = Leaving & {readonly phase: 'lingering'};
export type GoneWorker = {readonly phase: 'gone'};
export type Worker = PendingWorker | StartingWorker | ReadyWorker | RetiringWorker | LingeringWorker;

/** A worker that is ordered but not yet known to run. */
export function createWorker(common: Common, probation: Probation): PendingWorker {
  return {phase: 'pending', probation, farewell: null, ...common};
}

/** When this worker next needs a `deadline`, or null. */
export function workerDeadline(state: Worker): number | null {
  if (state.phase === 'starting') return state.dueAt;
  return isLeaving(state) ? nextStepAt(state) : null;
}

/** When a worker that was told to finish gets its next signal or SIGKILL, or null. */
export function nextStepAt({steps, killAt}: Pick<Leaving, 'steps' | 'killAt'>): number | null {
  return earlier(steps[0]?.at ?? null, killAt);
}

/** Whether the worker is not told to finish. */
export function isUntold(state: Worker): boolean {
  return state.phase === 'pending' ? state.farewell === null : !isLeaving(state);
}

/** Whether the worker has a pid. */
export function isSpawned(state: Worker): state is Exclude<Worker, PendingWorker> {
  return state.phase !== 'pending';
}

/** Whether the worker cannot be told to finish. A restart does not wait for it. */
export function isRefused(state: Worker): boolean {
  return isLeaving(state) && state.refused;
}

/** Whether the worker cannot be killed either. A stop leaves it behind. */
export function isOutOfReach(state: Worker): boolean {
  return isLeaving(state) && state.refused && state.killed;
}

function isLeaving(state: Worker): state is RetiringWorker | LingeringWorker {
  return state.phase === 'retiring' || state.phase === 'lingering';
}

export function isReady(state: Worker): boolean {
  return state.phase === 'ready';
}

/** What ends a worker that serves nobody, or all of them when no other signal was asked for. */
export const ONLY_TERM: SignalSequence = {signal: 'TERM', further: [], killAfterMs: null};

/** The order to finish by a sequence. `limitMs` kills the worker sooner than the sequence would; null: it does not. */
export function farewellBy({signal, further, killAfterMs}: SignalSequence, limitMs: number | null): Farewell {
  return {signal, further, killAfterMs: earlier(killAfterMs, limitMs)};
}

/** The earlier of two moments; null never comes. */
export function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

/** The part that all living phases share. */
export function livingPart({
  generation,
  id,
  index,
  restarts,
  pid,
  spawnedAt,
  note: said,
  graceMs,
}: LivingWorker): LivingWorker {
  return {generation, id, index, restarts, pid, spawnedAt, note: said, graceMs};
}

/** The loss of a worker that ends or fails now. */
export function lossOf(
  {id, pid, spawnedAt}: StartingWorker | ReadyWorker,
  now: number,
  {ending, hint}: Pick<Loss, 'ending' | 'hint'>,
): Loss {
  return {at: now, worker: id, pid, ending, hint, livedMs: now - spawnedAt};
}
