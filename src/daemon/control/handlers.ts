/** What each verb does: it becomes an event of the one queue, and its answer comes back by its token. */
import type {Request} from '../../shared/decode.js';
import type {ControlErrorCode, Results, Status, Verb} from '../../shared/protocol.js';
import type {Effect, Event} from '../core/types.js';

/** All that the control side sees of the daemon. */
export type Daemon = {
  /** `now` is set by the daemon. */
  readonly submit: (event: ControlEvent) => void;
  readonly snapshot: () => Status;
  readonly subscribe: (listener: (effect: Effect) => void) => () => void;
};

type WithoutNow<E> = E extends Event ? Omit<E, 'now'> : never;
export type ControlEvent = WithoutNow<Extract<Event, {type: 'restart' | 'stop'}>>;

export type Call = {
  readonly daemon: Daemon;
  /** Names this request in the core, which answers by it. */
  readonly token: string;
  /** Answers at once, without the core. */
  readonly answer: (result: Results[Verb]) => void;
  readonly refuse: (code: ControlErrorCode) => void;
};

type Handlers = {readonly [V in Verb]: (call: Call, request: Extract<Request, {method: V}>) => void};

const handlers: Handlers = {
  status: ({daemon, answer}) => answer(daemon.snapshot()),
  restart: ({daemon, token, refuse}, {params}) => {
    if (daemon.snapshot().wanted === 'stopped') {
      refuse('stopping');
      return;
    }
    const asker = {token, attemptsLeft: params.attempts === 0 ? null : params.attempts};
    daemon.submit({type: 'restart', by: 'request', asker});
  },
  stop: ({daemon, token}) => daemon.submit({type: 'stop', signal: 'TERM', token}),
};

export function handle(call: Call, request: Request): void {
  // One handler for each verb; TypeScript cannot correlate the look-up with the request.
  (handlers[request.method] as (call: Call, request: Request) => void)(call, request);
}
