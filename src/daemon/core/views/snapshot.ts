/** What `status` shows of the model. Moments become ages. */
import type {FailureStatus, GenerationStatus, Status, WorkerStatus} from '../../../shared/protocol/status.js';
import type {LivingGeneration} from '../generation-state.js';
import {currentOf, failedAttempts, incomingOf, type Model, SETTLED_MS} from '../model.js';
import {earlier, type PastFailure, type Worker} from '../worker/worker-state.js';

export type Snapshot = Pick<
  Status,
  'wanted' | 'workers' | 'current' | 'incoming' | 'failing' | 'generations' | 'failures'
> & {
  /** null without `--release`. */
  readonly releases: Omit<NonNullable<Status['release']>, 'link'> | null;
} & Pick<Status, 'trial' | 'paused'>;

/** @param now the present moment, from which the ages are counted */
export function snapshot(model: Model, now: number): Snapshot {
  return {
    wanted: model.wanted.state,
    workers: model.workers,
    current: currentOf(model)?.number ?? null,
    incoming: incomingOf(model)?.number ?? null,
    releases: model.settings.pinned
      ? {good: model.good?.release ?? null, former: model.former?.release ?? null}
      : null,
    ...pauseStatus(model, now),
    ...trialStatus(model, now),
    failing: failingStatus(model, now),
    generations: model.generations.map(generation => generationStatus(model, generation, now)),
    failures: model.failures.map(failure => failureStatus(failure, now)),
  };
}

function failingStatus(model: Model, now: number): Status['failing'] {
  const {relapses} = model;
  const current = currentOf(model);
  const isLoop = relapses !== null && relapses.count > 1 && (!current || now - current.readyAt < SETTLED_MS);
  const lost = isLoop ? relapses : {count: 0, since: null};
  const since =
    lost.since ?? earlier(model.restart?.failingSince ?? null, model.recovery?.failingSince ?? null);
  if (since === null) return null;
  return {attempts: lost.count + failedAttempts(model), agoMs: now - since};
}

function pauseStatus({paused}: Model, now: number): Pick<Status, 'paused'> {
  if (!paused) return {};
  return {paused: {ageMs: now - paused.since, leftMs: Math.max(0, paused.until - now)}};
}

function trialStatus({trial}: Model, now: number): Pick<Status, 'trial'> {
  if (!trial) return {};
  const {generation, old, startedAt, until, check} = trial;
  const leftMs = Math.max(0, until - now);
  const checks = check && {run: check.run, failures: check.failures};
  return {trial: {generation, old, ageMs: now - startedAt, leftMs, checks}};
}

function generationStatus(
  model: Model,
  {number, phase, startedAt, workers, release, adopted}: LivingGeneration,
  now: number,
): GenerationStatus {
  return {
    generation: number,
    phase,
    ageMs: now - startedAt,
    ...(release !== null && {release}),
    ...(adopted && {adopted}),
    workers: workers.map(worker => ({...workerStatus(worker, now), ...heavyStatus(model, number, worker)})),
  };
}

function heavyStatus(
  {replacement, settings}: Model,
  generation: number,
  {id}: Worker,
): Pick<WorkerStatus, 'tooHeavy'> {
  if (replacement?.generation !== generation || replacement.heavy !== id) return {};
  const {bytes} = replacement;
  return {tooHeavy: {bytes, limit: settings.maxMemory ?? bytes}};
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
