/** What is true of a worker in each phase; `worker.ts` has the ways from one to the next. */
import type {Ending, Hint} from '../../shared/protocol/event.js';
import type {Place, ReadinessRule} from './types.js';

/** Why a worker counts as failed or lost; the first cause wins. */
export type Loss = {
  readonly at: number;
  readonly worker: number;
  readonly pid: number | null;
  readonly ending: Ending;
  readonly hint: Hint | null;
  readonly livedMs: number;
};

/** The order to finish. `signal` null: it has been told, and is only to be killed sooner. */
export type Farewell = {readonly signal: string | null; readonly killAfterMs: number | null};

/** What the worker says of itself by sd_notify. */
export type Note = {readonly text: string | null; readonly stopping: boolean};

/** How it is found out that it is ready, and how long a worker that is not may take to end. */
export type Probation = {
  readonly intervalMs: number;
  readonly readiness: ReadinessRule;
  readonly graceMs: number;
};

type Common = Place & {
  readonly generation: number;
  /** How often the worker at this place has been replaced within its generation. */
  readonly restarts: number;
};
export type LivingWorker = Common & {readonly pid: number; readonly spawnedAt: number; readonly note: Note};

export type PendingWorker = Common & {
  readonly phase: 'pending';
  readonly probation: Probation;
  /** What it is to be told, as soon as it can. */
  readonly farewell: Farewell | 'kill' | null;
};
export type StartingWorker = LivingWorker & {
  readonly phase: 'starting';
  readonly graceMs: number;
  /** What becomes due at `dueAt`: by living on it is ready, or it has taken too long. */
  readonly due: 'ready' | 'too-late';
  readonly dueAt: number | null;
};
export type ReadyWorker = LivingWorker & {readonly phase: 'ready'; readonly readyAt: number};
export type RetiringWorker = LivingWorker & {
  readonly phase: 'retiring';
  /** When it is to be killed, if it is still there; null: never. */
  readonly killAt: number | null;
  /** It has been killed, and `killAt` is the next sweep. */
  readonly killed: boolean;
};
export type GoneWorker = {readonly phase: 'gone'};
export type Worker = PendingWorker | StartingWorker | ReadyWorker | RetiringWorker;

/** A worker that has been ordered. */
export function createWorker(common: Common, probation: Probation): PendingWorker {
  return {phase: 'pending', probation, farewell: null, ...common};
}

/** When this worker next needs a `deadline`, or null. */
export function workerDeadline(state: Worker): number | null {
  if (state.phase === 'starting') return state.dueAt;
  return state.phase === 'retiring' ? state.killAt : null;
}

/** Whether nobody has told it to finish. */
export function isUntold(state: Worker): boolean {
  return state.phase === 'pending' ? state.farewell === null : state.phase !== 'retiring';
}

export function isReady(state: Worker): boolean {
  return state.phase === 'ready';
}

/** Of two moments, of which null never comes. */
export function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

/** What is true of a worker in every phase in which it lives. */
export function livingPart({
  generation,
  id,
  index,
  restarts,
  pid,
  spawnedAt,
  note: said,
}: LivingWorker): LivingWorker {
  return {generation, id, index, restarts, pid, spawnedAt, note: said};
}

/** What it is lost of, if it ends or fails now. */
export function lossOf(
  {id, pid, spawnedAt}: StartingWorker | ReadyWorker,
  now: number,
  {ending, hint}: Pick<Loss, 'ending' | 'hint'>,
): Loss {
  return {at: now, worker: id, pid, ending, hint, livedMs: now - spawnedAt};
}
