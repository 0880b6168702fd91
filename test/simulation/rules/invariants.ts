/** The rules that every step of the core must keep. */
import type {Model} from '../../../src/daemon/core/model.js';
import type {Effect, SignalSequence} from '../../../src/daemon/core/types.js';
import type {Worker} from '../../../src/daemon/core/worker/worker-state.js';
import type {Event} from '../../../src/shared/protocol/event.js';
import type {Observed} from '../world/simulation.js';
import {type Address, keyOf} from '../world/story.js';
import {checkPerseverance, notePerseverance} from './perseverance.js';
import {areAlive, checkAnswer, takeAnswer} from './promises.js';
import {demand, outOfReach, type Seen, type World} from './seen.js';
import {checkModel, checkPlain, checkSettled, checkWorld, isReady, isUntold} from './sound-model.js';

/** The time to finish without `--stop-timeout`, for workers that never served. */
const GRACE_MS = 10_000;
const KILL_AGAIN_MS = 1000;

export function checkStep(observed: Observed, seen: Seen, simulation: World): void {
  checkModel(observed);
  if (seen.isCareful) checkPlain(observed);
  checkWorld(observed, simulation);
  checkEffects(observed, seen, simulation);
  if (seen.isCareful) checkSettled(observed, simulation);
}

/** The status file comes first. The order of the other effects of a step does not matter; its events are read first. */
function checkEffects(observed: Observed, seen: Seen, simulation: World): void {
  let isEnd = false;
  const {now, event, effects} = observed;
  if (event.type === 'spawned') seen.lastSpawnAt = now;
  const saved = effects.findIndex(({type}) => type === 'save-status');
  demand(saved <= 0, 'the status file is written before anybody is told');
  for (const effect of effects) {
    if (effect.type === 'publish') notePerseverance(effect.event, observed, seen);
    if (effect.type === 'publish') noteNews(effect.event, observed, {seen, simulation});
    if (effect.type === 'publish') checkRestartEnd(effect, observed, simulation);
    if (effect.type === 'refuse-start' || effect.type === 'give-up') {
      demand(!seen.stopped, 'a start is refused once, and only while it is wanted');
      isEnd = true;
    }
  }
  checkPerseverance(observed, seen, simulation);
  seen.stopped ||= isEnd;
  for (const effect of effects) {
    if (effect.type === 'answer') checkAnswer(effect, observed, seen, simulation);
    if (effect.type === 'stopped') {
      demand(
        simulation.alive.size === outOfReach(simulation).length,
        'ssd does not end while workers live that it may kill',
      );
      const pids = outOfReach(simulation).map(({pid}) => pid);
      demand([...effect.left].sort().join() === pids.sort().join(), 'who is left behind is named');
      for (const token of effect.tokens) takeAnswer(seen, token);
    }
    if (effect.type === 'spawn') checkSpawn(effect, observed, seen);
    if (effect.type === 'signal' || effect.type === 'kill') {
      demand(simulation.alive.get(keyOf(effect))?.pid === effect.pid, 'only the living are signalled');
    }
    if (effect.type === 'forward-signal') {
      const living = new Set([...simulation.alive.values()].map(({pid}) => pid));
      demand(
        effect.pids.every(pid => living.has(pid)),
        'only the living are signalled',
      );
      demand(
        effect.token !== null || areServing(effect.pids, observed.model),
        'what is passed on is for who serves',
      );
    }
    if (effect.type === 'signal') checkSignal(effect, observed, seen);
  }
  checkLeaderEnd(observed);
  // A worker may be told to finish and killed in one step, in this order.
  for (const effect of effects) if (effect.type === 'kill') checkKill(effect, observed, seen);
}

function noteNews(
  event: Event,
  {model, now, before}: Observed,
  {seen, simulation}: {readonly seen: Seen; readonly simulation: World},
): void {
  const {type} = event;
  if (type === 'ready') {
    demand(areReady(simulation, event.pids), 'a generation is ready when its workers are');
    noteDelays(before, model, seen, now);
    seen.newestReady = event.generation;
  }
  if (type === 'worker-ready') demand(areReady(simulation, [event.pid]), 'a worker is ready when it is');
  if (type === 'cancel-asked' && event.generation !== null) seen.failed.add(event.generation);
  if (type !== 'start-failed' && type !== 'lost') return;
  const {generation, pid, ending} = event;
  const isLost = !model.generations.some(({number, phase}) => number === generation && phase === 'ready');
  if (isLost) seen.failed.add(generation);
  if (pid !== null && ending.type === 'not-ready') seen.givenUp.add(pid);
  seen.pauseUntil = seen.lastSpawnAt + Math.max(100, model.settings.intervalMs);
}

