/**
 * The whole behaviour of ssd: `(model, event) → (model, effects)`, without clock, process or promise.
 *
 * Invariants, checked after every step by `test/daemon/core/invariants.test.ts`:
 *  1. at most one generation is incoming, at most one is current;
 *  2. the current generation is not signalled before its successor is ready, unless wanted is `stopped`;
 *  3. every accepted request gets exactly one final answer;
 *  4. no worker is signalled after it is gone, and a gone generation sets no timer;
 *  5. wanted `stopped` reaches no workers once the workers die of the signals sent;
 *  6. after any finite storm of events, with workers that come up, exactly one ready generation remains.
 *
 * How they hold: a handler only records what an event says; then `settle` looks at the model alone and does
 * what is due. So nothing depends on which of two events came first, and no handler can forget a follow-up.
 */
import type {FailedStart, Happening} from '../../shared/protocol.js';
import {type GenerationEvent, type Loss, pidsOf, type Ready, transition} from './generation.js';
import {currentOf, type Failure, incomingOf, type Living, type Model, type Wanted} from './model.js';
import {ask, attemptFailed, attemptSucceeded, cancelAll, tokensFor} from './restart.js';
import {settle} from './settle.js';
import {announceEnd, announceSignals, apply, publish, type Turn, update} from './turn.js';
import type {Effect, Event} from './types.js';

/** After a failed start no spawn follows sooner than this, even with `--interval=0`. */
export const MINIMUM_PAUSE_MS = 100;

/** How many failures `status` can show. */
export const FAILURES_KEPT = 5;

/** Causes for which trying again may help; any other refuses the very first start. */
const TRANSIENT = new Set(['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE', 'ETXTBSY', 'EINTR', 'EIO']);

const NOT_STOPPED: Omit<Extract<Wanted, {state: 'stopped'}>, 'state'> = {signals: [], tokens: []};

export type Step = {readonly model: Model; readonly effects: readonly Effect[]};

type Of<T extends Event['type']> = Extract<Event, {type: T}>;
type Table = {readonly [T in Event['type']]: (turn: Turn, event: Of<T>) => void};

const table: Table = {
  boot: () => {},
  restart: takeRestart,
  stop: takeStop,
  environment: (turn, event) => update(turn, {tunables: event.tunables}),
  deadline: feedAll,
  spawned: (turn, event) => {
    // From the fork on, not from the order to fork: the kernel may have taken its time.
    update(turn, {everRan: true, lastSpawnAt: event.now});
    const {generation, pid} = event;
    publish(turn, {type: 'spawned', generation, pid}, tokensFor(turn.model, generation));
    feed(turn, generation, event);
  },
  'spawn-failed': (turn, event) => {
    feed(turn, event.generation, event);
    if (!turn.model.everRan && !TRANSIENT.has(event.cause)) refuseStart(turn, event);
  },
  exited: (turn, event) => feed(turn, event.generation, event),
};

/** Takes one event and says what is to be done. */
export function step(model: Model, event: Event): Step {
  const turn: Turn = {model, effects: []};
  const handler = table[event.type] as (turn: Turn, event: Event) => void;
  handler(turn, event);
  settle(turn, event.now);
  return turn;
}

function takeRestart(turn: Turn, {by, asker, now}: Of<'restart'>): void {
  if (turn.model.wanted.state === 'stopped') {
    if (asker) {
      turn.effects.push({
        type: 'answer',
        token: asker.token,
        verdict: {verdict: 'cancelled', reason: 'stopping'},
      });
    }
    return;
  }
  const queued = incomingOf(turn.model) !== undefined;
  publish(turn, {type: 'restart-asked', by, queued}, asker ? [asker.token] : []);
  turn.model = ask(turn.model, asker, now);
}

/** Stopping is at once in every phase. A signal that has come before is not passed on to the workers again. */
function takeStop(turn: Turn, {signal, token, now}: Of<'stop'>): void {
  const {wanted, settings} = turn.model;
  const {signals, tokens} = wanted.state === 'stopped' ? wanted : NOT_STOPPED;
  const repeated = signals.includes(signal);
  apply(turn, cancelAll(turn.model));
  update(turn, {
    wanted: {
      state: 'stopped',
      signals: repeated ? signals : [...signals, signal],
      tokens: token === null ? tokens : [...tokens, token],
    },
  });
  if (repeated) return;
  publish(turn, {type: 'stop-asked', signal}, token === null ? [] : [token]);
  const toWorkers = signal === 'TERM' ? settings.signalOnTerm : 'TERM';
  feedAll(turn, {type: 'stop', now, signal: toWorkers});
}

