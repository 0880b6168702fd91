/**
 * What a service manager such as systemd should know of ssd. It is told when this changes. So nothing here depends on the
 * present moment.
 */
import {
  currentOf,
  failedAttempts,
  incomingOf,
  type Model,
  readyPlaces,
  servingOf,
  underWay,
} from '../model.js';
import type {Worker} from '../worker/worker-state.js';
import type {Report} from './views.js';

/** What the service manager should know now. */
export function reportOf(model: Model): Report {
  const current = currentOf(model)?.number ?? null;
  return {
    wanted: model.wanted.state,
    paused: model.paused !== null,
    current,
    isTried: model.trial !== null,
    incoming: incomingOf(model)?.number ?? null,
    standIn: current === null ? (servingOf(model).at(-1)?.number ?? null) : null,
    ready: readyPlaces(model),
    workers: model.workers,
    failed: failedSince(model, current),
    attempts: failedAttempts(model),
    undecided: (model.restart?.undecided ?? 0) + (model.following?.undecided ?? 0),
    dueAt: model.wanted.state === 'stopped' ? stopDueAt(model) : startDueAt(model),
  };
}

export function sameReport(a: Report, b: Report): boolean {
  return (Object.keys(a) as (keyof Report)[]).every(key => a[key] === b[key]);
}

function failedSince({failures}: Model, current: number | null): number | null {
  const last = failures.at(-1);
  return last?.what === 'start-failed' && last.generation > (current ?? 0) ? last.generation : null;
}

/**
 * A start has time for its first attempt, and for each one if their number is limited. Otherwise a program that never
 * comes up would be starting for ever, whatever limit the service manager has.
 */
function startDueAt(model: Model): number | null {
  const {settings} = model;
  const [incoming, restart] = [incomingOf(model), underWay(model)];
  // The old generation makes room: the start begins with its end.
  if (!incoming && model.restart?.stopped.length && !currentOf(model)) return stopDueAt(model);
  if (!incoming || !restart || (restart.attempts > 1 && settings.maxAttempts === null)) return null;
  return latest(incoming.workers, worker => (worker.phase === 'starting' ? worker.dueAt : undefined));
}

/** A worker that was killed has no time left. */
function stopDueAt({generations}: Model): number | null {
  return latest(
    generations.flatMap(({workers}) => workers),
    worker => ('killAt' in worker && !worker.killed ? worker.killAt : undefined),
  );
}

/** The latest moment; null if one of them never comes. `undefined` does not count. */
function latest(
  workers: readonly Worker[],
  momentOf: (worker: Worker) => number | null | undefined,
): number | null {
  let last: number | null = null;
  for (const worker of workers) {
    const moment = momentOf(worker);
    if (moment === null) return null;
    if (moment !== undefined) last = Math.max(last ?? moment, moment);
  }
  return last;
}
