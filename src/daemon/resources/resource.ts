/**
 * A resource: something that must exist before the first worker does. Each resource knows how to be made for a start
 * and how to be checked for `--check`, with the same refusals.
 */
import type {Raise} from '../../shared/protocol/problem.js';
import type {Status} from '../../shared/protocol/status.js';
import type {Orphans} from '../adoption/orphans.js';
import type {Config} from '../config/config.js';
import type {Log} from '../log/log.js';
import type {LogSink} from '../log/sink.js';
import type {Problems} from '../problems/problems.js';
import type {HttpState} from '../sockets/http/handed.js';
import type {PassedOver} from '../sockets/inherited/passed.js';
import type {PassedListener} from '../sockets/inherited/passed-listeners.js';
import type {Listener} from '../sockets/listener.js';
import type {Undo} from '../system/undo.js';
import type {Store} from '../systemd/store.js';
import type {ChildrenState} from '../workers/children/table.js';
import type {Children} from '../workers/children.js';
import type {ResourcesState} from './handed-over.js';

export type Resource<Made, From = Config> = {
  /** Makes it, and adds to `undo` what takes it back. */
  readonly make: (from: From, context: MakeContext) => Made | Promise<Made>;
  /** Throws the refusals and raises the problems of `make`, and leaves nothing behind. */
  readonly check: (from: From, context: CheckContext) => unknown;
};

export type StartOptions = {
  readonly log: Log;
  /** Logs a line before the start is over: it will take longer. */
  readonly tellNow: Log;
  readonly problems: Pick<Problems, 'raise' | 'solve'>;
  readonly undo: Undo;
  readonly sink: LogSink;
  readonly background: boolean;
  /** Resolves when the start is to be given up. */
  readonly stopAsked: Promise<void>;
  /** No other code in this process has children. */
  readonly alone: boolean;
  /** The store of the service manager, or null. */
  readonly store: Store | null;
  /** What the ssd before this one has handed over; null: an ordinary start. */
  readonly former: {readonly resources: ResourcesState; readonly children: ChildrenState} | null;
};
export type MakeContext = StartOptions & {
  readonly children: Children;
  /** What a dead ssd has left. */
  readonly orphans: Orphans;
};

/** `running` is the instance beside which a configuration is checked. What it holds is not tried. */
export type CheckContext = {
  readonly problems: {readonly raise: Raise};
  readonly running: Running | null;
  /** What sockets the ssd has whose place this program is to take; null: a start is checked. */
  readonly handed: Handed | null;
  /** What a dead ssd has left, and a start would take over. */
  readonly orphans: Orphans;
  readonly onOrphans: (orphans: Orphans) => void;
  /** Keeps what a check has made until all is checked, as a start does: another option may ask for the same address. */
  readonly keep: (release: () => void) => void;
  /** Told of the listeners that a start would have, and of what was passed to ssd and is none. */
  readonly onListeners: (listeners: readonly Listener[], passedOver: readonly PassedOver[]) => void;
};

export type Running = Pick<Status, 'instance' | 'pid' | 'listeners' | 'http'>;

export type Handed = {readonly listeners: readonly PassedListener[]; readonly http: HttpState | null};
