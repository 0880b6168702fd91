/** The handler of each verb. It submits an event to the one queue, or reads the current state. */
import {constants} from 'node:os';
import {correlated} from '../../shared/correlated.js';
import type {Request} from '../../shared/protocol/decode.js';
import type {Recorded} from '../../shared/protocol/event.js';
import type {ControlErrorCode} from '../../shared/protocol/protocol.js';
import type {Releases} from '../../shared/protocol/releases.js';
import type {Status} from '../../shared/protocol/status.js';
import {type TraceContext, traceContext} from '../../shared/protocol/trace/context.js';
import type {CompleteParamsOf, EventOf, ResultOf, Verb} from '../../shared/protocol/verbs.js';
import type {RestartOrder} from '../../shared/protocol/verdict.js';
import type {Input} from '../core/types.js';
import type {Following} from './control-state.js';
import {readDescription} from './description.js';

/** Everything that the control side sees of the daemon. */
export type Daemon = {
  /** The daemon adds `now`. */
  readonly submit: (event: ControlEvent) => void;
  /** Says to which trace the request with this token belongs, before it is submitted. */
  readonly nameTrace: (token: string, trace: TraceContext) => void;
  readonly identity: Pick<Status, 'instance' | 'version' | 'pid'>;
  /** The path of the file that describes the protocol. */
  readonly document: string;
  readonly isStopping: () => boolean;
  /** `--order`. */
  readonly order: RestartOrder;
  readonly status: () => Promise<Status>;
  readonly connections: (whose: CompleteParamsOf<'connections'>) => Promise<ResultOf<'connections'>>;
  /** Past events, the oldest first, and future ones. */
  readonly history: {
    readonly since: (ageMs: number | null) => readonly Recorded[];
    readonly last: () => number;
    readonly after: (seq: number) => readonly Recorded[];
    readonly follow: (listener: (event: Recorded) => void) => () => void;
  };
  readonly metrics: () => Promise<ResultOf<'metrics'>>;
  /** Replaces this ssd. It resolves only if that fails, with the reason; it does not reject. */
  readonly reexec: (args: readonly string[] | null, token: string | null) => Promise<string>;
  /** null without `--release`. */
  readonly releases: (() => Releases) | null;
  /** Opens the log file again, or says why it cannot. */
  readonly reopenLogs: () =>
    | Promise<ResultOf<'reopen-logs'>>
    | {readonly code: ControlErrorCode; readonly message?: string};
};

type WithoutNow<E> = E extends Input ? Omit<E, 'now'> : never;
export type ControlEvent = WithoutNow<
  Extract<
    Input,
    {
      type:
        | 'restart'
        | 'stop'
        | 'pause'
        | 'resume'
        | 'cancel'
        | 'accept'
        | 'reject'
        | 'scale'
        | 'signal'
        | 'forget';
    }
  >
>;

/** A request with this verb, as its handler sees it. The core answers by the token; the handler answers directly. */
export type Call<V extends Verb> = {
  readonly daemon: Daemon;
  /** Identifies this request in the core and in the core's answer. */
  readonly token: string;
  /** Answers directly, without the core. */
  readonly answer: (result: ResultOf<V>) => void;
  /** Answers without the core, when the result is there. It does not reject. */
  readonly answerLater: (result: Promise<ResultOf<V>>) => void;
  /** `message` is for people, where more is known than the code says. */
  readonly refuse: (code: ControlErrorCode, message?: string) => void;
  readonly progress: (event: EventOf<V>) => void;
  /** Registers a function to call when the request is answered or its session is over. */
  readonly onEnd: (cleanUp: () => void) => void;
  /** Says that the request follows the events, and how far it has come. */
  readonly follows: (following: () => Following) => void;
};

type Handlers = {readonly [V in Verb]: (call: Call<V>, params: CompleteParamsOf<V>) => void};

