/**
 * How a worker shows that it is ready (`--ready`). Each way gives it something when it is spawned, and submits
 * `ready`, or what else the worker says, when it comes. `interval` needs nothing: the core counts the time.
 */
import type {Input} from '../../core/types.js';
import type {Problems} from '../../problems/problems.js';
import type {Listener} from '../../sockets/listeners.js';
import type {Children} from '../children.js';
import type {WorkerAddress} from '../worker-address.js';

export type ReadinessWatch = {
  /** Call it before the spawn, and `onSpawned` after it, with the pid or null. */
  readonly prepare: (address: WorkerAddress, env: Readonly<Record<string, string>>) => Preparation;
  /** The worker has ended: what it has said until now still counts. */
  readonly end: (address: WorkerAddress) => void;
  /** Takes in what has come already: a word that was said in time counts before a deadline that has passed. */
  readonly collect: () => void;
  /** Nobody asks any more whether it is ready. */
  readonly stopAsking: (address: WorkerAddress) => void;
  readonly dispose: () => void;
};

export type Preparation = {
  readonly env: Readonly<Record<string, string>>;
  readonly descriptors: readonly (readonly [own: number, child: number])[];
  readonly onSpawned: (pid: number | null) => void;
};

export type ReadinessContext = {
  readonly listeners: readonly Listener[];
  readonly children: Children;
  readonly now: () => number;
  readonly submit: (event: Input) => void;
  readonly problems: Pick<Problems, 'raise' | 'solve'>;
};
