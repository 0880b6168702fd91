/**
 * What follows from the model, whichever input came before: workers that are no longer needed, restarts that are
 * complete, spawns that are due, the end, the status file, the one timer.
 *
 * `scale`, `--rolling` and several workers need nothing else. The current generation has vacant places to fill, or
 * surplus workers to tell. Workers of older generations are told to finish as ready workers of the current one take
 * their place.
 */
import {feed} from './feed.js';
import {createGeneration, pidsOf, untoldOf} from './generation-state.js';
import {
  autoRestartAt,
  batchSize,
  currentOf,
  fillAt,
  graceOf,
  incomingOf,
  type Model,
  nextDeadline,
  readyPlaces,
  restartAt,
  retiringOf,
  servingOf,
  statusLinesOf,
  vacantPlaces,
} from './model.js';
import {reportOf, sameReport} from './report.js';
import {ask, completeFinished, nextRestart} from './restart.js';
import {answer, apply, publish, type Turn, update} from './turn.js';
import type {StatusLine} from './types.js';
import {farewellBy, isOutOfReach, isReady, type Probation, type Worker} from './worker/worker-state.js';

/** Brings the world in line with what is wanted. Every line looks at the model only, never at the input. */
export function settle(turn: Turn, now: number): void {
  dismissReplaced(turn, now);
  dismissSurplus(turn, now);
  killOldest(turn, now);
  apply(turn, completeFinished(turn.model, now));
  completeScaling(turn);
  restartByItself(turn, now);
  spawnIfDue(turn, now);
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
  let needed = settings.rolling === null ? 0 : wanted - untoldOf(current).filter(isReady).length;
  for (const retiring of retiringOf(turn.model)) {
    const untold = untoldOf(retiring);
    if (retiring.tellAt === null) dismiss(turn, retiring.number, {workers: untold, spared: needed}, now);
    needed = Math.max(0, needed - untold.filter(isReady).length);
  }
}

/**
 * Tells surplus workers to finish, after `scale` to a smaller number. They stand in for places that have no ready
 * worker yet.
 */
function dismissSurplus(turn: Turn, now: number): void {
  const current = currentOf(turn.model);
  if (!current) return;
  const {workers: wanted} = turn.model;
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
  const {signalOnHup, stopTimeoutMs} = turn.model.settings;
  feed(turn, number, {type: 'tell', now, ids, ...farewellBy(signalOnHup, stopTimeoutMs)});
}

/** Enforces `--max-retiring`. Generations that still serve for lack of a successor do not count. */
function killOldest(turn: Turn, now: number): void {
  const {maxRetiring} = turn.model.settings;
  if (maxRetiring === null) return;
  const lingering = retiringOf(turn.model).filter(generation => untoldOf(generation).length === 0);
  for (const {number} of lingering.slice(maxRetiring)) feed(turn, number, {type: 'kill', now});
}

function completeScaling(turn: Turn): void {
  const {workers, scaling} = turn.model;
  const current = currentOf(turn.model);
  if (scaling.length === 0 || !current || readyPlaces(turn.model) !== workers) return;
  const pids = pidsOf({...current, workers: untoldOf(current)});
  publish(turn, {type: 'scaled', workers}, scaling);
  answer(turn, scaling, {verdict: 'completed', workers, pids});
  update(turn, {scaling: []});
}

function restartByItself(turn: Turn, now: number): void {
  const at = autoRestartAt(turn.model);
  if (at === null || now < at) return;
  publish(turn, {type: 'restart-asked', by: 'auto-restart', queued: false}, []);
  turn.model = ask(turn.model, null, now);
}

function spawnIfDue(turn: Turn, now: number): void {
  const {model} = turn;
  if (model.wanted.state === 'stopped' || incomingOf(model)) return;
  const next = nextRestart(model);
  if (!next) return;
  const following = next === model.following ? null : model.following;
  update(turn, {restart: next, following});
  const dueAt = restartAt(turn.model);
  if (dueAt === null || now < dueAt) return;
  const generation = createGeneration(model.last + 1, batchSize(model), probationOf(model), now);
  update(turn, {
    restart: {...next, attempts: next.attempts + 1},
    last: generation.number,
    lastSpawnAt: now,
    generations: [...model.generations, generation],
  });
  const places = generation.workers.map(({id, index}) => ({id, index}));
  const serving = servingOf(model).length > 0;
  turn.effects.push({type: 'spawn', generation: generation.number, places, of: model.workers, serving});
}

function fillIfDue(turn: Turn, now: number): void {
  const {model} = turn;
  const current = currentOf(model);
  const dueAt = fillAt(model);
  if (!current || dueAt === null || now < dueAt) return;
  const places = vacantPlaces(model).map((index, nth) => ({id: current.nextId + nth, index}));
  feed(turn, current.number, {type: 'fill', now, places});
  update(turn, {lastSpawnAt: now});
  const serving = servingOf(model).length > 0;
  turn.effects.push({type: 'spawn', generation: current.number, places, of: model.workers, serving});
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
