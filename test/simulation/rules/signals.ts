/** The rules of signals: who is told to finish, when a further signal is due, and when a worker may be killed. */
import type {Model} from '../../../src/daemon/core/model.js';
import type {Effect, SignalSequence} from '../../../src/daemon/core/types.js';
import type {Worker} from '../../../src/daemon/core/worker/worker-state.js';
import type {Observed} from '../world/simulation.js';
import {type Address, keyOf} from '../world/story.js';
import {wasRelieved} from './adoption.js';
import {isReplaced as isRelieved} from './memory.js';
import {demand, type Seen} from './seen.js';
import {isReady} from './sound-model.js';
import {isVacated} from './vacancy.js';

/** The time to finish without `--stop-timeout`, for workers that never served. */
const GRACE_MS = 10_000;
const KILL_AGAIN_MS = 1000;

export function checkSignal(effect: Extract<Effect, {type: 'signal'}>, observed: Observed, seen: Seen): void {
  const {now, before, event, model} = observed;
  const {generation, signal, pid} = effect;
  const key = keyOf(effect);
  if (!seen.told.has(key)) seen.told.set(key, now);
  // The rest of a group whose leader has ended has to finish, whether or not a successor serves.
  const isItsLeader = event.type === 'leader-ended' && keyOf(event) === key;
  if (isItsLeader || find(before, effect)?.phase === 'lingering') return;
  const {signalOnHup, signalOnTerm} = model.settings;
  if (checkFurther(effect, {now, before}, [signalOnHup, signalOnTerm], seen)) return;
  if (seen.stopped || isVacated(effect, observed)) return;
  demand(signal !== signalOnTerm.signal, 'signal-on-term is for a stop');
  if (signal === 'TERM') {
    const isReplaced = generation < seen.newestReady && find(before, effect)?.phase === 'starting';
    const isFailed = seen.failed.has(generation) || seen.givenUp.has(pid);
    demand(isFailed || isReplaced, 'TERM is for what has failed');
    return;
  }
  const worker = find(before, effect);
  // It was told to finish while a successor served, and gets the signal only now.
  if (worker?.phase === 'pending') return;
  const current = model.generations.find(({phase}) => phase === 'ready');
  demand(current !== undefined, 'nobody is told to finish while nothing else serves');
  const index = (worker ?? find(model, effect))?.index ?? 0;
  const isSurplus = generation === current.number && index >= model.workers;
  const isRejected = seen.failed.has(generation);
  const isReplaced = generation < current.number || seen.superseded.has(generation);
  if (isRelieved(effect, model, seen)) return;
  if (event.type === 'adopt' && event.adopted && wasRelieved(event.adopted, effect)) return;
  demand(isReplaced || isSurplus || isRejected, 'no signal before a successor is ready');
  demand(isSurplus || now >= (seen.delays.get(generation) ?? now), 'kill-old-delay is over');
  if (isRejected || (!isSurplus && model.settings.rolling === null)) return;
  if (worker?.phase !== 'ready') return;
  // Room is to be made, and what was taken over does not grow until then.
  if (current.adopted && model.restart?.stopFirst) return;
  const ready = model.generations.flatMap(({workers}) => workers.filter(isReady)).length;
  demand(ready >= model.workers, 'as many as are wanted stay ready');
}

/** A further signal of a sequence goes to who was told before, in time, and not to who was killed. */
function checkFurther(
  effect: Extract<Effect, {type: 'signal'}>,
  {now, before}: Pick<Observed, 'now' | 'before'>,
  sequences: readonly SignalSequence[],
  seen: Seen,
): boolean {
  const further = sequences.flatMap(({further}) => further).find(({signal}) => signal === effect.signal);
  if (!further) return false;
  const worker = find(before, effect);
  const told = seen.told.get(keyOf(effect)) ?? now;
  demand(worker?.phase === 'retiring', 'a further signal is for who was told to finish');
  demand(!worker.killed, 'no signal follows SIGKILL');
  demand(now >= told + further.afterMs, 'a further signal has its time');
  return true;
}

export function checkKill(effect: Extract<Effect, {type: 'kill'}>, {now, model}: Observed, seen: Seen): void {
  const key = keyOf(effect);
  const {stopTimeoutMs, maxRetiring, signalOnHup} = model.settings;
  const told = seen.told.get(key);
  const {generation} = effect;
  const isOver = seen.stopped || seen.failed.has(generation) || generation < seen.newestReady;
  demand(isOver || told !== undefined, 'no worker is killed that may serve on');
  const killed = seen.killed.get(key);
  demand(killed === undefined || now >= killed + KILL_AGAIN_MS, 'a worker is killed once a second');
  seen.killed.set(key, now);
  if (seen.stopped || maxRetiring !== null || told === undefined) return;
  const timeMs = Math.min(stopTimeoutMs ?? GRACE_MS, signalOnHup.killAfterMs ?? Number.POSITIVE_INFINITY);
  demand(now >= told + timeMs, 'a worker that was told has its time to finish');
}

/** The rest of a worker has just lost its leader. */
export function checkLeaderEnd({event, before, effects}: Observed): void {
  if (event.type !== 'leader-ended') return;
  const known = find(before, event);
  if (!known || known.phase === 'lingering' || ('killed' in known && known.killed)) return;
  const isTold = effects.some(effect => effect.type === 'signal' && keyOf(effect) === keyOf(event));
  demand(isTold, 'what is left of a worker is told to finish');
}

function find(model: Model, {generation, worker}: Address): Worker | undefined {
  const found = model.generations.find(({number}) => number === generation);
  return found?.workers.find(({id}) => id === worker);
}
