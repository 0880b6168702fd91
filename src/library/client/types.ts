/** What `connect` of the package takes and gives. */
import type {Recorded} from '../../shared/protocol/event.js';
import type {EventOf, ParamsOf, ResultOf, Verb} from '../../shared/protocol/verbs.js';

export type ConnectOptions = {
  /** The name of the instance. Default: the only one that runs. */
  readonly name?: string;
  /** The control socket, if it is not in a default place. */
  readonly control?: string;
  /** Connect again when the connection was lost, and go on with the events. Default: no. */
  readonly reconnect?: boolean;
  /** Gives up the attempt to connect. */
  readonly signal?: AbortSignal;
};

/** What a request takes beside its parameters. */
export type RequestOptions<V extends Verb> = {
  /** Ends the wait, and not what was asked for. */
  readonly signal?: AbortSignal;
} & ([EventOf<V>] extends [never] ? unknown : {readonly onEvent?: (event: EventOf<V>) => void});

/** Sends one request. @returns the result, as ssd-control(7) has it */
export type Request<V extends Verb> =
  Record<never, never> extends ParamsOf<V>
    ? (params?: ParamsOf<V>, options?: RequestOptions<V>) => Promise<ResultOf<V>>
    : (params: ParamsOf<V>, options?: RequestOptions<V>) => Promise<ResultOf<V>>;

/** The functions whose names are not those of the verbs. */
export const NAMES = {'reopen-logs': 'reopenLogs', 'rpc.discover': 'discover'} as const;

type NameOf<V extends Verb> = V extends keyof typeof NAMES ? (typeof NAMES)[V] : V;

/** A function for each verb. */
export type Requests = {readonly [V in Exclude<Verb, 'events'> as NameOf<V>]: Request<V>};

/** The connection to one ssd. */
export type Connection = Requests & {
  /** Who has answered. After `reconnect`: who did so last. */
  readonly instance: {readonly name: string; readonly pid: number; readonly version: string};
  /** The path of the control socket. */
  readonly control: string;
  /**
   * The events as an async iterator, on a connection of their own. With `follow` it ends when ssd stops; with `reconnect`
   * it does not end by itself. It may be left at any time.
   */
  readonly events: (
    params?: ParamsOf<'events'>,
    options?: {readonly signal?: AbortSignal},
  ) => AsyncGenerator<Recorded, void, undefined>;
  /** Resolves when the connection has ended, for any reason; with `reconnect` only by `close()`. */
  readonly closed: Promise<void>;
  /** Ends the connection, and the iterators of its events. What was asked for goes on. */
  readonly close: () => void;
};
