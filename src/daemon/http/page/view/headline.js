/** What matters most about an instance, in one sentence. */
/** @import {Status} from '../../../../shared/protocol/status.js' */
/** @import {Tone} from '../types.js' */
import {attemptsOf, formatDuration, generationsOf, serves} from '../common.js';

/**
 * @param {Status} status
 * @returns {{readonly tone: Tone, readonly text: string}}
 */
export function headline(status) {
  const {wanted, paused, current, incoming, failing, generations} = status;
  if (wanted === 'stopped')
    return {tone: 'faint', text: `is stopping${rest(generations.length, 'still finishes', 'still finish')}`};
  if (paused) {
    const left = formatDuration(paused.leftMs);
    return {tone: 'busy', text: `is paused: clients wait; it goes on by itself in ${left}`};
  }
  const failed = failing
    ? `${attemptsOf(failing.attempts)} failed in ${formatDuration(failing.agoMs)}`
    : null;
  if (current === null) {
    const next =
      incoming === null ? 'no generation serves' : `no generation serves; generation ${incoming} is starting`;
    if (failed) return {tone: 'bad', text: `${next}; ${failed}`};
    return {
      tone: incoming === null ? 'bad' : 'busy',
      text: incoming === null ? next : `generation ${incoming} is starting`,
    };
  }
  const serving = `generation ${current} serves${share(status)}`;
  if (failed) return {tone: 'bad', text: `${serving}; ${failed}`};
  return under(status, serving);
}

/**
 * @param {Status} status
 * @param {string} serving
 * @returns {{readonly tone: Tone, readonly text: string}}
 */
function under({trial, incoming, generations}, serving) {
  if (incoming !== null) return {tone: 'busy', text: `${serving}; generation ${incoming} is starting`};
  if (trial) {
    const beside =
      trial.old === null ? 'there is none to go back to' : `generation ${trial.old} serves beside it`;
    return {tone: 'trial', text: `${serving} on trial, ${formatDuration(trial.leftMs)} left; ${beside}`};
  }
  const retiring = generations.filter(({phase}) => phase === 'retiring').map(({generation}) => generation);
  if (retiring.length === 0) return {tone: 'good', text: serving};
  const finishing = `${generationsOf(retiring)} ${retiring.length === 1 ? 'finishes' : 'finish'}`;
  return {tone: 'good', text: `${serving}; ${finishing}`};
}

/**
 * @param {Status} status
 * @example share(status) === ' with 3 of 4 workers'
 */
function share({current, workers, generations}) {
  const ready = (generations.find(({generation}) => generation === current)?.workers ?? []).filter(
    serves,
  ).length;
  if (ready !== workers) return ` with ${ready} of ${workers} workers`;
  return workers === 1 ? '' : ` with ${workers} workers`;
}

/**
 * @param {number} count
 * @param {string} one
 * @param {string} many
 */
function rest(count, one, many) {
  return count === 0 ? '' : `; ${count} ${count === 1 ? `generation ${one}` : `generations ${many}`}`;
}
