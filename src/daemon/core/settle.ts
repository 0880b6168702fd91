/**
 * What follows from the model, whatever event came before: workers that are not needed any more, restarts that are
 * complete, spawns that are due, the end, the status file, the one timer.
 *
 * Many workers, `scale` and `--rolling` are nothing but this: the current generation has places that are vacant and
 * get filled, or workers too many that are told to finish; and those of older generations are told to finish as far
 * as the current one has ready workers to take their place.
 */
import {feed} from './feed.js';
import {createGeneration, pidsOf, placesOf, untoldOf} from './generation.js';
import {
  autoRestartAt,
  batchSize,
  currentOf,
  graceOf,
  incomingOf,
  type Model,
  nextDeadline,
  retiringOf,
  statusLinesOf,
  vacantPlaces,
} from './model.js';
import {ask, completeFinished, nextRestart} from './restart.js';
import {apply, publish, type Turn, update} from './turn.js';
import type {Probation} from './worker-state.js';

/** Brings the world in line with what is wanted. Every line asks the model only, never the event. */
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
  setTimer(turn);
}

/** Where nothing else serves, or not enough (`--rolling`), those that were replaced serve on. */
function dismissReplaced(turn: Turn, now: number): void {
  const {model} = turn;
  let needed = model.workers - readyCount(model);
  if (model.settings.rolling === null && currentOf(model)) needed = 0;
  for (const retiring of retiringOf(model)) {
    const untold = untoldOf(retiring);
    const spared = currentOf(model) ? Math.min(Math.max(0, needed), untold.length) : untold.length;
    needed -= spared;
    if (retiring.tellAt !== null || spared === untold.length) continue;
    const ids = untold.slice(0, untold.length - spared).map(({id}) => id);
    const {signalOnHup: signal, stopTimeoutMs: killAfterMs} = model.settings;
    feed(turn, retiring.number, {type: 'tell', now, ids, signal, killAfterMs});
  }
}

/** After `scale` to a smaller number. */
function dismissSurplus(turn: Turn, now: number): void {
  const current = currentOf(turn.model);
  if (!current) return;
  const {workers, settings} = turn.model;
  const surplus = untoldOf(current).filter(({index}) => index >= workers);
  if (surplus.length === 0) return;
  const {signalOnHup: signal, stopTimeoutMs: killAfterMs} = settings;
  const ids = surplus.map(({id}) => id);
  feed(turn, current.number, {type: 'tell', now, ids, signal, killAfterMs});
}

/** `--max-retiring`. Those that still serve for want of a successor do not count. */
function killOldest(turn: Turn, now: number): void {
  const {maxRetiring} = turn.model.settings;
  if (maxRetiring === null) return;
  const lingering = retiringOf(turn.model).filter(generation => untoldOf(generation).length === 0);
  for (const {number, workers} of lingering.slice(maxRetiring)) {
    const killed = workers.every(worker => worker.phase === 'retiring' && worker.signal === 'KILL');
    if (!killed) feed(turn, number, {type: 'kill', now});
  }
}

function completeScaling(turn: Turn): void {
  const {workers, scaling} = turn.model;
  const current = currentOf(turn.model);
  if (scaling.length === 0 || !current || readyCount(turn.model) !== workers) return;
  if (untoldOf(current).length !== workers) return;
  const pids = pidsOf({...current, workers: untoldOf(current)});
  publish(turn, {type: 'scaled', workers}, scaling);
  for (const token of scaling) {
    turn.effects.push({type: 'answer', token, answer: {verdict: 'completed', workers, pids}});
  }
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
  if (now < model.notBefore) {
    update(turn, {restart: next, following});
    return;
  }
  const generation = createGeneration(model.last + 1, batchSize(model), probationOf(model), now);
  update(turn, {
    restart: {...next, attempts: next.attempts + 1},
    following,
    last: generation.number,
    lastSpawnAt: now,
    generations: [...model.generations, generation],
  });
  const places = generation.workers.map(({id, index}) => ({id, index}));
  turn.effects.push({type: 'spawn', generation: generation.number, places, of: model.workers});
}

function fillIfDue(turn: Turn, now: number): void {
  const {model} = turn;
  const current = currentOf(model);
  if (!current || model.wanted.state === 'stopped' || now < model.notBefore) return;
  const indices = vacantPlaces(model);
  if (indices.length === 0) return;
  const ids = indices.map((_, nth) => current.nextId + nth);
  feed(turn, current.number, {type: 'fill', now, indices});
  update(turn, {lastSpawnAt: now});
  const filled = currentOf(turn.model) ?? current;
  const places = placesOf(filled, ids);
  turn.effects.push({type: 'spawn', generation: current.number, places, of: model.workers});
}

function probationOf(model: Model): Probation {
  const {intervalMs, readiness} = model.settings;
  return {intervalMs, readiness, graceMs: graceOf(model)};
}

function readyCount(model: Model): number {
  return currentOf(model)?.workers.filter(({phase}) => phase === 'ready').length ?? 0;
}

function endIfStopped(turn: Turn): void {
  const {wanted, generations, ended} = turn.model;
  if (wanted.state !== 'stopped' || generations.length > 0) return;
  if (!ended) publish(turn, {type: 'stopped'}, wanted.tokens);
  // Asked to stop once more after the end: only the new ones are still to be answered.
  if (!ended || wanted.tokens.length > 0) turn.effects.push({type: 'stopped', tokens: wanted.tokens});
  update(turn, {ended: true, wanted: {...wanted, tokens: []}});
}

function saveStatus(turn: Turn): void {
  const lines = statusLinesOf(turn.model);
  if (JSON.stringify(lines) === JSON.stringify(turn.model.statusLines)) return;
  update(turn, {statusLines: lines});
  turn.effects.push({type: 'save-status', lines});
}

function setTimer(turn: Turn): void {
  const at = nextDeadline(turn.model);
  if (at === turn.model.timerAt) return;
  update(turn, {timerAt: at});
  turn.effects.push({type: 'set-timer', at});
}
