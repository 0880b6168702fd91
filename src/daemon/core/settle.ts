/**
 * What follows from the model, whichever input came before: workers that are no longer needed, restarts that are
 * complete, spawns that are due, the end, the status file, the one timer.
 *
 * `scale`, `--rolling` and several workers need nothing else. The current generation has vacant places to fill, or
 * surplus workers to tell. Workers of older generations are told to finish as ready workers of the current one take
 * their place.
 */

import {ask, ownRestart} from './ask.js';
import {autoRestartAt, fillAt, nextDeadline, nextRestart, restartAt, vacantPlaces} from './due.js';
import {feed} from './feed.js';
import {createGeneration, pidsOf, type StartingGeneration, untoldOf} from './generation-state.js';
import {orderedPlace, settleReplacement} from './memory/replace.js';
import {stayingPids} from './memory/staying.js';
import {
  batchSize,
  currentOf,
  farewellOf,
  graceOf,
  incomingOf,
  type Model,
  readyPlaces,
  retiringOf,
  servingOf,
  statusLinesOf,
} from './model.js';
import type {Origin} from './release/origin.js';
import {withNextRestart} from './release/recovery.js';
import {keptOf, originOf, originWithin} from './release/wish.js';
import {completeFinished} from './restart.js';
import {settleTrial} from './trial/settle-trial.js';
import {answer, apply, publish, type Turn, update} from './turn.js';
import type {Place, StatusLine} from './types.js';
import {settlePause} from './vacancy/pause.js';
import {makeRoom} from './vacancy/room.js';
import {reportOf, sameReport} from './views/report.js';
import {isOutOfReach, isReady, type Probation, type Worker} from './worker/worker-state.js';

/** Brings the world in line with what is wanted. Every line looks at the model only, never at the input. */
export function settle(turn: Turn, now: number): void {
  settlePause(turn, now);
  settleTrial(turn, now);
  settleReplacement(turn, now);
  dismissReplaced(turn, now);
  dismissSurplus(turn, now);
  killOldest(turn, now);
  apply(turn, completeFinished(turn.model, now));
  completeScaling(turn);
  restartByItself(turn, now);
  spawnIfDue(turn, now);
  replaceIfDue(turn, now);
  fillIfDue(turn, now);
  endIfStopped(turn);
  saveStatus(turn);
  reportChange(turn);
  setTimer(turn);
}

/**
 * Tells replaced workers to finish. Without a successor they serve on. With `--rolling` they also serve on while the
 * successor has too few ready workers.
 */
function dismissReplaced(turn: Turn, now: number): void {
  const {settings, workers: wanted} = turn.model;
  const current = currentOf(turn.model);
  if (!current) return;
  // The current generation's surplus workers stand in for missing ones first. Otherwise surplus and old workers would
  // each wait for the other to go.
  // One that was taken over does not grow when it is to make room: they would stand in for ever for what it lacks.
  const isFinal = settings.rolling === null || (current.adopted && turn.model.restart?.stopFirst);
  let needed = isFinal ? 0 : wanted - untoldOf(current).filter(isReady).length;
  for (const retiring of retiringOf(turn.model)) {
    const untold = untoldOf(retiring);
    if (retiring.tellAt === null) dismiss(turn, retiring.number, {workers: untold, spared: needed}, now);
    needed = Math.max(0, needed - untold.filter(isReady).length);
  }
}

/**
 * Tells surplus workers to finish, after `scale` to a smaller number. They stand in for places that have no ready
 * worker yet. Those of a generation that was taken over serve until its successor is ready, like the others in it, unless
 * somebody asks for fewer now: it is the options that differ from those of the ssd that has died.
 */
function dismissSurplus(turn: Turn, now: number): void {
  const current = currentOf(turn.model);
  const {workers: wanted, restart, scaling, trial} = turn.model;
  const isTakenOver = current?.adopted && restart !== null && scaling.length === 0;
  if (!current || trial || isTakenOver) return;
  const workers = untoldOf(current).filter(({index}) => index >= wanted);
  dismiss(turn, current.number, {workers, spared: wanted - readyPlaces(turn.model)}, now);
}

type Dismissed = {readonly workers: readonly Worker[]; readonly spared: number};

/** Tells these workers to finish, except `spared` ready ones. Workers that are not ready serve nobody yet. */
function dismiss(turn: Turn, number: number, {workers, spared}: Dismissed, now: number): void {
  const ready = workers.filter(isReady);
  const kept = ready.slice(Math.max(0, ready.length - spared));
  const ids = workers.filter(worker => !kept.includes(worker)).map(({id}) => id);
  if (ids.length === 0) return;
  feed(turn, number, {type: 'tell', now, ids, ...farewellOf(turn.model)});
}

/**
 * Enforces `--max-retiring`. Generations that still serve for lack of a successor do not count, nor do those that were
 * told to finish without one: for a pause, or to make room.
 */
function killOldest(turn: Turn, now: number): void {
  const {maxRetiring} = turn.model.settings;
  if (maxRetiring === null) return;
  const hasSuccessor = currentOf(turn.model) !== undefined;
  const lingering = retiringOf(turn.model).filter(
    generation => untoldOf(generation).length === 0 && (hasSuccessor || generation.loss !== null),
  );
  for (const {number} of lingering.slice(maxRetiring)) feed(turn, number, {type: 'kill', now});
}

