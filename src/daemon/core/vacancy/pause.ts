/**
 * A pause: no worker runs, the listeners stay, and clients wait in the queues of the kernel.
 *
 *     running ── pause ──▶ paused ── resume, the time is over, or a restart is asked for ──▶ running
 *
 * A pause ends whatever goes on: restarts are cancelled, a trial is over, and all workers are told to finish. After it ssd
 * starts a generation as it does whenever nothing serves: with `--release` from the release that was good.
 */

import {ownRestart} from '../ask.js';
import {feedAll} from '../feed.js';
import {farewellOf} from '../model.js';
import {endTrial} from '../trial/end-trial.js';
import {answer, apply, publish, type Turn, update} from '../turn.js';
import type {Input} from '../types.js';
import {cancelAll} from '../verdicts.js';
import {isVacant} from './room.js';

type Of<T extends Input['type']> = Extract<Input, {type: T}>;

/** Begins a pause, or sets another end of the one that goes on. */
export function takePause(turn: Turn, {now, maxMs, token}: Of<'pause'>): void {
  const {paused, wanted} = turn.model;
  if (wanted.state === 'stopped') {
    answer(turn, [token], {verdict: 'cancelled', reason: 'stopping'});
    return;
  }
  publish(turn, {type: 'paused', maxMs}, [token]);
  endTrial(turn, null, now);
  apply(turn, cancelAll(turn.model, 'paused'));
  const tokens = [...(paused?.tokens ?? []), token];
  update(turn, {paused: {since: paused?.since ?? now, until: now + maxMs, tokens}});
  if (paused) return;
  // A second signal makes some servers end at once, and cut off their clients.
  feedAll(turn, {type: 'tell', now, ids: 'untold', ...farewellOf(turn.model)});
}

/** Ends the pause. The client learns whether a generation serves. */
export function takeResume(turn: Turn, {now, token}: Of<'resume'>): void {
  const {paused, good} = turn.model;
  if (!paused) {
    const reason = turn.model.wanted.state === 'stopped' ? 'stopping' : 'not-paused';
    answer(turn, [token], {verdict: 'cancelled', reason});
    return;
  }
  endPause(turn, now, 'request');
  const waiters = [{token, attemptsLeft: 1, until: 'ready' as const, askedAt: now, attempts: 0}];
  const own = {...ownRestart(turn.model), endless: true, waiters};
  update(turn, good ? {recovery: {...own, wish: {type: 'good'}}} : {restart: own});
}

/** Ends the pause when its time is over, and answers its clients when no worker is left. */
export function settlePause(turn: Turn, now: number): void {
  const {paused} = turn.model;
  if (!paused) return;
  if (paused.tokens.length > 0 && isVacant(turn.model)) {
    answer(turn, paused.tokens, {verdict: 'completed', leftMs: Math.max(0, paused.until - now)});
    update(turn, {paused: {...paused, tokens: []}});
  }
  if (now >= paused.until) endPause(turn, now, 'time');
}

/** Who waits until no worker is left waits in vain. */
export function endPause(turn: Turn, now: number, by: 'request' | 'time' | 'restart'): void {
  const {paused} = turn.model;
  if (!paused) return;
  update(turn, {paused: null});
  publish(turn, {type: 'resumed', by, pausedMs: now - paused.since}, paused.tokens);
  answer(turn, paused.tokens, {verdict: 'cancelled', reason: 'resumed'});
}
