/**
 * The one owner of the model. Signals, requests, exits and deadlines become inputs in one queue. Each input is
 * stepped to its end, and the new model stands before its effects are performed. An effect may cause a new input,
 * such as a pid or a failed spawn. That goes to the end of the queue.
 */

import {type Remains, remainsOf} from './core/adoption/leave.js';
import {reviveModel} from './core/handover/revive.js';
import {type MeasuredWorker, readyWorkers} from './core/memory/ready-workers.js';
import {createModel, type Model} from './core/model.js';
import {step} from './core/supervisor.js';
import type {Effect, Input, Settings, Tunables} from './core/types.js';
import {type Snapshot, snapshot} from './core/views/snapshot.js';
import type {Border} from './faults/border.js';
import {type Clock, now} from './system/clock.js';
import type {CoreStep} from './traces/port.js';

export type Loop = {
  readonly submit: (input: Input) => void;
  readonly snapshot: (now: number) => Snapshot;
  /** What the core knows now. Nothing is under way. */
  readonly model: () => Model;
  readonly readyWorkers: () => readonly MeasuredWorker[];
  /** What would be left if ssd were killed now. */
  readonly remains: () => Remains;
};

export type Initial = {
  readonly settings: Settings;
  readonly tunables: Tunables;
  /** How many workers a generation should have. */
  readonly workers: number;
  /** The model of the former image of this process, and how many workers its options asked for; null: there was none. */
  readonly handed?: {readonly model: Model; readonly workers: number} | null;
  /** Sees each step before its effects are performed; null: nobody does. It must not throw. */
  readonly observe?: ((step: CoreStep) => void) | null;
};

/** When a step that failed is tried again. */
const RETRY_MS = 1000;

/**
 * @param perform performs one effect; it must not throw
 * @param onFault called for an input whose step failed; the model is what it was before
 */
export function createLoop(
  initial: Initial,
  perform: (effect: Effect) => void,
  onFault: (input: Input, error: unknown) => void,
): Loop {
  let model = modelOf(initial);
  const queue: Input[] = [];
  let running = false;

  const take = (input: Input): readonly Effect[] => {
    try {
      const {model: next, effects} = step(model, input);
      const before = model;
      model = next;
      initial.observe?.({before, input, after: next, effects});
      return effects;
    } catch (error) {
      // No timer counts as set any more, so the next input sets one.
      model = {...model, timerAt: null};
      onFault(input, error);
      return [];
    }
  };
  const drain = () => {
    for (let input = queue.shift(); input; input = queue.shift()) {
      const effects = take(input);
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
    model: () => model,
    readyWorkers: () => readyWorkers(model),
    remains: () => remainsOf(model),
  };
}

export type InputFault = {
  readonly border: Border;
  readonly clock: Pick<Clock, 'setTimer'>;
  /** Refuses a request. */
  readonly refuse: (token: string) => void;
};

/** Reports an input that the core could not take. The model has not changed, so what was due is tried after a pause. */
export function reportInput(input: Input, error: unknown, {border, clock, refuse}: InputFault): void {
  border.report(`input ${input.type}`, error);
  for (const token of tokensIn(input)) border.guard('a refusal', refuse)(token);
  clock.setTimer(now() + RETRY_MS);
}

/** The requests whose answer depends on an input. */
function tokensIn(input: Input): string[] {
  if (input.type === 'restart') return input.asker ? [input.asker.token] : [];
  return 'token' in input && input.token !== null ? [input.token] : [];
}

function modelOf({settings, tunables, workers, handed}: Initial): Model {
  if (!handed) return createModel(settings, tunables, workers);
  return reviveModel(handed.model, {settings, workers: {asked: workers, before: handed.workers}});
}
