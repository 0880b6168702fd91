/** What the parts of ssd hand over, each under its name. A contract: later versions read it. */

import type {ControlState} from '../control/control-state.js';
import type {HandedOver} from '../handover/handed-over.js';
import type {HistoryState} from '../log/history.js';
import type {CounterState} from '../metrics/counts.js';
import type {ProblemsState} from '../problems/problems.js';
import type {ResourcesState} from '../resources/handed-over.js';
import type {ChildrenState} from '../workers/children/table.js';
import type {EnvironmentState} from '../workers/environment.js';
import type {ReadinessState} from '../workers/readiness/create.js';
import type {PinsState} from '../workers/release/pins.js';
import type {RunsState} from '../workers/release/runs.js';
import type {TailsState} from '../workers/stderr/tails.js';
import type {TrialChecksState} from '../workers/trial-check.js';

export type Parts = {
  /** null: there is no control socket. */
  readonly control: ControlState | null;
  readonly resources: ResourcesState;
  readonly children: ChildrenState;
  readonly environment: EnvironmentState;
  readonly readiness: ReadinessState;
  readonly tails: TailsState;
  readonly pins: PinsState;
  readonly checks: TrialChecksState;
  readonly history: HistoryState;
  readonly counter: CounterState;
  readonly runs: RunsState;
  readonly problems: ProblemsState;
};

/** Who hands over each part. */
export type Givers<P> = {readonly [Name in keyof P]: () => HandedOver<P[Name]>};

/** Asks each of them, in this turn of the event loop. */
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
