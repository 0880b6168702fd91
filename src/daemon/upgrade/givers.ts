/** Who hands over what. */
import type {StateKeeperState} from '../adoption/keep-state.js';
import type {ControlState} from '../control/control-state.js';
import {type Givers, gather, NOTHING} from '../handover/gather.js';
import type {HandedOver} from '../handover/handed-over.js';
import type {Problems} from '../problems/problems.js';
import {handOverPath, type ResourcesState} from '../resources/handed-over.js';
import type {Resources} from '../resources/list.js';
import {handOverHttp} from '../sockets/http/handed.js';
import {handOverListeners} from '../sockets/inherited/handed.js';
import type {TrafficState} from '../traffic/handed-over.js';
import type {Parts} from './parts.js';

type Giver<Name extends keyof Parts> = {readonly handOver: Givers<Parts>[Name]};

export type GiverParts = {
  readonly made: Resources;
  readonly problems: Problems;
  readonly server: {readonly handOver: () => HandedOver<ControlState>} | null;
  readonly records: {
    readonly history: Giver<'history'>;
    readonly counter: Giver<'counter'>;
    readonly runs: Giver<'runs'>;
  };
  readonly workers: Giver<'workers'>;
  readonly adopted: Giver<'adopted'>;
  readonly manager: Giver<'manager'>;
  readonly state: {readonly handOver: () => HandedOver<StateKeeperState>} | null;
  readonly care: Giver<'care'>;
  readonly leftBehind: Giver<'leftBehind'>;
  readonly traces: Giver<'traces'>;
  readonly traffic: {readonly handOver: () => HandedOver<TrafficState>};
};

export function giversOf({made, problems, records, server, ...givers}: GiverParts): Givers<Parts> {
  return {
    control: () => server?.handOver() ?? NOTHING,
    resources: () => gather(resourcesOf(made)),
    children: made.children.handOver,
    workers: givers.workers.handOver,
    adopted: givers.adopted.handOver,
    manager: givers.manager.handOver,
    state: () => givers.state?.handOver() ?? NOTHING,
    history: records.history.handOver,
    counter: records.counter.handOver,
    runs: records.runs.handOver,
    problems: problems.handOver,
    care: givers.care.handOver,
    leftBehind: givers.leftBehind.handOver,
    traces: givers.traces.handOver,
    traffic: givers.traffic.handOver,
  };
}

function resourcesOf({
  control,
  http,
  pidFile,
  listeners,
  logTarget,
}: Resources): Givers<Required<ResourcesState>> {
  return {
    control: () => (control ? handOverPath(control.bound) : NOTHING),
    pidFile: () => pidFile?.handOver() ?? NOTHING,
    logTarget: () => logTarget?.handOver() ?? NOTHING,
    listeners: () => handOverListeners(listeners),
    http: () => (http ? handOverHttp(http.bound, http.server?.idle() ?? http.clients) : NOTHING),
  };
}
