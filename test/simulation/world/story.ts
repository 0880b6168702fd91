/** The effects of the core in words, one line each, without timers, status lines and events. */
import type {Effect, Place} from '../../../src/daemon/core/types.js';
import type {Answer} from '../../../src/shared/protocol/verdict.js';

/** Names a worker of the simulation. */
export type Address = {readonly generation: number; readonly worker: number};

export function keyOf({generation, worker}: Address): string {
  return `${generation}/${worker}`;
}

export function describeEffect(effect: Effect): string | null {
  if (effect.type === 'spawn') return describeSpawn(effect.generation, effect.places);
  if (effect.type === 'signal') return `${effect.signal} to ${keyOf(effect)}`;
  if (effect.type === 'forward-signal')
    return `${effect.signal} passed on to ${effect.pids.join(' ') || 'nobody'}`;
  if (effect.type === 'check') return `check ${effect.run} of ${effect.generation}`;
  if (effect.type === 'end-check') return 'end the check';
  if (effect.type === 'kill') return `kill ${keyOf(effect)}`;
  if (effect.type === 'answer') return `${effect.token}: ${describeAnswer(effect.answer)}`;
  if (effect.type === 'refuse-start') return `refuse to start: ${effect.cause}`;
  if (effect.type === 'give-up') return `give up after ${effect.failed.attempt}`;
  if (effect.type === 'stopped') {
    const left = effect.left.map(pid => `without ${pid}`);
    return ['stopped', ...effect.tokens, ...left].join(' ');
  }
  return null;
}

/** Describes a whole generation, or workers that are added to one, with their places. */
function describeSpawn(generation: number, places: readonly Place[]): string {
  if (places[0]?.id === 0) return `spawn ${generation}`;
  return `spawn ${places.map(({id, index}) => `${generation}/${id} at ${index}`).join(', ')}`;
}

function describeAnswer(answer: Answer): string {
  if ('verdict' in answer) return answer.verdict;
  if ('signal' in answer) {
    const refused = answer.refused.map(({pid}) => `, not to ${pid}`);
    return `${answer.signal} to ${answer.pids.join(' ')}${refused.join('')}`;
  }
  if ('accepted' in answer) return answer.accepted ? `accepted ${answer.generation}` : 'nothing to accept';
  if ('rejected' in answer) return answer.rejected ? `rejected ${answer.generation}` : 'nothing to reject';
  return answer.cancelled ? `cancelled ${answer.generation}` : 'nothing to cancel';
}
