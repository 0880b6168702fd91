/**
 * What ssd does of itself while no generation is current: it starts one. With `--release` that is from the release that
 * was good, and what was asked for follows.
 */
import {currentOf, type Model, type Restart, servingOf} from '../model.js';
import {isSpent, NOTHING, pauseAfter} from '../restart.js';

/** Makes the restart that there is reason for: the one that follows, or ssd's own. */
export function withNextRestart(model: Model): Model {
  const restart = model.restart ?? model.following;
  const following = model.restart ? model.following : null;
  if (currentOf(model)) return restart === model.restart ? model : {...model, restart, following};
  if (!model.good) return {...model, restart: restart ?? {...NOTHING, endless: true}, following};
  const recovery = model.recovery ?? {...NOTHING, wish: {type: 'good'}, endless: true};
  return {...model, restart, following, recovery};
}

/** The release that was good has failed to come up as well. */
export function recoveryFailed(model: Model, now: number): Model {
  const recovery = model.recovery ?? NOTHING;
  const {attempts, failingSince} = recovery;
  const tries = recovery.tries + 1;
  const failed: Restart = {
    ...recovery,
    tries,
    endless: !isSpent(model, tries),
    failingSince: failingSince ?? now,
    notBefore: model.lastSpawnAt + pauseAfter(attempts, model.settings),
  };
  return {...model, recovery: failed};
}

/** Whether this step has used up the attempts of those who asked to try without end, and nothing serves. */
export function isHopeless(before: Model, after: Model): boolean {
  if (after.restart !== null || servingOf(after).length > 0) return false;
  return after.good ? after.recovery?.endless === false : before.restart?.endless === true;
}
