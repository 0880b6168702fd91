/**
 * The model goes over into a new image of ssd (`ssctl reexec`): the workers, the restarts and the clients that wait are the
 * same, the options may be others. It is plain data, so nothing else is to be done.
 *
 *     old image: model ──JSON──▶ new image: reviveModel ─▶ {type: 'revive'} ─▶ settle does what is due
 */
import type {Model} from '../model.js';
import {answer, publish, type Turn} from '../turn.js';
import type {Settings} from '../types.js';
import type {Revival} from './revival.js';

export type NewOptions = {
  readonly settings: Settings;
  /** How many workers the options ask for, and how many the former ones did. */
  readonly workers: {readonly asked: number; readonly before: number};
};

/**
 * The model as the new image has it. Its timer is not set, and nobody was told anything by this image.
 *
 * What `scale` asked for lasts as long as the options ask for the same number.
 */
export function reviveModel(model: Model, {settings, workers}: NewOptions): Model {
  const wanted = workers.asked === workers.before ? model.workers : workers.asked;
  const revived = {...model, settings, workers: wanted, timerAt: null, statusLines: [], reported: null};
  return settings.pinned === model.settings.pinned ? revived : {...revived, good: null, former: null};
}

export function takeRevival(turn: Turn, {from, to, token}: Revival): void {
  const tokens = token === null ? [] : [token];
  publish(turn, {type: 'upgraded', from, to}, tokens);
  answer(turn, tokens, {verdict: 'completed', from, to});
}
