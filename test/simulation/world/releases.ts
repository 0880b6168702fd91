/** The releases of a simulation: where the link points, which directories are there, and what each generation has. */
import type {Effect} from '../../../src/daemon/core/types.js';
import type {Fate} from './fate.js';

/** How long a worker of a broken release lives. */
const BROKEN_MS = 10;

export type Taken = {readonly release: string; readonly missing: string | null};
type Order = Extract<Effect, {type: 'spawn'}>;

export class Releases {
  link = 'r1';
  /** Those whose workers end soon after they were spawned. */
  readonly broken = new Set<string>();
  /** Those that the deployer has removed. */
  readonly gone = new Set<string>();
  readonly #pins = new Map<number, string>();

  /** Puts a release in place, and the link on it. */
  deploy(release: string, isBroken: boolean): void {
    this.link = release;
    this.gone.delete(release);
    if (isBroken) this.broken.add(release);
    else this.broken.delete(release);
  }

  /** @returns what the workers of an order start from; null if it is not there */
  take({generation, origin, keep}: Order): Taken | null {
    for (const known of this.#pins.keys()) if (!keep.includes(known)) this.#pins.delete(known);
    const taken = this.#find(origin);
    if (taken) this.#pins.set(generation, taken.release);
    return taken;
  }

  isThere({origin}: Pick<Order, 'origin'>): boolean {
    return this.#find(origin) !== null;
  }

  /** Another ssd knows the releases that its predecessor has noted, and no other. */
  begin(known: readonly {readonly generation: number; readonly release: string}[]): void {
    this.#pins.clear();
    for (const {generation, release} of known) this.#pins.set(generation, release);
  }

  /** What a release changes of the fate of its workers. */
  fateOf(release: string): Partial<Fate> {
    return this.broken.has(release) ? {livesMs: BROKEN_MS} : {};
  }

  #find(origin: Order['origin']): Taken | null {
    if (origin.type === 'link') return this.#there(this.link);
    if (origin.type === 'directory') return this.#there(origin.path);
    const release = this.#pins.get(origin.generation);
    if (release === undefined) throw new Error('broken: the release of what may start again is kept');
    if (!this.gone.has(release)) return {release, missing: null};
    const instead = origin.orLink ? this.#there(this.link) : null;
    return instead && {...instead, missing: release};
  }

  #there(release: string): Taken | null {
    return this.gone.has(release) ? null : {release, missing: null};
  }
}
