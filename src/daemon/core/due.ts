/** When what follows of itself is due: the next generation, the places to fill, the restart by time. */
import {deadlineOf, type ReadyGeneration, untoldOf} from './generation-state.js';
import {
  batchSize,
  currentOf,
  incomingOf,
  livingWorkers,
  type Model,
  type Restart,
  servingOf,
} from './model.js';
import {trialDueAt} from './trial/trial-state.js';
import {isMakingRoom} from './vacancy/room.js';
import {earlier} from './worker/worker-state.js';

/**
 * When an automatic restart is due, or null. It waits for old generations that are still finishing, but no longer
 * than twice the interval. start_server 0.35 does the same.
 */
export function autoRestartAt(model: Model): number | null {
  const {autoRestartMs} = model.tunables;
  const current = currentOf(model);
  if (autoRestartMs === null || !current || model.trial || model.restart || model.wanted.state === 'stopped')
    return null;
  const lingering = model.generations.some(generation => generation.phase === 'retiring');
  return current.readyAt + (lingering ? 2 : 1) * autoRestartMs;
}

/** The earliest moment at which something is due, or null. */
export function nextDeadline(model: Model): number | null {
  const own = [autoRestartAt(model), restartAt(model), fillAt(model), trialDueAt(model), pauseEnd(model)];
  const due = [...model.generations.map(deadlineOf), ...own];
  return due.reduce(earlier, null);
}

function pauseEnd({paused}: Model): number | null {
  return paused?.until ?? null;
}

/** When the next generation is due, or null. */
export function restartAt(model: Model): number | null {
  const {notBefore, wanted} = model;
  const restart = nextRestart(model);
  if (!restart || incomingOf(model) || wanted.state === 'stopped') return null;
  // The ends of the workers are inputs of their own.
  if (isMakingRoom(model, restart)) return null;
  return Math.max(notBefore, restart.notBefore);
}

/**
 * The restart that the next spawn belongs to, or null. ssd's own comes first, because its release is known to come up.
 * Once that has failed, the two take turns: what was asked for may be the repair.
 */
export function nextRestart({restart, recovery}: Model): Restart | null {
  if (!recovery?.endless) return restart;
  return restart && restart.notBefore < recovery.notBefore ? restart : recovery;
}

/** When vacant places are due to be filled, or null. */
export function fillAt(model: Model): number | null {
  return model.wanted.state === 'running' && vacantPlaces(model).length > 0 ? model.notBefore : null;
}

/**
 * The indexes of the places of the current generation that need a worker: after a loss, after `scale`, or because the
 * generation grows as it takes over (`--rolling`).
 *
 * A generation that is on trial does not grow.
 *
 * With `--rolling`, at most one batch of workers lives beyond the wanted number. So the next batch waits until the
 * replaced workers are gone. It does not wait while too few workers serve, because old workers may linger for hours.
 */
export function vacantPlaces(model: Model): readonly number[] {
  const current = currentOf(model);
  if (!current || model.trial) return [];
  if (isAboutToBeReplaced(current, model)) return [];
  const staying = untoldOf(current).filter(({index}) => index < model.workers);
  // The usual case. A place has only one worker, unless one is being replaced, so the numbers suffice.
  if (staying.length === model.workers && !model.replacement) return [];
  const taken = new Set(staying.map(({index}) => index));
  const vacant: number[] = [];
  for (let index = 0; index < model.workers; index += 1) if (!taken.has(index)) vacant.push(index);
  if (model.settings.rolling === null) return vacant;
  const living = livingWorkers(model);
  const serving = servingOf(model).flatMap(untoldOf).length;
  return vacant.slice(0, Math.max(0, model.workers + batchSize(model) - living, model.workers - serving));
}

/**
 * What is to come has a worker for each place, so what was taken over gets none. But once that has failed, the release that
 * serves is known to come up, and the one that fails may be another.
 */
function isAboutToBeReplaced({adopted, release}: ReadyGeneration, {restart}: Model): boolean {
  return adopted && restart !== null && (release === null || restart.failingSince === null);
}
