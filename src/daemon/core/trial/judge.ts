/** What is said of a generation that is on trial: by a check, and by clients. */
import {currentOf} from '../model.js';
import {answer, publish, type Turn, update} from '../turn.js';
import type {Input} from '../types.js';
import type {Trial} from './trial.js';
import {watchersOf} from './trial-state.js';

type Of<T extends Input['type']> = Extract<Input, {type: T}>;

export function takeAccept(turn: Turn, {token}: Of<'accept'>): void {
  const {trial} = turn.model;
  answer(turn, [token], {accepted: trial !== null, generation: trial?.generation ?? null});
  if (trial) update(turn, {trial: {...trial, decided: {passed: true}}});
}

/** Without an old generation that could come back, nothing can be rejected: ssd needs the new one. */
export function takeReject(turn: Turn, {token, reason, now}: Of<'reject'>): void {
  const {trial} = turn.model;
  const back = trial?.old ?? null;
  answer(turn, [token], {rejected: back !== null, generation: trial?.generation ?? null, back});
  if (trial && back !== null) reject(turn, trial, {now, by: 'request', cause: reason ?? '', output: []});
}

export function takeChecked(turn: Turn, {generation, run, failure, now}: Of<'checked'>): void {
  const {trial, settings} = turn.model;
  if (!trial?.check?.isRunning || trial.generation !== generation || trial.check.run !== run) return;
  const failures = failure ? (trial.check.failures ?? 0) + 1 : 0;
  const known = {...trial, check: {...trial.check, isRunning: false, failures}};
  update(turn, {trial: known});
  // A check each second for an hour is not an hour of news.
  if (failures !== (trial.check.failures ?? -1)) {
    const cause = failure?.cause ?? null;
    const leftMs = Math.max(0, trial.until - now);
    const event = {type: 'trial-checked', generation, run, cause, leftMs} as const;
    publish(turn, event, watchersOf(turn.model));
  }
  if (failure && failures >= (settings.check?.failures ?? 1)) {
    reject(turn, known, {now, by: 'check', ...failure});
  }
}

type Judgement = {
  readonly now: number;
  readonly by: 'check' | 'request';
  readonly cause: string;
  readonly output: readonly string[];
};

/** The first decision stands. */
function reject(turn: Turn, trial: Trial, {now, by, cause, output}: Judgement): void {
  const worker = currentOf(turn.model)?.workers.find(({phase}) => phase === 'ready');
  if (trial.decided || !worker || worker.phase !== 'ready') return;
  const {release, number: generation} = currentOf(turn.model) ?? {release: null, number: trial.generation};
  const failure = {
    what: 'rejected' as const,
    phase: 'bake' as const,
    ...{generation, attempt: 1, at: now, worker: worker.id, pid: worker.pid, hint: null},
    ...(release !== null && {release}),
    livedMs: now - worker.spawnedAt,
    ending: {type: 'rejected' as const, by, cause, output},
  };
  update(turn, {trial: {...trial, decided: {passed: false, failure}}});
}