/** Refused once, and only while it is wanted: whoever asked to stop meanwhile gets what was asked for. */
function refuseStart(turn: Turn, {cause, now}: Of<'spawn-failed'>): void {
  if (turn.model.wanted.state === 'stopped') return;
  turn.effects.push({type: 'refuse-start', cause});
  apply(turn, cancelAll(turn.model));
  update(turn, {wanted: {state: 'stopped', signals: ['TERM'], tokens: []}});
  feedAll(turn, {type: 'stop', now, signal: 'TERM'});
}

function feedAll(turn: Turn, event: GenerationEvent): void {
  for (const {number} of turn.model.generations) feed(turn, number, event);
}

/** Gives an event to one generation and reacts to what became of it. */
function feed(turn: Turn, number: number, event: GenerationEvent): void {
  const before = turn.model.generations.find(generation => generation.number === number);
  if (!before) return;
  const {next, effects} = transition(before, event);
  announceEnd(turn, before, event);
  const generations = turn.model.generations.flatMap(generation =>
    generation.number !== number ? [generation] : next.phase === 'gone' ? [] : [next],
  );
  const tokens = tokensFor(turn.model, number);
  if (before.phase === 'starting' && next.phase === 'ready') {
    succeed(turn, generations, next);
    return;
  }
  update(turn, {generations});
  announceSignals(turn, number, {effects, tokens});
  const loss = next.phase === 'gone' || next.phase === 'retiring' ? next.loss : null;
  if (!loss) return;
  if (before.phase === 'starting') fail(turn, {generation: number, loss, tokens});
  if (before.phase === 'ready') lose(turn, number, loss);
}

/** The incoming generation is ready: it is current now, and the one it replaces is told to finish. */
function succeed(turn: Turn, generations: readonly Living[], ready: Ready): void {
  const {model} = turn;
  const {number, readyAt, startedAt} = ready;
  const pids = pidsOf(ready);
  const replaced = currentOf(model);
  const happening: Happening = {type: 'ready', generation: number, pids, tookMs: readyAt - startedAt};
  publish(turn, happening, tokensFor(model, number));
  turn.model = attemptSucceeded(
    {...model, generations},
    {generation: number, pids, readyAt, replaced: replaced ? [replaced.number] : []},
  );
  if (!replaced) return;
  const delayMs = model.tunables.killOldDelayMs;
  if (delayMs > 0) {
    const tokens = tokensFor(turn.model, replaced.number);
    publish(turn, {type: 'delaying', generations: [replaced.number], delayMs}, tokens);
  }
  feed(turn, replaced.number, {type: 'retire', now: readyAt, signal: model.settings.signalOnHup, delayMs});
}

function fail(turn: Turn, failed: {generation: number; loss: Loss; tokens: readonly string[]}): void {
  const {generation, loss, tokens} = failed;
  const {at: _, ...details} = loss;
  const attempt = turn.model.restart?.attempts ?? 1;
  const serving = currentOf(turn.model)?.number ?? null;
  const facts: FailedStart = {generation, attempt, serving, ...details};
  publish(turn, {type: 'start-failed', ...facts}, tokens);
  remember(turn, {what: 'start-failed', generation, attempt, ...loss});
  if (turn.model.wanted.state === 'running') apply(turn, attemptFailed(turn.model, facts));
}

function lose(turn: Turn, generation: number, loss: Loss): void {
  remember(turn, {what: 'lost', generation, attempt: 1, ...loss});
}

/** Keeps the failure for `status`, and puts the next spawn off by the interval. */
function remember(turn: Turn, failure: Failure): void {
  const {settings, lastSpawnAt, failures} = turn.model;
  update(turn, {
    failures: [...failures, failure].slice(-FAILURES_KEPT),
    notBefore: lastSpawnAt + Math.max(settings.intervalMs, MINIMUM_PAUSE_MS),
  });
}
