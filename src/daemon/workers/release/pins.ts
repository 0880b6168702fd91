/**
 * Which release and which environment the workers of each generation have. They are looked up once, when a restart
 * that was asked for spawns its generation. What ssd starts of itself gets those of the generation that was good,
 * whatever the link and the envdir say by then.
 *
 * Without `--release` nothing is pinned: the environment is read before every spawn.
 */
import type {Origin} from '../../core/release/origin.js';
import type {Effect} from '../../core/types.js';
import {type Identity, isSame} from '../../files/own-path.js';
import {fromPlain, type PlainIdentity, toPlain} from '../../files/plain-identity.js';
import type {HandedOver} from '../../handover/handed-over.js';
import type {Environment, EnvironmentReader} from '../environment.js';
import {identityOf, resolveRelease, type Unusable, unusable} from './directory.js';

export type Pin = {
  /** A real directory; null without `--release`. */
  readonly release: string | null;
  /** Tells it from another directory that gets its name; null: unknown. */
  readonly identity: Identity | null;
  readonly environment: Environment;
};

export type Pins = {
  /** What the workers of this order start with, or why they cannot. It does not throw. */
  readonly take: (
    order: Pick<Effect & {type: 'spawn'}, 'generation' | 'origin' | 'keep'>,
  ) => Taken | Unusable;
  /** The same, without that it is remembered. */
  readonly look: (order: Pick<Effect & {type: 'look'}, 'origin'>) => Taken | Unusable;
  readonly handOver: () => HandedOver<PinsState>;
};

/** A contract with later versions of ssd: names stay, and what is added may be missing. */
export type PinsState = {
  readonly pins: readonly {
    readonly generation: number;
    readonly release: string | null;
    readonly identity: PlainIdentity | null;
    readonly environment: Environment;
  }[];
};

export type Taken = Pin & {
  /** The environment was read just now. */
  readonly isFresh: boolean;
  /** The release that was asked for is gone, and the link stands in, or another directory of its name. */
  readonly missing: string | null;
};

/**
 * @param link the path that `--release` gives, or null
 * @param known the releases of generations that an ssd has started which has died; their environment is not known
 * @param revived what a former image of ssd has handed over
 */
export function createPins(
  link: string | null,
  environment: Pick<EnvironmentReader, 'read'>,
  known: ReadonlyMap<number, string> = new Map(),
  revived: PinsState | null = null,
): Pins {
  const pins = new Map<number, Pin>(revived?.pins.map(pinFrom));
  if (link !== null)
    for (const [number, release] of known)
      pins.set(number, {release, identity: null, environment: environment.read()});
  const fresh = (release: string | null): Taken => {
    const identity = release === null ? null : identityOf(release);
    return {release, identity, environment: environment.read(), isFresh: true, missing: null};
  };
  const resolved = (path: string): Taken | Unusable => {
    const found = resolveRelease(path);
    return 'code' in found ? found : fresh(found.release);
  };
  const find = (origin: Origin, path: string): Taken | Unusable => {
    if (origin.type !== 'generation') return resolved(origin.type === 'link' ? path : origin.path);
    const pin = pins.get(origin.generation);
    if (!pin || pin.release === null) return resolved(path);
    const cause = unusable(pin.release);
    // Moved away, and another one has its name.
    if (cause === null && isOther(pin.release, pin)) return {...fresh(pin.release), missing: pin.release};
    if (cause === null) return {...pin, isFresh: false, missing: null};
    if (!origin.orLink) return {code: 'release-unusable', path: pin.release, target: null, cause};
    const instead = resolved(path);
    return 'code' in instead ? instead : {...instead, missing: pin.release};
  };
  return {
    take: ({generation, origin, keep}) => {
      if (link === null) return fresh(null);
      for (const known of pins.keys()) if (!keep.includes(known)) pins.delete(known);
      const taken = find(origin, link);
      if (!('code' in taken)) {
        const {release, identity, environment: known} = taken;
        pins.set(generation, {release, identity, environment: known});
      }
      return taken;
    },
    look: ({origin}) => (link === null ? fresh(null) : find(origin, link)),
    handOver: () => ({state: {pins: [...pins].map(stateOf)}, fds: []}),
  };
}

function stateOf([generation, {release, identity, environment}]: readonly [number, Pin]) {
  return {generation, release, identity: identity && toPlain(identity), environment};
}

function pinFrom({generation, release, identity, environment}: PinsState['pins'][number]): [number, Pin] {
  return [generation, {release, identity: identity && fromPlain(identity), environment}];
}

function isOther(release: string, {identity}: Pin): boolean {
  const now = identityOf(release);
  return identity !== null && now !== null && !isSame(identity, now);
}
