/**
 * How a worker shows that it is ready (`--ready`). Each way prepares something for the spawn, and submits `ready` and
 * whatever else the worker says. `interval` needs nothing, because the core counts the time.
 */
import type {Input} from '../../core/types.js';
import type {HandedOver} from '../../handover/handed-over.js';
import type {Problems} from '../../problems/problems.js';
import type {Listener} from '../../sockets/listener.js';
import type {DescriptorPair} from '../../system/descriptor-moves.js';
import type {Children} from '../children.js';
import type {Confinement} from '../privileges/confinement.js';
import type {WorkerAddress} from '../worker-address.js';

export type ReadinessWatch = {
  /**
   * Call `prepare` before the spawn, and `onSpawned` after it with the pid, or with null if the spawn failed.
   *
   * @param directory the working directory of the worker; null: ssd's own
   */
  readonly prepare: (
    address: WorkerAddress,
    env: Readonly<Record<string, string>>,
    directory: string | null,
  ) => Preparation;
  /** The worker has ended. What it said about itself before still counts, except that it is ready. */
  readonly end: (address: WorkerAddress) => void;
  /** Takes in what has arrived. A worker that reported in time is ready, even if its deadline has passed by now. */
  readonly collect: () => void;
  /** Readiness of this worker no longer matters. */
  readonly stopAsking: (address: WorkerAddress) => void;
  readonly dispose: () => void;
};

/** A watch that can be handed over to the next image of ssd. */
export type RevivableWatch<State> = ReadinessWatch & {readonly handOver: () => HandedOver<State>};

export type Preparation = {
  readonly env: Readonly<Record<string, string>>;
  readonly descriptors: readonly DescriptorPair[];
  readonly onSpawned: (pid: number | null) => void;
};

export type ReadinessContext = {
  readonly listeners: readonly Listener[];
  readonly children: Pick<Children, 'spawn' | 'kill' | 'collect' | 'takeBack'>;
  readonly confinement: Confinement;
  readonly now: () => number;
  readonly submit: (input: Input) => void;
  readonly problems: Pick<Problems, 'raise' | 'solve'>;
};
