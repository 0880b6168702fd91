/** Puts the last lines of a worker's standard error to the news and the verdict that tell of its failure. */
import type {FailedStart} from '../../../shared/protocol/event.js';
import type {Effect} from '../../core/types.js';
import type {StderrTails} from './tails.js';

/** @returns the effect as it is, or with the lines */
export function quoteStderr(effect: Effect, tails: Pick<StderrTails, 'read'>): Effect {
  const quoted = <T extends Pick<FailedStart, 'generation' | 'worker'>>(failed: T) => ({
    ...failed,
    stderr: tails.read(failed).lines,
  });
  if (effect.type === 'publish' && effect.event.type === 'start-failed') {
    return {...effect, event: quoted(effect.event)};
  }
  if (effect.type === 'answer' && 'verdict' in effect.answer && effect.answer.verdict === 'failed') {
    return {...effect, answer: quoted(effect.answer)};
  }
  return effect;
}