const handlers: Handlers = {
  status: ({daemon, answerLater}) => answerLater(daemon.status()),
  restart: (call, params) => {
    if (refuseWhenStopping(call)) return;
    const release = releaseAsked(call, params);
    if (!release) return;
    const {attempts, until, bakeMs, order, traceparent, tracestate} = params;
    if (bakeMs && (order ?? call.daemon.order) === 'stop-first') {
      call.refuse('invalid-params', 'a trial keeps the old generation, and --order=stop-first ends it first');
      return;
    }
    const asker = {token: call.token, attemptsLeft: attempts === 0 ? null : attempts, until};
    const trace = traceContext(traceparent, tracestate);
    if (trace) call.daemon.nameTrace(call.token, trace);
    call.daemon.submit({type: 'restart', by: 'request', asker, release, bakeMs, order});
  },
  pause: (call, {maxMs}) => {
    if (!refuseWhenStopping(call)) call.daemon.submit({type: 'pause', maxMs, token: call.token});
  },
  resume: call => {
    if (!refuseWhenStopping(call)) call.daemon.submit({type: 'resume', token: call.token});
  },
  cancel: ({daemon, token}) => daemon.submit({type: 'cancel', token}),
  accept: ({daemon, token}) => daemon.submit({type: 'accept', token}),
  reject: ({daemon, token}, {reason}) => daemon.submit({type: 'reject', token, reason}),
  stop: ({daemon, token}, {killAfterMs}) => daemon.submit({type: 'stop', signal: 'TERM', token, killAfterMs}),
  scale: (call, {workers}) => {
    if (!refuseWhenStopping(call)) call.daemon.submit({type: 'scale', workers, token: call.token});
  },
  signal: ({daemon, token, refuse}, {signal, generation}) => {
    if (`SIG${signal}` in constants.signals) daemon.submit({type: 'signal', signal, generation, token});
    else refuse('invalid-params');
  },
  connections: ({daemon, answerLater}, whose) => answerLater(daemon.connections(whose)),
  events: sendEvents,
  metrics: ({daemon, answerLater}) => answerLater(daemon.metrics()),
  releases: ({daemon, answer, refuse}) => {
    if (daemon.releases) answer(daemon.releases());
    else refuse('no-release');
  },
  reexec: (call, {args}) => {
    if (refuseWhenStopping(call)) return;
    void call.daemon.reexec(args, call.token).then(problem => call.refuse('not-replaced', problem));
  },
  'rpc.discover': ({daemon, answer, refuse}) => {
    const found = readDescription(daemon.document, daemon.identity.version);
    if ('openrpc' in found) answer(found);
    else refuse('no-description', String(found.problem));
  },
  'reopen-logs': ({daemon, answerLater, refuse}) => {
    const reopened = daemon.reopenLogs();
    if ('code' in reopened) refuse(reopened.code, reopened.message);
    else answerLater(reopened);
  },
};

/** Runs the handler of the request. The call must belong to this request. */
export function handle(call: Call<Verb>, {method, params}: Request): void {
  correlated(handlers[method])(call, params);
}

/** While ssd stops, nothing new can begin. */
function refuseWhenStopping({daemon, refuse}: Pick<Call<Verb>, 'daemon' | 'refuse'>): boolean {
  const stopping = daemon.isStopping();
  if (stopping) refuse('stopping');
  return stopping;
}

/** @returns null if the request was refused */
function releaseAsked(
  {daemon, refuse}: Call<'restart'>,
  {release, rollback}: CompleteParamsOf<'restart'>,
): Extract<Input, {type: 'restart'}>['release'] | null {
  if (release === null && !rollback) return {type: 'link'};
  if (release !== null && rollback) refuse('invalid-params');
  else if (!daemon.releases) refuse('no-release');
  else return release === null ? {type: 'former'} : {type: 'directory', path: release};
  return null;
}

/** Sends the past events. With `follow` it continues, and answers when ssd stops. */
function sendEvents(call: Call<'events'>, {sinceMs, follow}: CompleteParamsOf<'events'>): void {
  const {history} = call.daemon;
  const past = history.since(sinceMs);
  for (const event of past) call.progress(event);
  if (follow) followEvents(call, {sent: past.length, seq: history.last()});
  else call.answer({events: past.length});
}

/** Sends every event after the one with the number `seq`, and answers when ssd stops. */
export function followEvents(call: Call<'events'>, {sent, seq}: Following): void {
  const {daemon, progress, answer, onEnd, follows} = call;
  let [count, last] = [sent, seq];
  const take = (event: Recorded) => {
    count += 1;
    last = event.seq;
    progress(event);
    if (event.type === 'stopped') answer({events: count});
  };
  for (const event of daemon.history.after(seq)) take(event);
  onEnd(daemon.history.follow(take));
  follows(() => ({sent: count, seq: last}));
}
