/**
 * What follows from the model, whatever event came before: restarts that are complete, spawns that are due,
 * the end, the status file, the one timer.
 */
import {createGeneration} from './generation.js';
import {autoRestartAt, incomingOf, nextDeadline, statusLinesOf} from './model.js';
import {ask, completeFinished, nextRestart} from './restart.js';
import {apply, publish, type Turn, update} from './turn.js';

/** Brings the world in line with what is wanted. Every line asks the model only, never the event. */
export function settle(turn: Turn, now: number): void {
  apply(turn, completeFinished(turn.model, now));
  restartByItself(turn, now);
  spawnIfDue(turn, now);
  endIfStopped(turn);
  saveStatus(turn);
  setTimer(turn);
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
  const {workers, intervalMs} = model.settings;
  const generation = createGeneration(model.last + 1, workers, intervalMs, now);
  update(turn, {
    restart: {...next, attempts: next.attempts + 1},
    following,
    last: generation.number,
    lastSpawnAt: now,
    generations: [...model.generations, generation],
  });
  const indices = generation.workers.map(worker => worker.index);
  turn.effects.push({type: 'spawn', generation: generation.number, workers: indices});
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
