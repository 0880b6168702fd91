/** The rules of `--release`: what is brought up is what was asked for, and of itself ssd starts what was good. */
import type {Effect} from '../../../src/daemon/core/types.js';
import type {Answer} from '../../../src/shared/protocol/verdict.js';
import type {Asked, Observed} from '../world/simulation.js';
import {demand, type Seen, waitingOf} from './seen.js';

/** A client asks. What it asks for is known now, or when the workers are spawned. */
export function noteWish(seen: Seen, token: string, release: Asked): void {
  seen.isMixed ||= release.type !== 'link';
  if (release.type === 'link') seen.wishes.set(token, {release: null});
  if (release.type === 'directory') seen.wishes.set(token, {release: release.path});
  if (release.type !== 'former') return;
  // What is on trial was not good yet.
  const onTrial = seen.trial ? (seen.releases.get(seen.trial.generation) ?? null) : seen.pinnedTo;
  seen.wishes.set(token, {release: onTrial === seen.pinnedTo ? seen.pinnedBefore : seen.pinnedTo});
}

/** Called before the other rules look at the effects of a step. */
export function checkReleases(observed: Observed, seen: Seen): void {
  const {event, effects, model} = observed;
  if (!model.settings.pinned) return;
  if (event.type === 'restart' && event.asker === null) seen.goesOn = true;
  if (event.type === 'pinned') notePinned(observed, seen);
  for (const effect of effects) {
    if (effect.type === 'publish') noteNews(effect.event, observed, seen);
    if (effect.type === 'spawn') checkOrigin(effect, observed, seen);
  }
  const pinned = model.generations.find(({phase}) => phase === (model.trial?.old ? 'held' : 'ready'));
  if (!pinned || (model.trial && model.trial.old === null) || seen.isAdrift) return;
  demand(pinned.release === seen.pinnedTo, 'the pinned release runs');
  demand(model.good?.release === seen.pinnedTo, 'what runs is what would start again');
  demand(
    (model.former?.release ?? null) === seen.pinnedBefore,
    'the release before is the one to go back to',
  );
}

function notePinned({event, before}: Observed, seen: Seen): void {
  if (event.type !== 'pinned') return;
  const {generation, release, missing} = event;
  const known = before.generations.find(({number}) => number === generation);
  const was = seen.releases.get(generation);
  demand(missing !== null || was === undefined || was === release, 'a generation has one release');
  seen.releases.set(generation, release);
  // It may have been told to make room before its last worker was spawned.
  const isPinned = known?.phase === 'ready' || before.good?.generation === generation;
  if (seen.isAdrift || (!seen.own.has(generation) && !isPinned)) return;
  if (missing === null) demand(release === seen.pinnedTo, 'of itself ssd starts what was good');
  // Its release is gone, and what the link says is all that can be started.
  else if (isPinned) seen.pinnedTo = release;
}

function noteNews(
  event: Extract<Effect, {type: 'publish'}>['event'],
  {before, model}: Observed,
  seen: Seen,
): void {
  if (event.type === 'ready') {
    const release = seen.releases.get(event.generation) ?? null;
    demand(event.release === release, 'a generation is named with its release');
    seen.isLost = false;
    if (model.trial?.generation !== event.generation) pin(event.generation, seen);
    if (!seen.own.has(event.generation)) seen.goesOn = model.following !== null || model.restart !== null;
  }
  if (event.type === 'paused') seen.isLost = false;
  if (event.type === 'trial-ended' && event.passed === true) pin(event.generation, seen);
  // What was on trial serves on, though it was not good.
  if (event.type === 'trial-ended' && event.passed !== true && event.old === null) seen.isAdrift = true;
  const hadCurrent = before.generations.some(({phase}) => phase === 'ready');
  const hasCurrent = model.generations.some(({phase}) => phase === 'ready');
  const isIncoming = model.generations.some(({phase}) => phase === 'starting');
  if (event.type === 'lost' && hadCurrent && !hasCurrent) seen.isLost = !isIncoming || seen.isLost;
}

function pin(generation: number, seen: Seen): void {
  const release = seen.releases.get(generation) ?? null;
  seen.isAdrift = false;
  if (release !== seen.pinnedTo && seen.pinnedTo !== null) seen.pinnedBefore = seen.pinnedTo;
  seen.pinnedTo = release;
}

function checkOrigin(
  {generation, origin, places}: Extract<Effect, {type: 'spawn'}>,
  {event, model}: Observed,
  seen: Seen,
): void {
  const isNew = places[0]?.id === 0;
  const isOwn = origin.type === 'generation' && origin.orLink;
  if (!isNew) {
    const isSame = origin.type === 'generation' && origin.generation === generation;
    demand(isSame, 'a place is filled from the release of its generation');
    return;
  }
  if (isOwn) {
    seen.own.add(generation);
    demand(seen.releases.get(origin.generation) === seen.pinnedTo, 'of itself ssd starts what was good');
  } else if (seen.pinnedTo !== null) {
    const asks = [...waitingOf(seen)].some(token => seen.wishes.has(token));
    demand(asks || seen.goesOn || event.type === 'restart', 'what nobody has asked for is not started');
    // Where nothing may overlap, what was asked for comes first, and what was good after it.
    demand(!seen.isLost || model.restart?.stopFirst === true, 'what was good comes first');
  }
  if (model.generations.every(({phase}) => phase !== 'ready')) seen.isLost = false;
}

/** What a client is told to be up is what it has asked for. */
export function checkWish(token: string, answer: Answer, seen: Seen): void {
  const wish = seen.wishes.get(token);
  if (!wish || !('verdict' in answer) || answer.verdict !== 'completed' || !('generation' in answer)) return;
  demand(!seen.own.has(answer.generation), 'nobody is told of what ssd has started of itself');
  const release = seen.releases.get(answer.generation);
  if (release === undefined) return;
  demand(wish.release === null || wish.release === release, 'what was asked for is up');
  demand(answer.release === release, 'a generation is named with its release');
}
