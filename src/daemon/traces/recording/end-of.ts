/** How a restart ended, and what its span says of it. */
import type {FailedStart, RestartEnd} from '../../../shared/protocol/event.js';
import {describeEnding, describeFailedStart} from '../../../shared/words/starts/failed-start.js';
import type {CoreStep} from '../port.js';
import {eventsIn} from './events-in.js';
import type {Attributes, Failure, Root} from './span.js';

export type End = {readonly attributes: Attributes; readonly error: string | null};

type Outcome = {
  readonly verdict: RestartEnd['verdict'];
  readonly reason?: string;
  readonly message?: string;
  readonly by?: number;
};

/** @returns null: it has become part of another restart, which has a link to whoever asked for it */
export function endOf(root: Root, step: CoreStep, instance: string): End | null {
  const outcome = outcomeOf(root, step);
  if (!outcome) return null;
  const {verdict, reason, message, by} = outcome;
  const {generation, release, attempts, order} = root;
  const replaced = root.replaced.filter(number => !serves(number, step.after));
  const attributes = {
    'ssd.instance': instance,
    'ssd.by': root.by,
    'ssd.verdict': verdict,
    ...(reason !== undefined && {'ssd.reason': reason}),
    'ssd.attempts': attempts,
    'ssd.order': order,
    ...(generation !== null && {'ssd.generation': generation}),
    ...(release !== null && {'ssd.release': release}),
    ...(replaced.length > 0 && {'ssd.replaced': replaced}),
    ...(by !== undefined && {'ssd.superseded_by': by}),
  };
  return {attributes, error: verdict === 'failed' ? (message ?? 'it failed') : null};
}

/** After a trial that failed, or that another restart has cut short, what was to be replaced serves on. */
function serves(generation: number, {generations}: CoreStep['after']): boolean {
  return generations.some(
    ({number, phase}) => number === generation && (phase === 'ready' || phase === 'held'),
  );
}

function outcomeOf(root: Root, {effects, after}: CoreStep): Outcome | null {
  const ends = eventsIn(effects, 'restart-ended');
  const own = ends.find(end => 'generation' in end && end.generation === root.generation);
  const end = own ?? ends.find(({verdict}) => verdict === 'cancelled');
  if (end) return fromEvent(end);
  // No event tells the end of a start that replaces nothing.
  const lost = eventsIn(effects, 'lost').find(({generation}) => generation === root.generation);
  if (lost) return {verdict: 'failed', reason: lost.ending.type, message: describeEnding(lost.ending)};
  if (root.isReady) return {verdict: 'completed'};
  const isGivenUp = effects.some(({type}) => type === 'give-up' || type === 'refuse-start');
  if (isGivenUp && root.failure) return {verdict: 'failed', ...root.failure};
  if (after.wanted.state === 'stopped') return {verdict: 'cancelled', reason: 'stopping'};
  if (after.paused) return {verdict: 'cancelled', reason: 'paused'};
  return root.failure && {verdict: 'failed', ...root.failure};
}

function fromEvent(end: RestartEnd): Outcome {
  switch (end.verdict) {
    case 'completed':
      return {verdict: 'completed'};
    case 'superseded':
      return {verdict: 'superseded', by: end.by};
    case 'cancelled':
      return {verdict: 'cancelled', reason: end.reason};
    case 'failed':
      return {verdict: 'failed', ...failureOf(end)};
  }
}

/** The code of the reason, and the sentence of the verdict. */
export function failureOf(failed: Omit<FailedStart, 'attempt'>): Failure {
  return {reason: failed.ending.type, message: describeFailedStart(failed)};
}
