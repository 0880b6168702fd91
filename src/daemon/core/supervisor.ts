/**
 * The whole behaviour of ssd: `(model, input) → (model, effects)`, without clock, process or promise.
 *
 * These invariants hold after every step. `npm run simulate` checks them in random worlds
 * (`test/simulation/rules/invariants.ts`).
 *
 *  1. At most one generation is incoming, and at most one is current.
 *  2. The current generation gets no signal before its successor is ready, unless `stopped` is wanted.
 *  3. Every accepted request gets exactly one final answer.
 *  4. A worker gets no signal after it is gone, and a generation that is gone sets no timer.
 *  5. When `stopped` is wanted and the workers die of the signals sent, no worker remains.
 *  6. After any finite storm of inputs, if workers come up, exactly one ready generation remains.
 *
 * A handler only records what an input says. Then `settle` looks at the model alone and does what is due. So no
 * result depends on which of two inputs came first, and no handler can forget a follow-up.
 *
 * A step takes microseconds (`npm run bench -- core`). Objects that extend another object therefore list their own
 * properties first: `{phase, ...common}`. On Node 20 each property behind a spread costs half a microsecond or more.
 * Rest patterns and `flatMap` are as slow.
 */
import {correlated} from '../../shared/correlated.js';
import {endUnasked, feed, feedAll} from './feed.js';
import type {GenerationInput} from './generation.js';
import {graceOf, type Model, type Step} from './model.js';
import {
  answerSignal,
  takeCancel,
  takeForget,
  takeForward,
  takeRestart,
  takeScale,
  takeSignal,
  takeStop,
} from './requests.js';
import {tokensFor} from './restart.js';
import {settle} from './settle.js';
import {publish, type Turn, update} from './turn.js';
import type {Input} from './types.js';
import {farewellBy} from './worker/worker-state.js';

/** Causes that may pass. With any other cause, ssd refuses the very first start. */
const TRANSIENT = new Set(['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE', 'ETXTBSY', 'EINTR', 'EIO']);

type Of<T extends Input['type']> = Extract<Input, {type: T}>;
type Table = {readonly [T in Input['type']]: (turn: Turn, input: Of<T>) => void};

const table: Table = {
  boot: () => {},
  restart: takeRestart,
  stop: takeStop,
  cancel: takeCancel,
  scale: takeScale,
  signal: takeSignal,
  forward: takeForward,
  forget: takeForget,
  environment: (turn, input) => update(turn, {tunables: input.tunables}),
  deadline: (turn, input) => {
    // The timer has fired and is gone. What is due at this very moment needs a new one.
    update(turn, {timerAt: null});
    feedAll(turn, input);
  },
  spawned: (turn, input) => {
    // The time counts from the fork, not from the order: the kernel may have been slow.
    update(turn, {everRan: true, lastSpawnAt: input.now});
    const {generation, pid} = input;
    // A generation that was ready before has been scaled, or has lost a worker.
    const added = turn.model.generations.some(
      ({number, phase}) => number === generation && phase === 'ready',
    );
    const event = {type: 'spawned', generation, pid, ...(added && {added})} as const;
    publish(turn, event, tokensFor(turn.model, generation));
    feed(turn, generation, input);
  },
  'spawn-failed': (turn, input) => {
    feed(turn, input.generation, input);
    if (!turn.model.everRan && !TRANSIENT.has(input.cause)) refuseStart(turn, input);
  },
  'leader-ended': (turn, input) => {
    const {signalOnHup, stopTimeoutMs} = turn.model.settings;
    feed(turn, input.generation, {...input, farewell: farewellBy(signalOnHup, stopTimeoutMs)});
  },
  exited: feedOne,
  'signal-refused': (turn, input) => {
    // A stop has the worker killed, and ends without it if SIGKILL is refused too. A restart does not wait for it at all.
    const killAfterMs = turn.model.wanted.state === 'stopped' ? graceOf(turn.model) : null;
    feed(turn, input.generation, {...input, killAfterMs});
  },
  'signal-sent': answerSignal,
  ready: feedOne,
  unready: feedOne,
  extend: feedOne,
  noted: feedOne,
};

/** Takes one input and returns the new model with the effects to perform. Pure. */
export function step(model: Model, input: Input): Step {
  const turn: Turn = {model, effects: []};
  correlated(table[input.type])(turn, input);
  settle(turn, input.now);
  return turn;
}

/** Refuses the start once, and only while it is wanted. After a request to stop, ssd ends as it was asked to. */
function refuseStart(turn: Turn, {cause, problem, now}: Of<'spawn-failed'>): void {
  if (turn.model.wanted.state === 'stopped') return;
  turn.effects.push({type: 'refuse-start', cause, problem: problem ?? null});
  endUnasked(turn, now);
}

function feedOne(turn: Turn, input: GenerationInput & {readonly generation: number}): void {
  feed(turn, input.generation, input);
}
