/** What the parts of ssd hand over, each under its name. A contract: later versions read it. */
import type {AdoptedState} from '../adoption/adopted-workers.js';
import type {StateKeeperState} from '../adoption/keep-state.js';
import type {ControlState} from '../control/control-state.js';
import type {HistoryState} from '../log/history.js';
import type {CounterState} from '../metrics/counts.js';
import type {ProblemsState} from '../problems/problems.js';
import type {ResourcesState} from '../resources/handed-over.js';
import type {ListenerCareState} from '../sockets/listener-care.js';
import type {Said} from '../systemd/say.js';
import type {TracesState} from '../traces/traces-state.js';
import type {TrafficState} from '../traffic/handed-over.js';
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
  readonly workers: WorkersState;
  readonly adopted: AdoptedState;
  /** null: there is no state file. */
  readonly state: StateKeeperState | null;
  readonly history: HistoryState;
  readonly counter: CounterState;
  readonly runs: RunsState;
  readonly problems: ProblemsState;
  /** What the service manager was told. */
  readonly manager: Said;
  readonly care: ListenerCareState;
  readonly leftBehind: LeftBehindState;
  /** null: there are none. An earlier version does not know of them. */
  readonly traces: TracesState | null;
  /** null: the former image says nothing of it. */
  readonly traffic: TrafficState | null;
};

/** What spawns workers, and hears of them. */
export type WorkersState = {
  readonly environment: EnvironmentState;
  readonly pins: PinsState;
  readonly readiness: ReadinessState;
  readonly tails: TailsState;
  readonly checks: TrialChecksState;
  /** The name of the directory in which the first image was started, as a shell has told it; null: unknown. */
  readonly startDirectory: string | null;
};

/** Workers that ssd may not signal, and who can hold its listeners. */
export type LeftBehindState = {
  /** How the problem of each names it. */
  readonly refused: readonly {readonly pid: number; readonly subject: string}[];
  /** When the first ssd of those from which listeners were taken over was started; null: ssd has bound them itself. */
  readonly since: string | null;
};
