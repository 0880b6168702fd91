/** What the core knows of a loss beside what the worker said: only it knows what served, and who sent a signal. */
import type {Hint} from '../../shared/protocol/event.js';
import type {LivingGeneration} from './generation-state.js';
import {type Model, SETTLED_MS, servingOf} from './model.js';
import type {Loss, Worker} from './worker/worker-state.js';

/** Guesses from the way in which a worker ended, not from what it said. */
const GUESSES: ReadonlySet<Hint | null> = new Set<Hint>(['may-run-in-background', 'may-bind-port-itself']);

/** What a program does to itself. Any other signal was sent by somebody. */
const OWN_FAULTS: ReadonlySet<string> = new Set(
  ['ABRT', 'BUS', 'FPE', 'ILL', 'SEGV', 'SYS', 'TRAP'].map(name => `SIG${name}`),
);

/** @param generation as it was before the loss */
export function hintOf(model: Model, generation: LivingGeneration, loss: Loss): Hint | null {
  const isGuess = GUESSES.has(loss.hint);
  if (loss.hint !== null && !isGuess) return loss.hint;
  if (loss.pid !== null && model.signalled.includes(loss.pid)) return null;
  const older = servingOf(model).filter(({number}) => number !== generation.number);
  // A program of which one generation serves has taken the listeners, so this is no likely cause any more.
  const hint = loss.hint === 'may-bind-port-itself' && older.length > 0 ? null : loss.hint;
  if (hint === 'may-run-in-background') return hint;
  const worker = generation.workers.find(({id}) => id === loss.worker);
  return older.length === 0 && wasTooEarly(model, worker, loss) ? 'ready-by-interval' : hint;
}

/** Whether it took over only because it had lived for the interval, and ended soon by its own doing. */
function wasTooEarly(model: Model, worker: Worker | undefined, {ending, livedMs}: Loss): boolean {
  const {settings, successor} = model;
  if (settings.readiness.by !== 'interval' || livedMs > SETTLED_MS) return false;
  if (worker?.phase !== 'ready' || worker.generation !== successor || worker.restarts > 0) return false;
  return ending.type === 'exited' || (ending.type === 'signalled' && OWN_FAULTS.has(ending.signal));
}
