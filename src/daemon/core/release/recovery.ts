/**
 * What ssd does of itself while no generation is current: it starts one. With `--release` that is from the release that
 * was good, and what was asked for follows.
 */
import type {FailedStart} from '../../../shared/protocol/event.js';
import {ownRestart} from '../ask.js';
import {currentOf, type Model, type Restart, type Step, servingOf} from '../model.js';
import {isSpent, pauseAfter} from '../restart.js';
import {failure as verdictOf} from '../verdicts.js';

/** Makes the restart that there is reason for: the one that follows, or ssd's own. */
export function withNextRestart(model: Model): Model {
  const restart = model.restart ?? model.following;
  const following = model.restart ? model.following : null;
  if (currentOf(model)) return restart === model.restart ? model : {...model, restart, following};
  if (!model.good) return {...model, restart: restart ?? {...ownRestart(model), endless: true}, following};
  // What was asked for comes first where room was made for it.
  if (restart?.stopFirst && !model.recovery) return {...model, restart, following};
  const recovery = model.recovery ?? {...ownRestart(model), wish: {type: 'good'}, endless: true};
  return {...model, restart, following, recovery};
}

/** The release that was good has failed to come up as well. ssd tries on; who waits for it learns how it went. */
export function recoveryFailed(model: Model, failure: FailedStart, now: number): Step {
  const recovery = model.recovery ?? ownRestart(model);
  const {attempts, failingSince, waiters} = recovery;
  const tries = recovery.tries + 1;
  const failed: Restart = {
    ...recovery,
    look: null,
    waiters: [],
    tries,
    endless: !isSpent(model, tries),
    failingSince: failingSince ?? now,
    notBefore: model.lastSpawnAt + pauseAfter(attempts, model.settings),
  };
  const charged = waiters.map(waiter => ({...waiter, attempts: waiter.attempts + 1}));
  return {
    model: {...model, recovery: failed},
    effects: charged.map(waiter => verdictOf(waiter, failure)),
  };
}

/** Whether this step has used up the attempts of those who asked to try without end, and nothing serves. */
export function isHopeless(before: Model, after: Model): boolean {
  const {restart, good, recovery} = after;
  if (restart !== null || servingOf(after).length > 0) return false;
  // Its attempts may have failed while an older generation still served, which kept ssd from giving it up.
  return good ? recovery !== null && isSpent(after, recovery.tries) : before.restart?.endless === true;
}