function completeScaling(turn: Turn): void {
  const {workers, scaling} = turn.model;
  const current = currentOf(turn.model);
  if (scaling.length === 0 || !current || turn.model.trial || readyPlaces(turn.model) !== workers) return;
  const pids = stayingPids(turn.model, current);
  publish(turn, {type: 'scaled', workers}, scaling);
  answer(turn, scaling, {verdict: 'completed', workers, pids});
  update(turn, {scaling: []});
}

function restartByItself(turn: Turn, now: number): void {
  const at = autoRestartAt(turn.model);
  if (at === null || now < at) return;
  publish(turn, {type: 'restart-asked', by: 'auto-restart', queued: false}, []);
  const {pinned, bakeMs} = turn.model.settings;
  const wish = pinned ? ({type: 'good'} as const) : ({type: 'link'} as const);
  const {stopFirst} = ownRestart(turn.model);
  // A release that was good needs no trial.
  apply(turn, ask(turn.model, {asker: null, wish, bakeMs: pinned ? 0 : bakeMs, stopFirst}, now));
}

function spawnIfDue(turn: Turn, now: number): void {
  if (turn.model.wanted.state === 'stopped' || turn.model.paused || incomingOf(turn.model)) return;
  turn.model = withNextRestart(turn.model);
  const {model} = turn;
  const [next, dueAt] = [nextRestart(model), restartAt(model)];
  if (!next || dueAt === null || now < dueAt) return;
  if (next.stopFirst && !makeRoom(turn, next, now)) return;
  const origin = originOf(model, next);
  const generation = createNext(turn, now);
  if (generation) order(turn, generation, origin);
}

/** The next generation is incoming. Its workers are not ordered yet. */
export function createNext(turn: Turn, now: number): StartingGeneration | null {
  const {model} = turn;
  const next = nextRestart(model);
  if (!next) return null;
  const recovers = next === model.recovery;
  const created = createGeneration(model.last + 1, batchSize(model), probationOf(model), now);
  const generation = {...created, recovers};
  update(turn, {
    [recovers ? 'recovery' : 'restart']: {...next, attempts: next.attempts + 1},
    last: generation.number,
    lastSpawnAt: now,
    generations: [...model.generations, generation],
  });
  return generation;
}

function replaceIfDue(turn: Turn, now: number): void {
  const index = orderedPlace(turn, now);
  if (index !== null) addWorkers(turn, [index], now);
}

function fillIfDue(turn: Turn, now: number): void {
  const dueAt = fillAt(turn.model);
  if (dueAt !== null && now >= dueAt) addWorkers(turn, vacantPlaces(turn.model), now);
}

/** Adds a worker to the current generation at each of these places. */
function addWorkers(turn: Turn, indexes: readonly number[], now: number): void {
  const {model} = turn;
  const current = currentOf(model);
  if (!current) return;
  const places = indexes.map((index, nth) => ({id: current.nextId + nth, index}));
  feed(turn, current.number, {type: 'fill', now, places});
  update(turn, {lastSpawnAt: now});
  order(turn, {number: current.number, workers: places}, originWithin(model, current.number));
}

/** Orders these workers of a generation. */
function order(
  {model, effects}: Turn,
  {number: generation, workers}: {readonly number: number; readonly workers: readonly Place[]},
  origin: Origin,
): void {
  const places = workers.map(({id, index}) => ({id, index}));
  const serving = servingOf(model).length > 0;
  effects.push({type: 'spawn', generation, places, of: model.workers, serving, origin, keep: keptOf(model)});
}

function probationOf(model: Model): Probation {
  const {intervalMs, readiness} = model.settings;
  return {intervalMs, readiness, graceMs: graceOf(model)};
}

function endIfStopped(turn: Turn): void {
  const {wanted, generations, ended} = turn.model;
  const workers = generations.flatMap(generation => generation.workers);
  if (wanted.state !== 'stopped' || !workers.every(isOutOfReach)) return;
  const left = generations.flatMap(pidsOf);
  if (!ended) publish(turn, left.length > 0 ? {type: 'stopped', left} : {type: 'stopped'}, wanted.tokens);
  // After the end, only requests that came since then still need an answer.
  if (!ended || wanted.tokens.length > 0) turn.effects.push({type: 'stopped', tokens: wanted.tokens, left});
  update(turn, {ended: true, wanted: {...wanted, tokens: []}});
}

/** Comes before all other effects: what a line of the log or an answer says is in the file by then. */
function saveStatus(turn: Turn): void {
  const lines = statusLinesOf(turn.model);
  const {statusLines: saved} = turn.model;
  const isSaved = ({generation, pid}: StatusLine, nth: number) =>
    generation === saved[nth]?.generation && pid === saved[nth]?.pid;
  if (lines.length === saved.length && lines.every(isSaved)) return;
  update(turn, {statusLines: lines});
  turn.effects.unshift({type: 'save-status', lines});
}

function reportChange(turn: Turn): void {
  const report = reportOf(turn.model);
  if (turn.model.reported && sameReport(report, turn.model.reported)) return;
  update(turn, {reported: report});
  turn.effects.push({type: 'report', report});
}

function setTimer(turn: Turn): void {
  const at = nextDeadline(turn.model);
  if (at === turn.model.timerAt) return;
  update(turn, {timerAt: at});
  turn.effects.push({type: 'set-timer', at});
}
