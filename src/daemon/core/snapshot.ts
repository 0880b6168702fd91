/** What `status` shows of the model: ages instead of moments, phases in DESIGN's words. */
import type {FailureStatus, GenerationStatus, Status} from '../../shared/protocol.js';
import {currentOf, type Failure, incomingOf, type Living, type Model} from './model.js';

export type Snapshot = Pick<Status, 'wanted' | 'current' | 'incoming' | 'generations' | 'failures'>;

export function snapshot(model: Model, now: number): Snapshot {
  return {
    wanted: model.wanted.state,
    current: currentOf(model)?.number ?? null,
    incoming: incomingOf(model)?.number ?? null,
    generations: model.generations.map(generation => generationStatus(generation, now)),
    failures: model.failures.map(failure => failureStatus(failure, now)),
  };
}

function generationStatus({number, phase, startedAt, workers}: Living, now: number): GenerationStatus {
  return {
    generation: number,
    phase,
    ageMs: now - startedAt,
    workers: workers.map(worker =>
      worker.state === 'running' ? {pid: worker.pid, ageMs: now - worker.spawnedAt} : {pid: null, ageMs: 0},
    ),
  };
}

function failureStatus({at, ...failure}: Failure, now: number): FailureStatus {
  return {...failure, agoMs: now - at};
}
