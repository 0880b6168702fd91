import type {HandedOver} from './handed-over.js';

/** Who hands over each part. */
export type Givers<P> = {readonly [Name in keyof P]: () => HandedOver<P[Name]>};

/** What all parts hand over, each under its name, in this turn of the event loop. */
export function gather<P extends object>(givers: Givers<P>): HandedOver<P> {
  const states: [name: string, state: unknown][] = [];
  const fds: number[] = [];
  for (const [name, give] of Object.entries<() => HandedOver<unknown>>(givers)) {
    const handed = give();
    states.push([name, handed.state]);
    fds.push(...handed.fds);
  }
  // Each name has the state of its own giver. TypeScript cannot correlate the two.
  return {state: Object.fromEntries(states) as P, fds};
}

export const NOTHING: HandedOver<null> = {state: null, fds: []};
