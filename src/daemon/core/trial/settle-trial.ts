/** What follows from a trial: checks that are due, its end, and who is current then. */
import {ask, ownRestart} from '../ask.js';
import {factsOf, feed, remember} from '../feed.js';
import {currentOf, farewellOf} from '../model.js';
import {noteGood} from '../release/pinned.js';
import {finishingFailed, trialPassed} from '../restart.js';
import {apply, publish, type Turn, update} from '../turn.js';
import type {PastFailure} from '../worker/worker-state.js';
import {endTrial} from './end-trial.js';
import type {Trial} from './trial.js';
import {isPassed, watchersOf} from './trial-state.js';

/** Ends the trial if that is decided, or the time has come; otherwise starts the check that is due. */
export function settleTrial(turn: Turn, now: number): void {
  const {trial} = turn.model;
  if (!trial) return;
  if (trial.decided?.passed === false) fail(turn, trial, trial.decided.failure, now);
  else if (isPassed(trial, now)) pass(turn, trial, now);
  else checkIfDue(turn, trial, now);
}

function pass(turn: Turn, trial: Trial, now: number): void {
  const {old} = trial;
  const tokens = watchersOf(turn.model);
  endTrial(turn, true, now);
  const current = currentOf(turn.model);
  if (current) noteGood(turn, current);
  apply(turn, trialPassed(turn.model, now));
  if (old === null) return;
  const {killOldDelayMs: delayMs} = turn.model.tunables;
  if (delayMs > 0) publish(turn, {type: 'delaying', generations: [old], delayMs}, tokens);
  feed(turn, old, {type: 'retire', now, delayMs});
}

/**
 * The old generation is current again, at once: it has been serving all the time. Where it is lost, the new one serves
 * on for lack of another, until the release that was good is up.
 */
function fail(turn: Turn, trial: Trial, failure: PastFailure, now: number): void {
  const {generation, old} = trial;
  endTrial(turn, false, now);
  if (failure.what === 'rejected') remember(turn, [failure]);
  if (old !== null) {
    feed(turn, old, {type: 'restore', now});
    feed(turn, generation, {type: 'tell', now, ids: null, ...farewellOf(turn.model)});
  }
  apply(turn, finishingFailed(turn.model, factsOf(turn, {...failure, phase: 'bake'})));
  const {stopFirst} = ownRestart(turn.model);
  if (old === null && turn.model.settings.pinned && currentOf(turn.model)) {
    apply(turn, ask(turn.model, {asker: null, wish: {type: 'good'}, bakeMs: 0, stopFirst}, now));
  }
}

function checkIfDue(turn: Turn, trial: Trial, now: number): void {
  const {check, generation, old} = trial;
  const worker = currentOf(turn.model)?.workers.find(({phase}) => phase === 'ready');
  if (!check || check.isRunning || now < check.dueAt || worker?.phase !== 'ready') return;
  const run = check.run + 1;
  const dueAt = now + (turn.model.settings.check?.everyMs ?? 0);
  update(turn, {trial: {...trial, check: {...check, run, isRunning: true, dueAt}}});
  turn.effects.push({type: 'check', generation, old, run, pid: worker.pid});
}
