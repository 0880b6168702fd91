/**
 * Gives events to generations, and draws the conclusions from what becomes of them: who is current, which restart
 * has failed, what is remembered.
 */
import type {FailedStart, Happening} from '../../shared/protocol.js';
import {
  type GenerationEvent,
  type GenerationStep,
  type Living,
  pidsOf,
  type Ready,
  transition,
  untoldOf,
} from './generation.js';
import {currentOf, type Failure, retiringOf} from './model.js';
import {attemptFailed, attemptSucceeded, finishingFailed, tokensFor} from './restart.js';
import {announceOrders, announceWorker, apply, publish, type Turn, update} from './turn.js';
import type {Loss} from './worker-state.js';

/** After a failed start no spawn follows sooner than this, even with `--interval=0`. */
export const MINIMUM_PAUSE_MS = 100;

/** How many failures `status` can show. */
export const FAILURES_KEPT = 5;

export function feed(turn: Turn, number: number, event: GenerationEvent): void {
  const before = turn.model.generations.find(generation => generation.number === number);
  if (!before) return;
  const stepped = transition(before, event);
  const {next, effects} = stepped;
  const generations = turn.model.generations.flatMap(generation =>
    generation.number !== number ? [generation] : next.phase === 'gone' ? [] : [next],
  );
  const tokens = tokensFor(turn.model, number);
  announceWorker(turn, before, {event, next, tokens});
  update(turn, {generations});
  if (before.phase === 'starting' && next.phase === 'ready') succeed(turn, next, tokens);
  announceOrders(turn, number, {effects, tokens});
  drawConclusions(turn, before, stepped, tokens);
}

export function feedAll(turn: Turn, event: GenerationEvent): void {
  for (const {number} of turn.model.generations) feed(turn, number, event);
}

/** What the losses of this step mean: a failed start, a generation lost, or a place to be filled again. */
function drawConclusions(
  turn: Turn,
  before: Living,
  {next, losses}: GenerationStep,
  tokens: readonly string[],
): void {
  const {number: generation} = before;
  const [loss] = losses;
  if (!loss || before.phase === 'retiring') return;
  if (before.phase === 'starting') {
    fail(turn, {generation, loss, tokens});
    return;
  }
  remember(turn, {what: 'lost', generation, attempt: 1, ...loss});
  const neverReady = before.workers.some(({id, phase}) => id === loss.worker && phase !== 'ready');
  if (next.phase === 'ready' && !neverReady) return;
  const facts = factsOf(turn, generation, loss);
  apply(turn, finishingFailed(turn.model, facts));
  failScaling(turn, facts);
}

/** The incoming generation is ready: it is current now, and the one it replaces retires. */
function succeed(turn: Turn, ready: Ready, tokens: readonly string[]): void {
  const {number, readyAt, startedAt} = ready;
  const pids = pidsOf(ready);
  const happening: Happening = {type: 'ready', generation: number, pids, tookMs: readyAt - startedAt};
  publish(turn, happening, tokens);
  const replaced = turn.model.generations.find(
    ({number: other, phase}) => phase === 'ready' && other !== number,
  );
  const finishing = {generation: number, pids, readyAt, replaced: replaced ? [replaced.number] : []};
  apply(turn, attemptSucceeded(turn.model, finishing));
  if (!replaced) return;
  const delayMs = turn.model.tunables.killOldDelayMs;
  if (delayMs > 0) {
    const interested = tokensFor(turn.model, replaced.number);
    publish(turn, {type: 'delaying', generations: [replaced.number], delayMs}, interested);
  }
  feed(turn, replaced.number, {type: 'retire', now: readyAt, delayMs});
}

function fail(turn: Turn, failed: {generation: number; loss: Loss; tokens: readonly string[]}): void {
  const {generation, loss, tokens} = failed;
  const facts = factsOf(turn, generation, loss);
  publish(turn, {type: 'start-failed', ...facts}, tokens);
  remember(turn, {what: 'start-failed', generation, attempt: facts.attempt, ...loss});
  if (turn.model.wanted.state === 'running') apply(turn, attemptFailed(turn.model, facts));
}

/** A worker that was to fill a place has failed: whoever waits for the number must know. */
function failScaling(turn: Turn, {attempt: attempts, ...details}: FailedStart): void {
  for (const token of turn.model.scaling) {
    turn.effects.push({type: 'answer', token, answer: {verdict: 'failed', attempts, ...details}});
  }
  update(turn, {scaling: []});
}

function factsOf({model}: Turn, generation: number, {at: _, ...details}: Loss): FailedStart {
  const serving = currentOf(model) ?? retiringOf(model).find(retiring => untoldOf(retiring).length > 0);
  const attempt = model.restart?.attempts ?? 1;
  return {generation, attempt, serving: serving?.number ?? null, ...details};
}

/** Keeps the failure for `status`, and puts the next spawn off: the longer, the more attempts have failed. */
function remember(turn: Turn, failure: Failure): void {
  const {settings, lastSpawnAt, failures} = turn.model;
  const least = Math.max(settings.intervalMs, MINIMUM_PAUSE_MS);
  const most = Math.max(least, settings.maxIntervalMs ?? least);
  const pause = Math.min(most, least * 2 ** Math.min(failure.attempt - 1, 30));
  update(turn, {
    failures: [...failures, failure].slice(-FAILURES_KEPT),
    notBefore: lastSpawnAt + pause,
  });
}
