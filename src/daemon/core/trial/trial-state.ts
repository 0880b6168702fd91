/** What is true of a trial. */
import type {HeldGeneration, ReadyGeneration} from '../generation-state.js';
import type {Model} from '../model.js';
import type {Trial} from './trial.js';

/** The generation that a trial would bring back, or undefined. */
export function comesBack(
  {generations, trial}: Model,
  ready: number,
): ReadyGeneration | HeldGeneration | undefined {
  const held = generations.find(generation => generation.phase === 'held');
  if (trial && held) return held;
  return generations.find(
    (generation): generation is ReadyGeneration =>
      generation.phase === 'ready' && generation.number !== ready,
  );
}

/** The clients that wait for the end of the restart whose generation is on trial. */
export function watchersOf({finishing}: Model): readonly string[] {
  return (finishing?.waiters ?? []).map(({token}) => token);
}

export function createTrial(
  {settings}: Model,
  {generation, old, now, bakeMs}: {generation: number; old: number; now: number; bakeMs: number},
): Trial {
  const check = settings.check && {run: 0, isRunning: false, dueAt: now, failures: null};
  return {generation, old, startedAt: now, until: now + bakeMs, check, decided: null};
}

/** When something of the trial is due, or null: a check is awaited. */
export function trialDueAt({trial}: Model): number | null {
  if (!trial) return null;
  const {check, until} = trial;
  if (!check) return until;
  if (check.isRunning) return null;
  // Between a check that has failed and the one that decides, the trial is not over.
  return check.failures === 0 ? Math.min(until, check.dueAt) : check.dueAt;
}

/** Whether the trial is over, and well. It is not while a check runs, or after one that has failed. */
export function isPassed({until, check, decided}: Trial, now: number): boolean {
  if (decided) return decided.passed;
  return now >= until && (!check || (!check.isRunning && check.failures === 0));
}
