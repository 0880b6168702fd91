/**
 * The one owner of the model. Signals, requests, exits and deadlines become inputs in one queue. Each input is
 * stepped to its end, and the new model stands before its effects are performed. An effect may cause a new input,
 * such as a pid or a failed spawn. That goes to the end of the queue.
 */

import {createModel, type Model} from './core/model.js';
import {type Snapshot, snapshot} from './core/snapshot.js';
import {step} from './core/supervisor.js';
import type {Effect, Input, Settings, Tunables} from './core/types.js';

export type Loop = {
  readonly submit: (input: Input) => void;
  readonly snapshot: (now: number) => Snapshot;
};

export type Initial = {
  readonly settings: Settings;
  readonly tunables: Tunables;
  /** How many workers a generation should have. */
  readonly workers: number;
};

/** @param perform performs one effect; it must not throw */
export function createLoop(initial: Initial, perform: (effect: Effect) => void): Loop {
  let model: Model = createModel(initial.settings, initial.tunables, initial.workers);
  const queue: Input[] = [];
  let running = false;

  const drain = () => {
    for (let input = queue.shift(); input; input = queue.shift()) {
      const {model: next, effects} = step(model, input);
      model = next;
      for (const effect of effects) perform(effect);
    }
  };
  return {
    submit: input => {
      queue.push(input);
      if (running) return;
      running = true;
      try {
        drain();
      } finally {
        running = false;
      }
    },
    snapshot: now => snapshot(model, now),
  };
}
