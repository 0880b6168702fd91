/** What `status` shows of the model. Moments become ages. */
import type {FailureStatus, GenerationStatus, Status, WorkerStatus} from '../../shared/protocol/status.js';
import type {LivingGeneration} from './generation-state.js';
import {currentOf, failedAttempts, incomingOf, type Model, type PastFailure, SETTLED_MS} from './model.js';
import type {Worker} from './worker/worker-state.js';

export type Snapshot = Pick<
  Status,
  'wanted' | 'workers' | 'current' | 'incoming' | 'failing' | 'generations' | 'failures'
>;

/** @param now the present moment, from which the ages are counted */
export function snapshot(model: Model, now: number): Snapshot {
  return {
    wanted: model.wanted.state,
    workers: model.workers,
    current: currentOf(model)?.number ?? null,
    incoming: incomingOf(model)?.number ?? null,
    failing: failingStatus(model, now),
    generations: model.generations.map(generation => generationStatus(generation, now)),
    failures: model.failures.map(failure => failureStatus(failure, now)),
  };
}

function failingStatus(model: Model, now: number): Status['failing'] {
  const {restart, relapses} = model;
  const current = currentOf(model);
  const isLoop = relapses !== null && relapses.count > 1 && (!current || now - current.readyAt < SETTLED_MS);
  const lost = isLoop ? relapses : {count: 0, since: null};
  const since = lost.since ?? restart?.failingSince ?? null;
  if (since === null) return null;
  return {attempts: lost.count + failedAttempts(model), agoMs: now - since};
}

function generationStatus(
  {number, phase, startedAt, workers}: LivingGeneration,
  now: number,
): GenerationStatus {
  return {
    generation: number,
    phase,
    ageMs: now - startedAt,
    workers: workers.map(worker => workerStatus(worker, now)),
  };
}

/** The core does not know what a worker takes from the machine; `workers/usage.ts` and `traffic/fill-in.ts` fill that in. */
function workerStatus(worker: Worker, now: number): WorkerStatus {
  const {phase, index, restarts} = worker;
  const living = worker.phase === 'pending' ? null : worker;
  return {
    phase,
    index,
    pid: living?.pid ?? null,
    ageMs: living ? now - living.spawnedAt : 0,
    retiringMs: 'toldAt' in worker ? now - worker.toldAt : null,
    restarts,
    text: living?.note.text ?? null,
    stopping: living?.note.stopping ?? false,
    stopped: false,
    memoryBytes: null,
    cpuMs: null,
    connections: null,
    oldestConnectionMs: null,
  };
}

function failureStatus({at, ...failure}: PastFailure, now: number): FailureStatus {
  return {...failure, agoMs: now - at};
}
