/** Who hands over what. */
import type {ControlState} from '../control/control-state.js';
import type {HandedOver} from '../handover/handed-over.js';
import type {Problems} from '../problems/problems.js';
import {handOverPath, type ResourcesState} from '../resources/handed-over.js';
import type {Resources} from '../resources/list.js';
import {handOverListeners} from '../sockets/inherited/handed.js';
import type {Givers, Parts} from './parts.js';

type Giver<Name extends keyof Parts> = {readonly handOver: Givers<Parts>[Name]};

export type GiverParts = {
  readonly made: Resources;
  readonly problems: Problems;
  readonly server: {readonly handOver: () => HandedOver<ControlState>} | null;
  readonly environment: Giver<'environment'>;
  readonly records: {
    readonly history: Giver<'history'>;
    readonly counter: Giver<'counter'>;
    readonly runs: Giver<'runs'>;
  };
  readonly workers: {
    readonly readiness: Giver<'readiness'>;
    readonly tails: Giver<'tails'>;
    readonly pins: Giver<'pins'>;
    readonly checks: Giver<'checks'>;
  };
};

export function giversOf({made, problems, environment, records, workers, server}: GiverParts): Givers<Parts> {
  const {readiness, tails, pins, checks} = workers;
  const {history, counter, runs} = records;
  return {
    control: () => server?.handOver() ?? NOTHING,
    resources: () => handOverResources(made),
    children: made.children.handOver,
    environment: environment.handOver,
    readiness: readiness.handOver,
    tails: tails.handOver,
    pins: pins.handOver,
    checks: checks.handOver,
    history: history.handOver,
    counter: counter.handOver,
    runs: runs.handOver,
    problems: problems.handOver,
  };
}

const NOTHING: HandedOver<null> = {state: null, fds: []};

function handOverResources(made: Resources): HandedOver<ResourcesState> {
  const control = made.control ? handOverPath(made.control.bound) : NOTHING;
  const pidFile = made.pidFile?.handOver() ?? NOTHING;
  const listeners = handOverListeners(made.listeners);
  return {
    state: {control: control.state, pidFile: pidFile.state, listeners: listeners.state},
    fds: [control, pidFile, listeners].flatMap(({fds}) => fds),
  };
}
