/**
 * Gives inputs to generations and draws the conclusions: which generation is current, which restart has failed, which
 * failures are remembered.
 */
import type {FailedStart} from '../../shared/protocol/event.js';
import {type GenerationInput, type GenerationStep, transition} from './generation.js';
import {type Generation, type LivingGeneration, pidsOf, type ReadyGeneration} from './generation-state.js';
import {hintOf} from './hint.js';
import {isSpare} from './memory/staying.js';
import {currentOf, graceOf, type Model, SETTLED_MS, servingOf} from './model.js';
import {noteGood} from './release/pinned.js';
import {isHopeless, recoveryFailed} from './release/recovery.js';
import {attemptFailed, attemptSucceeded, finishingFailed, pauseAfter, tokensFor} from './restart.js';
import {endTrial} from './trial/end-trial.js';
import {comesBack, createTrial} from './trial/trial-state.js';
import {announceOrders, announceWorkers, answer, apply, publish, type Turn, update} from './turn.js';
import {cancelAll} from './verdicts.js';
import {farewellBy, ONLY_TERM, type PastFailure} from './worker/worker-state.js';

/** How many failures `status` can show. */
const FAILURES_KEPT = 5;

/** Gives an input to one generation and reacts to the result. Does nothing if that generation is gone. */
export function feed(turn: Turn, number: number, input: GenerationInput): void {
  const before = turn.model.generations.find(generation => generation.number === number);
  if (!before) return;
  const step = transition(before, input);
  const {next, effects} = step;
  if (next === before && effects.length === 0) return;
  const losses = step.losses.map(loss => ({...loss, hint: hintOf(turn.model, before, loss)}));
  const stepped = losses.length > 0 ? {...step, losses} : step;
  const tokens = tokensFor(turn.model, number);
  announceWorkers(turn, before, stepped, {input, tokens});
  update(turn, {generations: exchange(turn.model.generations, next)});
  if (before.phase === 'starting' && next.phase === 'ready') {
    succeed(turn, next, {tokens, recovers: before.recovers});
  }
  if (effects.length > 0) announceOrders(turn, number, {effects, tokens});
  drawConclusions(turn, before, stepped, tokens);
}

/** Gives an input to every generation, the oldest first. */
export function feedAll(turn: Turn, input: GenerationInput): void {
  for (const {number} of turn.model.generations) feed(turn, number, input);
}

function exchange(generations: readonly LivingGeneration[], next: Generation): readonly LivingGeneration[] {
  if (next.phase === 'gone') return generations.filter(({number}) => number !== next.number);
  return generations.map(generation => (generation.number === next.number ? next : generation));
}

/** Decides what the losses of this step mean: a failed start, a lost generation, or a place to fill again. */
function drawConclusions(
  turn: Turn,
  before: LivingGeneration,
  {next, losses}: GenerationStep,
  tokens: readonly string[],
): void {
  const {number: generation, phase, release, workers} = before;
  const [first] = losses;
  if (!first || phase === 'retiring') return;
  const from = {generation, ...(release !== null && {release})};
  if (before.phase === 'starting') {
    const {restart, recovery} = turn.model;
    const attempt = (before.recovers ? recovery : restart)?.attempts ?? 1;
    const failures = losses.map(loss => ({what: 'start-failed', ...from, attempt, ...loss}) as const);
    remember(turn, failures);
    fail(turn, {what: 'start-failed', ...from, attempt, ...first}, {tokens, recovers: before.recovers});
    return;
  }
  const lost = losses.map((loss): PastFailure => ({what: 'lost', ...from, attempt: 1, ...loss}));
  remember(turn, lost);
  const {trial} = turn.model;
  if (trial?.old === generation) {
    if (next.phase !== 'held') update(turn, {trial: {...trial, old: null}});
    return;
  }
  if (trial?.generation === generation) {
    const [failure] = lost;
    const decided = trial.decided ?? (failure ? {passed: false as const, failure} : null);
    update(turn, {trial: {...trial, decided}});
    if (trial.old === null && phase === 'ready' && next.phase !== 'ready')
      noteRelapse(turn, before, first.at);
    return;
  }
  if (phase === 'ready' && next.phase !== 'ready') noteRelapse(turn, before, first.at);
  const wasReady = ({worker: lostId}: PastFailure) =>
    isSpare(turn.model, generation, lostId) ||
    workers.some(({id, phase: was}) => id === lostId && was === 'ready');
  // A lost worker that was not ready should have filled a place, and a client may wait for that.
  const told = lost.find(loss => !wasReady(loss)) ?? (next.phase === 'ready' ? undefined : lost[0]);
  if (!told) return;
  const facts = factsOf(turn, told);
  apply(turn, finishingFailed(turn.model, facts));
  failScaling(turn, facts);
}

/** Counts the generations in a row that were lost soon after they were ready: a crash loop too, though each start succeeds. */
function noteRelapse(turn: Turn, {readyAt}: Pick<ReadyGeneration, 'readyAt'>, now: number): void {
  const {count, since} = turn.model.relapses ?? {count: 0, since: now};
  update(turn, {relapses: now - readyAt < SETTLED_MS ? {count: count + 1, since} : null});
}

