/** The rules that every step of the core must keep. */
import type {Model} from '../../../src/daemon/core/model.js';
import type {Effect} from '../../../src/daemon/core/types.js';
import type {Worker} from '../../../src/daemon/core/worker/worker-state.js';
import type {Event} from '../../../src/shared/protocol/event.js';
import type {Observed} from '../world/simulation.js';
import {type Address, keyOf} from '../world/story.js';
import {checkAdoption} from './adoption.js';
import {checkReplacement, noteReplacement} from './memory.js';
import {checkPerseverance, notePerseverance} from './perseverance.js';
import {areAlive, checkAnswer, takeAnswer} from './promises.js';
import {checkReleases} from './releases.js';
import {demand, outOfReach, type Seen, type World} from './seen.js';
import {checkKill, checkLeaderEnd, checkSignal} from './signals.js';
import {checkModel, checkPlain, checkSettled, checkWorld, isUntold} from './sound-model.js';
import {checkTrial} from './trial.js';
import {checkVacancy} from './vacancy.js';

export function checkStep(observed: Observed, seen: Seen, simulation: World): void {
  checkModel(observed);
  if (seen.isCareful) checkPlain(observed);
  checkWorld(observed, simulation);
  checkAdoption(observed, seen);
  checkVacancy(observed, seen);
  checkReleases(observed, seen);
  noteReplacement(observed, seen);
  checkEffects(observed, seen, simulation);
  checkReplacement(observed, seen);
  checkTrial(observed, seen);
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
        effect.token !== null || areServing(effect.pids, observed.before),
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
  if (type === 'trial-ended' && event.passed === null) seen.superseded.add(event.generation);
  if (type === 'trial-ended' && event.passed === false && event.old !== null)
    seen.failed.add(event.generation);
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

/**
 * The generations that served when another became ready are left alone during kill-old-delay. The delay of one that may
 * come back begins with the end of the trial.
 */
function noteDelays(before: Model, {tunables, trial}: Model, {delays}: Seen, now: number): void {
  for (const {number, phase, workers} of before.generations) {
    if (number === trial?.old) continue;
    if (phase === 'starting' || !workers.some(isUntold)) continue;
    const until = delays.get(number);
    if (until === undefined || until <= now) delays.set(number, now + tunables.killOldDelayMs);
  }
}

function checkSpawn(
  {generation, places}: Extract<Effect, {type: 'spawn'}>,
  {now, before, event, model}: Observed,
  seen: Seen,
): void {
  demand(!seen.stopped, 'nothing is spawned once ssd is to stop');
  demand(now >= seen.pauseUntil, 'no spawn during the pause after a failed start or a loss');
  seen.lastSpawnAt = now;
  const isNew = places[0]?.id === 0;
  const last = event.type === 'adopt' ? (event.adopted?.last ?? 0) : before.last;
  demand(!isNew || generation === last + 1, 'each attempt has the next number');
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

function areServing(pids: readonly number[], {generations}: Model): boolean {
  const serving = generations.flatMap(({workers}) =>
    workers.flatMap(worker => (worker.phase === 'ready' ? [worker.pid] : [])),
  );
  return pids.every(pid => serving.includes(pid));
}
