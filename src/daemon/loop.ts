/**
 * The one owner of the model. Signals, requests, exits and deadlines all become events in one queue; each is
 * stepped to its end, and the new model stands, before its effects are performed. What an effect brings about
 * (a pid, a failed spawn) comes back as an event behind those that wait already.
 */

import {createModel, type Model} from './core/model.js';
import {type Snapshot, snapshot} from './core/snapshot.js';
import {step} from './core/supervisor.js';
import type {Effect, Input, Settings, Tunables} from './core/types.js';

export type Loop = {
  readonly submit: (event: Input) => void;
  readonly snapshot: (now: number) => Snapshot;
  /** Hears every effect, after it was performed. @returns ends the subscription */
  readonly subscribe: (listener: (effect: Effect) => void) => () => void;
};

export type Initial = {
  readonly settings: Settings;
  readonly tunables: Tunables;
  /** How many workers a generation is to have. */
  readonly workers: number;
};

/**
 * @param perform carries out one effect; it does not throw
 * @param enrich adds to an effect what only the system side knows, before anybody sees it
 */
export function createLoop(initial: Initial, perform: (effect: Effect) => void, enrich = same): Loop {
  let model: Model = createModel(initial.settings, initial.tunables, initial.workers);
  const queue: Input[] = [];
  const listeners = new Set<(effect: Effect) => void>();
  let running = false;

  const drain = () => {
    for (let event = queue.shift(); event; event = queue.shift()) {
      const {model: next, effects} = step(model, event);
      model = next;
      for (const effect of effects.map(enrich)) {
        perform(effect);
        for (const listener of listeners) listener(effect);
      }
    }
  };
  return {
    submit: event => {
      queue.push(event);
      if (running) return;
      running = true;
      try {
        drain();
      } finally {
        running = false;
      }
    },
    snapshot: now => snapshot(model, now),
    subscribe: listener => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

const same = (effect: Effect): Effect => effect;
