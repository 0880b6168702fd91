/** A request becomes part of a restart: the one that has yet to spawn its generation, or the one that follows. */
import {incomingOf, type Model, type Restart, type Step, type Waiter} from './model.js';
import type {Wish} from './release/origin.js';
import {isSameWish} from './release/wish.js';
import type {Asker, Effect} from './types.js';
import {cancel} from './verdicts.js';

export type Request = {
  /** null: ssd tries until a start succeeds. */
  readonly asker: Asker | null;
  readonly wish: Wish;
  readonly bakeMs: number;
  readonly stopFirst: boolean;
};

/** Adds a request to the restart that has yet to spawn, or to the one that follows. */
export function ask(model: Model, {asker, wish, bakeMs, stopFirst}: Request, now: number): Step {
  const waiters: Waiter[] = asker ? [{askedAt: now, attempts: 0, ...asker}] : [];
  const asked = {wish, bakeMs, stopFirst, waiters, endless: asker === null, undecided: 1};
  const request: Restart = {...NOTHING, ...asked};
  const slot = incomingOf(model)?.recovers === false ? 'following' : 'restart';
  const {restart, effects} = join(model[slot], request);
  return {model: {...model, [slot]: restart}, effects};
}

const NOTHING: Restart = {
  number: 0,
  wish: {type: 'link'},
  bakeMs: 0,
  stopFirst: false,
  look: null,
  stopped: [],
  waiters: [],
  endless: false,
  tries: 0,
  owed: 0,
  attempts: 0,
  undecided: 0,
  failingSince: null,
  notBefore: 0,
};

/** A restart that nobody has asked for yet. */
export function ownRestart({settings}: Pick<Model, 'settings'>): Restart {
  return {...NOTHING, stopFirst: settings.order === 'stop-first'};
}

/** Gives each restart that is new in the model its number. A model of an earlier version of ssd has none at all. */
export function withNumbers(model: Model): Model {
  let numbered = model;
  for (const slot of ['restart', 'following', 'recovery'] as const) {
    const restart = numbered[slot];
    if (!restart || restart.number > 0) continue;
    const number = (numbered.lastRestart ?? 0) + 1;
    numbered = {...numbered, [slot]: {...restart, number}, lastRestart: number};
  }
  return numbered;
}

type Joined = {readonly restart: Restart; readonly effects: readonly Effect[]};

/** The last request says which release is to be brought up. Those who wait for another one learn that it is not. */
export function join(running: Restart | null, more: Restart): Joined {
  if (!running || isSameWish(running.wish, more.wish)) return {restart: merge(running, more), effects: []};
  const tokens = running.waiters.map(({token}) => token);
  const restart = {...more, stopped: running.stopped, undecided: running.undecided + more.undecided};
  return {restart, effects: cancel(tokens, tokens, 'other-release')};
}

function merge(running: Restart | null, more: Restart): Restart {
  if (!running) return more;
  return {
    ...running,
    // Who wants a longer look gets it.
    bakeMs: Math.max(running.bakeMs, more.bakeMs),
    // What must not overlap for one must not overlap.
    stopFirst: running.stopFirst || more.stopFirst,
    waiters: [...running.waiters, ...more.waiters],
    endless: running.endless || more.endless,
    tries: more.endless ? more.tries : running.tries,
    owed: Math.max(running.owed, more.owed),
    undecided: running.undecided + more.undecided,
    notBefore: Math.min(running.notBefore, more.notBefore),
  };
}
