/**
 * The life of one generation: one or more workers that were started together.
 *
 *                  all workers have lived for the interval
 *     starting ───────────────────────────────────────▶ ready ────┐
 *        │                                                │       │ all workers lost
 *        │ one worker lost, or not spawned                │       │
 *        │ (the others are told to finish)                │       │
 *        │                                   retire, stop │       │
 *        ├──── stop ────▶ retiring ◀──────────────────────┘       │
 *        │                   │                                    │
 *        └── none left ──────┴─ the last worker is gone ──▶ gone ◀┘
 *
 * A retiring generation may still wait for its `tellAt` (kill-old-delay): it is no longer current, but its
 * workers have not been signalled. A worker that is ordered but not yet known to run is `pending`; the order
 * to finish reaches it as soon as its pid is known.
 *
 * The table below has a cell for every phase and event; a missing one does not compile.
 */
import type {Ending, Hint} from '../../shared/protocol.js';
import type {Effect, WorkerEvent} from './types.js';

export type Worker =
  | {readonly index: number; readonly state: 'pending'}
  | {readonly index: number; readonly state: 'running'; readonly pid: number; readonly spawnedAt: number};

/** The worker whose end decided that of its generation; the first cause wins. */
export type Loss = {
  readonly at: number;
  readonly pid: number | null;
  readonly ending: Ending;
  readonly hint: Hint | null;
  readonly livedMs: number;
};

type Common = {readonly number: number; readonly workers: readonly Worker[]; readonly startedAt: number};

export type Starting = Common & {
  readonly phase: 'starting';
  /** How long every worker must live to count as ready. */
  readonly intervalMs: number;
  /** null until every worker is running. */
  readonly readyAt: number | null;
};
export type Ready = Common & {readonly phase: 'ready'; readonly readyAt: number};
export type Retiring = Common & {
  readonly phase: 'retiring';
  readonly signal: string;
  /** When the workers are to be signalled; null once they have been. */
  readonly tellAt: number | null;
  /** Set when this generation failed to start. */
  readonly loss: Loss | null;
};
export type Gone = {
  readonly phase: 'gone';
  readonly number: number;
  readonly outcome: 'retired' | 'crashed' | 'never-ready';
  /** null for a generation that retired as it was told. */
  readonly loss: Loss | null;
};
export type Generation = Starting | Ready | Retiring | Gone;

export type GenerationEvent =
  | WorkerEvent
  | {readonly type: 'deadline'; readonly now: number}
  | {readonly type: 'retire'; readonly now: number; readonly signal: string; readonly delayMs: number}
  | {readonly type: 'stop'; readonly now: number; readonly signal: string};

export type GenerationStep<G extends Generation = Generation> = {
  readonly next: G;
  readonly effects: readonly Effect[];
};

type Of<T extends GenerationEvent['type']> = Extract<GenerationEvent, {type: T}>;
type Table = {
  readonly [P in Generation['phase']]: {
    readonly [T in GenerationEvent['type']]: (
      state: Extract<Generation, {phase: P}>,
      event: Of<T>,
    ) => GenerationStep;
  };
};

const table: Table = {
  starting: {
    spawned: awaitInterval,
    'spawn-failed': failToStart,
    exited: failToStart,
    deadline: becomeReady,
    retire: tellNow,
    stop: tellNow,
  },
  ready: {
    spawned: stay,
    'spawn-failed': stay,
    exited: loseWorker,
    deadline: stay,
    retire: retire,
    stop: tellNow,
  },
  retiring: {
    spawned: tellLatecomer,
    'spawn-failed': forgetWorker,
    exited: forgetWorker,
    deadline: tellWhenDue,
    retire: stay,
    stop: tellNow,
  },
  gone: {spawned: stay, 'spawn-failed': stay, exited: stay, deadline: stay, retire: stay, stop: stay},
};

/** One step of one generation. Pure: what is to be done is in `effects`. */
export function transition(state: Generation, event: GenerationEvent): GenerationStep {
  // TypeScript cannot see that both look-ups agree with the two arguments; the type of `table` proves it.
  const handler = table[state.phase][event.type] as (s: Generation, e: GenerationEvent) => GenerationStep;
  return handler(state, event);
}

/** A new generation, before any of its workers is known to run. */
export function createGeneration(number: number, workers: number, intervalMs: number, now: number): Starting {
  return {
    phase: 'starting',
    number,
    workers: Array.from({length: workers}, (_, index) => ({index, state: 'pending'})),
    startedAt: now,
    intervalMs,
    readyAt: null,
  };
}

/** When this generation next needs a `deadline` event, or null. */
export function deadlineOf(state: Generation): number | null {
  if (state.phase === 'starting') return state.readyAt;
  return state.phase === 'retiring' ? state.tellAt : null;
}

