/**
 * `--order=stop-first`: what cannot overlap (a GPU, a lock, memory for one) is told to finish first, and the next
 * generation starts when it is gone. Nothing serves meanwhile; clients wait in the queues of the kernel.
 */
import {feed} from '../feed.js';
import {type LivingGeneration, untoldOf} from '../generation-state.js';
import {currentOf, farewellOf, type Model, type Restart, servingOf} from '../model.js';
import {keptOf, originOf} from '../release/wish.js';
import {publish, type Turn, update} from '../turn.js';
import {isRefused} from '../worker/worker-state.js';

/** Whether no worker is left. One that cannot be told to finish is not waited for: it may stay for ever. */
export function isVacant({generations}: Model): boolean {
  return generations.every(({workers}) => workers.every(isRefused));
}

/** Whether nothing is to be told now, and some workers are left: their ends are inputs of their own. */
export function isMakingRoom(model: Model, {stopFirst, look}: Restart): boolean {
  return stopFirst && !isVacant(model) && (look === 'asked' || toTell(model).length === 0);
}

/**
 * Tells the workers to finish whose turn has come. A release that is not there, or a program that cannot be executed, is
 * found before that: then nothing has to finish for it.
 *
 * @returns whether there is room: no worker is left
 */
export function makeRoom(turn: Turn, next: Restart, now: number): boolean {
  const {model} = turn;
  const {restart} = model;
  const numbers = toTell(turn.model).map(({number}) => number);
  if (numbers.length === 0) return isVacant(turn.model);
  if (next.look === null && servingOf(model).length > 0) {
    update(turn, {[next === restart ? 'restart' : 'recovery']: {...next, look: 'asked'}});
    turn.effects.push({type: 'look', origin: originOf(model, next), keep: keptOf(model)});
    return false;
  }
  const tokens = next.waiters.map(({token}) => token);
  publish(turn, {type: 'making-room', generations: numbers}, tokens);
  if (next === restart) update(turn, {restart: {...restart, stopped: [...restart.stopped, ...numbers]}});
  for (const number of numbers) feed(turn, number, {type: 'tell', now, ids: 'untold', ...farewellOf(model)});
  return isVacant(turn.model);
}

/**
 * The current generation serves until those before it are gone, which have to go in any case, and until its trial is over.
 */
function toTell(model: Model): readonly LivingGeneration[] {
  if (model.trial) return [];
  const current = currentOf(model);
  const others = model.generations.filter(one => one !== current && !one.workers.every(isRefused));
  if (current) return others.length > 0 ? [] : [current];
  return others.filter(one => untoldOf(one).length > 0);
}
