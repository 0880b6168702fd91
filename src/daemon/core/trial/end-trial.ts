/** A trial is over. What follows from that is for others to say. */
import {publish, type Turn, update} from '../turn.js';
import type {Effect} from '../types.js';
import type {Trial} from './trial.js';
import {watchersOf} from './trial-state.js';

/** Ends the trial and its check, and tells everybody. @param passed null: something else has come between */
export function endTrial(turn: Turn, passed: boolean | null, now: number): void {
  const {trial} = turn.model;
  if (!trial) return;
  const {generation, old, startedAt} = trial;
  update(turn, {trial: null});
  turn.effects.push(...endOfCheck(trial));
  publish(
    turn,
    {type: 'trial-ended', generation, old, passed, tookMs: now - startedAt},
    watchersOf(turn.model),
  );
}

/** A check does not outlive its trial. */
export function endOfCheck(trial: Trial | null): readonly Effect[] {
  return trial?.check?.isRunning ? [{type: 'end-check'}] : [];
}
