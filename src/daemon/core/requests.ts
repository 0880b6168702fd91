/** The requests from outside: restart, cancel, stop, scale, signal. */
import type {StopSignal} from '../../shared/protocol/event.js';
import {feed, feedAll} from './feed.js';
import {pidsOf} from './generation-state.js';
import {currentOf, graceOf, incomingOf, servingOf, type Wanted} from './model.js';
import {ask, cancelAll, cancelStarting, forgetWaiter, tokensFor} from './restart.js';
import {answer, apply, publish, type Turn, update} from './turn.js';
import type {Input} from './types.js';
import {type Farewell, farewellBy, ONLY_TERM} from './worker/worker-state.js';

type Of<T extends Input['type']> = Extract<Input, {type: T}>;

const NOT_STOPPED: Omit<Extract<Wanted, {state: 'stopped'}>, 'state'> = {signals: [], tokens: []};

/** Takes a request to restart. While ssd stops, its client gets the verdict `cancelled`. */
export function takeRestart(turn: Turn, {by, asker, now}: Of<'restart'>): void {
  if (turn.model.wanted.state === 'stopped') {
    if (asker) {
      answer(turn, [asker.token], {verdict: 'cancelled', reason: 'stopping'});
    }
    return;
  }
  const queued = incomingOf(turn.model) !== undefined;
  publish(turn, {type: 'restart-asked', by, queued}, asker ? [asker.token] : []);
  turn.model = ask(turn.model, asker, now);
}

/**
 * Stops at once, in every phase. A repeated signal is not passed on to the workers again. A second INT kills them,
 * because it comes from a person at a terminal who does not want to wait.
 */
export function takeStop(turn: Turn, {signal, token, now, killAfterMs}: Of<'stop'>): void {
  const {wanted, settings} = turn.model;
  const {signals, tokens} = wanted.state === 'stopped' ? wanted : NOT_STOPPED;
  const repeated = signals.some(one => isGentle(one) === isGentle(signal));
  apply(turn, cancelAll(turn.model));
  update(turn, {
    wanted: {
      state: 'stopped',
      signals: repeated ? signals : [...signals, signal],
      tokens: token === null ? tokens : [...tokens, token],
    },
  });
  const kill = killAfterMs === 0 || (repeated && signal === 'INT');
  if (repeated && !kill && killAfterMs === null) return;
  publish(turn, {type: 'stop-asked', signal}, token === null ? [] : [token]);
  const passedOn = farewellBy(isGentle(signal) ? settings.signalOnTerm : ONLY_TERM, settings.stopTimeoutMs);
  const farewell: Farewell = {
    signal: repeated ? null : passedOn.signal,
    further: passedOn.further,
    // Who says a time means it, and the times of the options do not matter.
    killAfterMs: killAfterMs ?? passedOn.killAfterMs,
  };
  feedAll(turn, kill ? {type: 'kill', now} : {type: 'tell', now, ids: null, ...farewell});
}

/** SIGTERM and SIGQUIT mean the same to ssd. */
function isGentle(signal: StopSignal): boolean {
  return signal !== 'INT';
}

/**
 * Ends the restarts that are not ready yet. Without a current generation nothing can be cancelled: ssd needs the
 * incoming one.
 */
export function takeCancel(turn: Turn, {token, now}: Of<'cancel'>): void {
  const {model} = turn;
  const incoming = incomingOf(model);
  const generation = incoming?.number ?? null;
  const possible = currentOf(model) !== undefined && model.restart !== null;
  answer(turn, [token], {cancelled: possible, generation});
  if (!possible) return;
  publish(turn, {type: 'cancel-asked', generation}, incoming ? tokensFor(model, incoming.number) : []);
  apply(turn, cancelStarting(model));
  if (!incoming) return;
  feed(turn, incoming.number, {type: 'tell', now, ids: null, ...farewellBy(ONLY_TERM, graceOf(model))});
}

/** Sets the wanted number of workers; `settle` does the rest. Requests for another number are superseded. */
export function takeScale(turn: Turn, {workers, token}: Of<'scale'>): void {
  const {model} = turn;
  if (model.wanted.state === 'stopped') {
    answer(turn, [token], {verdict: 'cancelled', reason: 'stopping'});
    return;
  }
  publish(turn, {type: 'scale-asked', workers}, [token]);
  const same = workers === model.workers;
  if (!same) answer(turn, model.scaling, {verdict: 'superseded', workers});
  update(turn, {workers, scaling: [...(same ? model.scaling : []), token]});
}

/** Forwards an operator's own signal. ssd draws conclusions only from what the workers do next. */
export function takeSignal(turn: Turn, {signal, generation, token}: Of<'signal'>): void {
  const meant = turn.model.generations.filter(({number}) => generation === null || number === generation);
  turn.effects.push({type: 'forward-signal', token, signal, pids: meant.flatMap(pidsOf)});
}

/**
 * Passes on a signal that came to ssd, to the workers that serve. Others get it by a request only: a worker that is
 * starting may not handle it yet, and would die of it, and one that finishes has its order.
 */
export function takeForward(turn: Turn, {signal}: Of<'forward'>): void {
  const pids = servingOf(turn.model).flatMap(({workers}) =>
    workers.flatMap(worker => (worker.phase === 'ready' ? [worker.pid] : [])),
  );
  turn.effects.push({type: 'forward-signal', token: null, signal, pids});
}

export function answerSignal(turn: Turn, {token, signal, pids, refused}: Of<'signal-sent'>): void {
  const forwarded = token === null && {forwarded: true as const, ...(refused.length > 0 && {refused})};
  if (pids.length > 0 || forwarded) publish(turn, {type: 'signalled', signal, pids, ...forwarded}, []);
  update(turn, {signalled: pids});
  if (token !== null) answer(turn, [token], {signal, pids, refused});
}

/** Forgets a client that has hung up. Its request is still carried out. */
export function takeForget(turn: Turn, {token}: Of<'forget'>): void {
  const {wanted, scaling} = turn.model;
  turn.model = forgetWaiter(turn.model, token);
  update(turn, {scaling: scaling.filter(one => one !== token)});
  if (wanted.state === 'running') return;
  update(turn, {wanted: {...wanted, tokens: wanted.tokens.filter(one => one !== token)}});
}
