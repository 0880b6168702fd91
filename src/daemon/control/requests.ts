/** The requests that wait for their answers: each by its token, which stands for it in the core. */
import {decodeRequest, type Request} from '../../shared/protocol/decode.js';
import type {Event} from '../../shared/protocol/event.js';
import type {ControlErrorCode, Id} from '../../shared/protocol/protocol.js';
import type {ResultOf, Verb} from '../../shared/protocol/verbs.js';
import type {Border} from '../faults/border.js';
import type {RequestState, Rest} from './control-state.js';
import {type Call, type Daemon, followEvents, handle} from './handlers.js';
import type {Session} from './session.js';

export type Requests = {
  /** Handles a request of the session with this number. */
  readonly take: (from: {readonly session: Session; readonly number: number}, request: Request) => void;
  readonly tell: (event: Event, tokens: readonly string[]) => void;
  readonly answer: (token: string, result: ResultOf<Verb>) => void;
  readonly refuse: (token: string, refused: Refused) => void;
  /** Forgets the requests of a session that is over. @returns their tokens */
  readonly forgetOf: (session: Session) => readonly string[];
  /** Resolves when the answers that are being made now are made. */
  readonly made: () => Promise<unknown>;
  /** What is left to do for the requests of a session, the oldest first. */
  readonly handOver: (session: Session) => readonly RequestState[];
  /** Takes a request that waited in the ssd before this one. `goOn` goes on with it. */
  readonly revive: (session: Session, request: RequestState) => void;
  /** Goes on with those that were revived. */
  readonly goOn: () => void;
};

export type Refused = {readonly code: ControlErrorCode; readonly message?: string | undefined};

/**
 * A request that waits for its answer. `cleanUp` runs once: at the answer, or at the end of the session. `rest` says how
 * another ssd can go on with it.
 */
type Asked = {readonly session: Session; readonly id: Id; cleanUp: () => void; rest: () => Rest};

type Parts = {readonly daemon: Daemon; readonly border: Border};

type State = Parts & {
  readonly asked: Map<string, Asked>;
  /** Answers that are being made. */
  readonly beingMade: Set<Promise<void>>;
};

export function createRequests(parts: Parts): Requests {
  const asked = new Map<string, Asked>();
  const state: State = {...parts, asked, beingMade: new Set()};
  const revived: RequestState[] = [];
  const add = (session: Session, {id, token, ...rest}: RequestState) =>
    asked.set(token, {session, id, cleanUp: () => {}, rest: () => rest});
  const ofSession = (session: Session) => [...asked].filter(([, asker]) => asker.session === session);
  return {
    take: ({session, number}, request) => {
      const {id} = request;
      const token = `${number}:${JSON.stringify(id)}`;
      add(session, {id, token, from: 'core'});
      attempt(state, token, request, call => handle(call, request));
    },
    tell: (event, tokens) => {
      for (const token of tokens) {
        const asker = asked.get(token);
        asker?.session.progress(asker.id, event);
      }
    },
    answer: (token, result) => finish(asked, token, result),
    refuse: (token, refused) => refuse(asked, token, refused),
    forgetOf: session => {
      const tokens = ofSession(session).map(([token]) => token);
      for (const token of tokens) forget(asked, token);
      return tokens;
    },
    made: () => Promise.all(state.beingMade),
    handOver: session => ofSession(session).map(([token, {id, rest}]) => ({id, token, ...rest()})),
    revive: (session, request) => {
      add(session, request);
      revived.push(request);
    },
    goOn: () => {
      for (const request of revived.splice(0)) goOn(state, request);
    },
  };
}

/** What the core answers needs nothing. */
function goOn(state: State, request: RequestState): void {
  const {id, token} = request;
  if (request.from === 'events') {
    const {sent, seq} = request;
    const of = {method: 'events', params: {}};
    attempt(state, token, of, call => followEvents(call, {sent, seq}));
  }
  if (request.from === 'request') {
    const {method, params} = request;
    const decoded = decodeRequest({jsonrpc: '2.0', id, method, params});
    if (decoded.ok) attempt(state, token, request, call => handle(call, decoded.request));
    else refuse(state.asked, token, decoded);
  }
}

/** Handles a request that has this token, or the rest of it. */
function attempt(
  state: State,
  token: string,
  {method, params}: {readonly method: string; readonly params: object},
  act: (call: Call<Verb>) => void,
): void {
  const {daemon, asked, beingMade, border} = state;
  const asker = asked.get(token);
  if (!asker) return;
  const fail = (error: unknown) => {
    border.report(`request ${method}`, error);
    refuse(asked, token, {code: 'internal-error'});
  };
  const call: Call<Verb> = {
    daemon,
    token,
    answer: result => finish(asked, token, result),
    answerLater: result => {
      asker.rest = () => ({from: 'request', method, params});
      const made = result.then(found => finish(asked, token, found)).catch(fail);
      beingMade.add(made);
      void made.finally(() => beingMade.delete(made));
    },
    refuse: (code, message) => refuse(asked, token, {code, message}),
    progress: event => asker.session.progress(asker.id, event),
    onEnd: cleanUp => {
      asker.cleanUp = cleanUp;
      if (!asked.has(token)) cleanUp();
    },
    follows: following => {
      asker.rest = () => ({from: 'events', ...following()});
    },
  };
  try {
    act(call);
  } catch (error) {
    fail(error);
  }
}

function finish(asked: Map<string, Asked>, token: string, result: ResultOf<Verb>): void {
  const asker = forget(asked, token);
  asker?.session.finish(asker.id, result);
}

function refuse(asked: Map<string, Asked>, token: string, {code, message}: Refused): void {
  const asker = forget(asked, token);
  asker?.session.refuse(asker.id, code, message);
}

function forget(asked: Map<string, Asked>, token: string): Asked | undefined {
  const asker = asked.get(token);
  asked.delete(token);
  asker?.cleanUp();
  return asker;
}
