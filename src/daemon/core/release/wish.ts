/** Which release a restart brings up, and where its workers have it from. */
import {currentOf, type Model, type Restart} from '../model.js';
import type {Input} from '../types.js';
import type {Origin, Pinned, Wish} from './origin.js';

/** What a request means now; null: there is no release to go back to. */
export function wishOf(
  model: Model,
  {release}: Pick<Extract<Input, {type: 'restart'}>, 'release'>,
): Wish | null {
  if (release.type !== 'former') return release;
  const former = formerOf(model);
  return former && {type: 'generation', ...former};
}

/** The release that was good before the current one. One that is on trial was not good yet. */
function formerOf(model: Model): Pinned | null {
  const {good, former, trial} = model;
  return trial && currentOf(model)?.release !== good?.release ? good : former;
}

export function isSameWish(one: Wish, other: Wish): boolean {
  if (one.type === 'directory') return other.type === 'directory' && one.path === other.path;
  if (one.type === 'generation') return other.type === 'generation' && one.release === other.release;
  return one.type === other.type;
}

/** Where the next generation of a restart starts from. Only what ssd does of itself makes do with the link. */
export function originOf({good}: Model, {wish}: Restart): Origin {
  if (wish.type === 'generation') return {type: 'generation', generation: wish.generation, orLink: false};
  if (wish.type !== 'good') return wish;
  return good ? {type: 'generation', generation: good.generation, orLink: true} : {type: 'link'};
}

/**
 * Where a worker starts from that takes a place in a generation. While somebody may wait for that generation, the link
 * will not do.
 */
export function originWithin({settings, finishing}: Model, generation: number): Origin {
  const orLink = finishing?.generation !== generation;
  return settings.pinned ? {type: 'generation', generation, orLink} : {type: 'link'};
}

/** The generations whose release or environment may still be needed. */
export function keptOf({generations, good, former, restart, following}: Model): readonly number[] {
  const wished = [restart?.wish, following?.wish].flatMap(wish =>
    wish?.type === 'generation' ? [wish.generation] : [],
  );
  const pinned = [good, former].flatMap(one => (one ? [one.generation] : []));
  return [...new Set([...generations.map(({number}) => number), ...pinned, ...wished])];
}