function checkRestartEnd(
  {event, tokens}: Extract<Effect, {type: 'publish'}>,
  {effects}: Observed,
  {alive}: World,
): void {
  if (event.type !== 'restart-ended') return;
  const {verdict} = event;
  if (verdict === 'completed') {
    const isLeft = ({generation}: Address) => event.retiring.includes(generation);
    const left = [...alive.values()].filter(isLeft);
    demand(
      left.every(({refused}) => refused !== null),
      'a restart waits for all that can be told to finish',
    );
  }
  const answers = effects.filter(effect => effect.type === 'answer');
  const isAnswered = (token: string) =>
    answers.some(({token: of, answer}) => of === token && 'verdict' in answer && answer.verdict === verdict);
  demand(
    tokens.every(isAnswered),
    'who waits for a restart is answered with the verdict that is told to all',
  );
}

function areReady(simulation: World, pids: readonly number[]): boolean {
  const {readiness, intervalMs} = simulation.model.settings;
  const isReadyNow = ({said, spawnedAt}: {readonly said: boolean; readonly spawnedAt: number}) =>
    said || (readiness.by === 'interval' && simulation.now - spawnedAt >= intervalMs);
  const meant = [...simulation.alive.values()].filter(({pid}) => pids.includes(pid));
  return pids.length > 0 && areAlive(simulation, pids) && meant.every(isReadyNow);
}

/** The generations that served when another became ready are left alone during kill-old-delay. */
function noteDelays(before: Model, {tunables}: Model, {delays}: Seen, now: number): void {
  for (const {number, phase, workers} of before.generations) {
    if (phase === 'starting' || !workers.some(isUntold)) continue;
    const until = delays.get(number);
    if (until === undefined || until <= now) delays.set(number, now + tunables.killOldDelayMs);
  }
}

function checkSpawn(
  {generation, places}: Extract<Effect, {type: 'spawn'}>,
  {now, before, model}: Observed,
  seen: Seen,
): void {
  demand(!seen.stopped, 'nothing is spawned once ssd is to stop');
  demand(now >= seen.pauseUntil, 'no spawn during the pause after a failed start or a loss');
  seen.lastSpawnAt = now;
  const isNew = places[0]?.id === 0;
  demand(!isNew || generation === before.last + 1, 'each attempt has the next number');
  const {rolling} = model.settings;
  if (rolling === null || isNew) return;
  const isObedient = (worker: Worker) => !('refused' in worker && worker.refused);
  const living = model.generations.flatMap(({workers}) => workers.filter(isObedient)).length;
  const serving = model.generations
    .filter(({phase}) => phase !== 'starting')
    .flatMap(({workers}) => workers.filter(isUntold)).length;
  const isRoom = living <= model.workers + rolling || serving <= model.workers;
  demand(isRoom, `generation ${generation} grows by no more than is replaced at a time`);
}

function checkSignal(
  effect: Extract<Effect, {type: 'signal'}>,
  {now, before, event, model}: Observed,
  seen: Seen,
): void {
  const {generation, signal, pid} = effect;
  const key = keyOf(effect);
  if (!seen.told.has(key)) seen.told.set(key, now);
  // The rest of a group whose leader has ended has to finish, whether or not a successor serves.
  const isItsLeader = event.type === 'leader-ended' && keyOf(event) === key;
  if (isItsLeader || find(before, effect)?.phase === 'lingering') return;
  const {signalOnHup, signalOnTerm} = model.settings;
  if (checkFurther(effect, {now, before}, [signalOnHup, signalOnTerm], seen)) return;
  if (seen.stopped) return;
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
  const isSurplus = generation === current.number && (worker?.index ?? 0) >= model.workers;
  demand(generation < current.number || isSurplus, 'no signal before a successor is ready');
  demand(isSurplus || now >= (seen.delays.get(generation) ?? now), 'kill-old-delay is over');
  if (!isSurplus && model.settings.rolling === null) return;
  if (worker?.phase !== 'ready') return;
  const ready = model.generations.flatMap(({workers}) => workers.filter(isReady)).length;
  demand(ready >= model.workers, 'as many as are wanted stay ready');
}

function areServing(pids: readonly number[], {generations}: Model): boolean {
  const serving = generations.flatMap(({workers}) =>
    workers.flatMap(worker => (worker.phase === 'ready' ? [worker.pid] : [])),
  );
  return pids.every(pid => serving.includes(pid));
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

function checkKill(effect: Extract<Effect, {type: 'kill'}>, {now, model}: Observed, seen: Seen): void {
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

function find(model: Model, {generation, worker}: Address): Worker | undefined {
  const found = model.generations.find(({number}) => number === generation);
  return found?.workers.find(({id}) => id === worker);
}

/** The rest of a worker has just lost its leader. */
function checkLeaderEnd({event, before, effects}: Observed): void {
  if (event.type !== 'leader-ended') return;
  const known = find(before, event);
  if (!known || known.phase === 'lingering' || ('killed' in known && known.killed)) return;
  const isTold = effects.some(effect => effect.type === 'signal' && keyOf(effect) === keyOf(event));
  demand(isTold, 'what is left of a worker is told to finish');
}