/** The pids of the workers that are running, in the order of their index. */
export function pidsOf(state: Exclude<Generation, Gone>): readonly number[] {
  return state.workers.flatMap(worker => (worker.state === 'running' ? [worker.pid] : []));
}

function stay(state: Generation): GenerationStep {
  return {next: state, effects: []};
}

function awaitInterval(state: Starting, event: Of<'spawned'>): GenerationStep {
  const workers = withPid(state.workers, event);
  const complete = workers.every(worker => worker.state === 'running');
  return {next: {...state, workers, readyAt: complete ? event.now + state.intervalMs : null}, effects: []};
}

function becomeReady(state: Starting, event: Of<'deadline'>): GenerationStep {
  if (state.readyAt === null || event.now < state.readyAt) return stay(state);
  const {number, workers, startedAt} = state;
  return {next: {phase: 'ready', number, workers, startedAt, readyAt: event.now}, effects: []};
}

function failToStart(state: Starting, event: Of<'exited' | 'spawn-failed'>): GenerationStep {
  const loss = lossOf(state, event);
  const workers = without(state.workers, event.worker);
  if (workers.length === 0) {
    return {next: {phase: 'gone', number: state.number, outcome: 'never-ready', loss}, effects: []};
  }
  return tell({...retiringFrom(state, 'TERM'), workers, loss});
}

function loseWorker(state: Ready, event: Of<'exited'>): GenerationStep {
  const workers = without(state.workers, event.worker);
  if (workers.length > 0) return {next: {...state, workers}, effects: []};
  const loss = lossOf(state, event);
  return {next: {phase: 'gone', number: state.number, outcome: 'crashed', loss}, effects: []};
}

function retire(state: Ready, event: Of<'retire'>): GenerationStep {
  const retiring = {...retiringFrom(state, event.signal), tellAt: event.now + event.delayMs};
  return event.delayMs === 0 ? tell(retiring) : {next: retiring, effects: []};
}

function tellNow(state: Starting | Ready | Retiring, event: Of<'stop' | 'retire'>): GenerationStep {
  return tell({...retiringFrom(state, event.signal), loss: state.phase === 'retiring' ? state.loss : null});
}

function tellWhenDue(state: Retiring, event: Of<'deadline'>): GenerationStep {
  return state.tellAt === null || event.now < state.tellAt ? stay(state) : tell(state);
}

function tellLatecomer(state: Retiring, event: Of<'spawned'>): GenerationStep {
  const next = {...state, workers: withPid(state.workers, event)};
  const {worker, pid} = event;
  const {number: generation, signal} = state;
  return {next, effects: state.tellAt === null ? [{type: 'signal', generation, worker, pid, signal}] : []};
}

function forgetWorker(state: Retiring, event: Of<'exited' | 'spawn-failed'>): GenerationStep {
  const workers = without(state.workers, event.worker);
  if (workers.length > 0) return {next: {...state, workers}, effects: []};
  const {number, loss} = state;
  return {next: {phase: 'gone', number, outcome: loss ? 'never-ready' : 'retired', loss}, effects: []};
}

/** Signals every worker that runs; a pending one gets the signal when its pid is known. */
function tell(state: Retiring): GenerationStep {
  const {number: generation, signal} = state;
  const effects = state.workers.flatMap((worker): Effect[] =>
    worker.state === 'running'
      ? [{type: 'signal', generation, worker: worker.index, pid: worker.pid, signal}]
      : [],
  );
  return {next: {...state, tellAt: null}, effects};
}

function retiringFrom(state: Exclude<Generation, Gone>, signal: string): Retiring {
  const {number, workers, startedAt} = state;
  return {phase: 'retiring', number, workers, startedAt, signal, tellAt: null, loss: null};
}

function lossOf(state: Exclude<Generation, Gone>, event: Of<'exited' | 'spawn-failed'>): Loss {
  const lost = state.workers.find(worker => worker.index === event.worker);
  const at = event.now;
  if (event.type === 'spawn-failed') {
    return {at, pid: null, ending: {type: 'not-spawned', cause: event.cause}, hint: null, livedMs: 0};
  }
  const running = lost?.state === 'running' ? lost : null;
  const livedMs = running ? at - running.spawnedAt : 0;
  return {at, pid: running?.pid ?? null, ending: event.ending, hint: event.hint, livedMs};
}

function withPid(workers: readonly Worker[], event: Of<'spawned'>): readonly Worker[] {
  return workers.map(worker =>
    worker.index === event.worker
      ? {index: worker.index, state: 'running', pid: event.pid, spawnedAt: event.now}
      : worker,
  );
}

function without(workers: readonly Worker[], index: number): readonly Worker[] {
  return workers.filter(worker => worker.index !== index);
}