/** A crash loop is over when a generation has settled, even if that one is replaced or paused before the next loss. */
export function withoutSettledLoop(model: Model, now: number): Model {
  const current = currentOf(model);
  return model.relapses && current && now - current.readyAt >= SETTLED_MS
    ? {...model, relapses: null}
    : model;
}

/** Who waits for the start of a generation, and whether ssd has started it of itself. */
type Attempt = {readonly tokens: readonly string[]; readonly recovers: boolean};

/** The incoming generation is ready. It becomes the current one, and those that served before it retire. */
function succeed(turn: Turn, ready: ReadyGeneration, {tokens, recovers}: Attempt): void {
  const {number, readyAt: now, startedAt, release} = ready;
  const pids = pidsOf(ready);
  const named = release === null ? {} : {release};
  publish(turn, {type: 'ready', generation: number, pids, tookMs: now - startedAt, ...named}, tokens);
  const replaced = servingOf(turn.model).filter(serving => serving.number !== number);
  const stopped = (recovers ? null : turn.model.restart)?.stopped ?? [];
  const olds = [...stopped, ...replaced.map(old => old.number)];
  const finishing = {generation: number, pids, readyAt: now, replaced: olds, release};
  const old = beginTrial(turn, ready, recovers);
  apply(turn, attemptSucceeded(turn.model, finishing, {recovers, onTrial: old !== null}));
  if (replaced.length > 0) update(turn, {successor: number});
  if (old === null) noteGood(turn, ready);
  const delayMs = turn.model.tunables.killOldDelayMs;
  for (const serving of replaced) {
    if (serving.number === old) continue;
    const isDelayed = serving.phase === 'retiring' && serving.tellAt !== null;
    if (delayMs > 0 && !isDelayed) {
      const told = tokensFor(turn.model, serving.number);
      publish(turn, {type: 'delaying', generations: [serving.number], delayMs}, told);
    }
    feed(turn, serving.number, {type: 'retire', now, delayMs});
  }
}

/**
 * Puts the new current generation on trial, if that was asked for and one could come back. A trial that goes on is
 * superseded: the generation that would have come back still would.
 *
 * @returns the generation that would come back, or null
 */
function beginTrial(
  turn: Turn,
  {number: generation, readyAt: now}: ReadyGeneration,
  recovers: boolean,
): number | null {
  const {model} = turn;
  const {restart} = model;
  const back = comesBack(model, generation);
  const bakeMs = recovers ? 0 : (restart?.bakeMs ?? 0);
  endTrial(turn, null, now);
  if (!back || bakeMs === 0 || model.wanted.state === 'stopped') return null;
  const old = back.number;
  feed(turn, old, {type: 'hold', now});
  update(turn, {trial: createTrial(turn.model, {generation, old, now, bakeMs})});
  const tokens = (restart?.waiters ?? []).map(({token}) => token);
  publish(turn, {type: 'trial-began', generation, old, forMs: bakeMs}, tokens);
  return old;
}

function fail(turn: Turn, failed: PastFailure, {tokens, recovers}: Attempt): void {
  const facts = factsOf(turn, failed);
  publish(turn, {type: 'start-failed', ...facts}, tokens);
  const before = turn.model;
  const outcome = recovers ? recoveryFailed : attemptFailed;
  apply(turn, outcome(before, facts, failed.at));
  // If there is a current generation, the clients wait for its workers, not for those of the failed one.
  if (!currentOf(turn.model)) failScaling(turn, facts);
  if (isHopeless(before, turn.model)) giveUp(turn, facts, failed.at);
}

function giveUp(turn: Turn, failed: FailedStart, now: number): void {
  if (turn.model.wanted.state === 'stopped') return;
  turn.effects.push({type: 'give-up', failed});
  endUnasked(turn, now);
}

/** Stops without a request, because ssd cannot do its work. */
export function endUnasked(turn: Turn, now: number): void {
  apply(turn, cancelAll(turn.model, 'stopping'));
  update(turn, {wanted: {state: 'stopped', signals: ['TERM'], tokens: []}});
  feedAll(turn, {type: 'tell', now, ids: null, ...farewellBy(ONLY_TERM, graceOf(turn.model))});
}

/** A worker that should have filled a place has failed. The clients that wait for the number must know. */
function failScaling(turn: Turn, {attempt: attempts, ...details}: FailedStart): void {
  answer(turn, turn.model.scaling, {verdict: 'failed', attempts, ...details});
  update(turn, {scaling: []});
}

export function factsOf({model}: Turn, failure: PastFailure): FailedStart {
  const {at: _, what: __, ...facts} = failure;
  const serving = (currentOf(model) ?? servingOf(model).at(-1))?.number ?? null;
  return {...facts, serving};
}

/** Keeps the failure for `status` and postpones the next spawn. */
export function remember(turn: Turn, failed: readonly PastFailure[]): void {
  const {settings, lastSpawnAt, failures} = turn.model;
  update(turn, {
    failures: [...failures, ...failed].slice(-FAILURES_KEPT),
    notBefore: lastSpawnAt + pauseAfter(1, settings),
  });
}
