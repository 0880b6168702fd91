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
 *  6. While the current generation is on trial, the one before it gets no signal, unless `stopped` is wanted.
 *  7. With `--release`, the release runs that was good last, and nothing else starts of itself.
 *  8. During a pause nothing is spawned, and every pause ends. Where the old one is to stop first, never two generations live.
 *  9. A worker that takes too much memory is told to finish when its successor at its place is ready, one at a time.
 * 10. After any finite storm of inputs, if workers come up, exactly one ready generation remains.
 *
 * A handler only records what an input says. Then `settle` looks at the model alone and does what is due. So no
 * result depends on which of two inputs came first, and no handler can forget a follow-up.
 *
 * A step takes microseconds (`npm run bench -- core`). Objects that extend another object therefore list their own
 * properties first: `{phase, ...common}`. On Node 20 each property behind a spread costs half a microsecond or more.
 * Rest patterns and `flatMap` are as slow.
 */
import {correlated} from '../../shared/correlated.js';
import {takeAdopted} from './adoption/adopt.js';
import {withNumbers} from './ask.js';
import {endUnasked, feed, feedAll, withoutSettledLoop} from './feed.js';
import type {GenerationInput} from './generation.js';
import {takeRevival} from './handover/revive.js';
import {takeHeavy} from './memory/replace.js';
import {farewellOf, graceOf, type Model, type Step} from './model.js';
import {takePinned} from './release/pinned.js';
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
import {takeAccept, takeChecked, takeReject} from './trial/judge.js';
import {publish, type Turn, update} from './turn.js';
import type {Input} from './types.js';
import {takeLooked} from './vacancy/look.js';
import {takePause, takeResume} from './vacancy/pause.js';

/** Causes that may pass. With any other cause, ssd refuses the very first start. */
const TRANSIENT = new Set(['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE', 'ETXTBSY', 'EINTR', 'EIO']);

type Of<T extends Input['type']> = Extract<Input, {type: T}>;
type Table = {readonly [T in Input['type']]: (turn: Turn, input: Of<T>) => void};

const table: Table = {
  boot: () => {},
  adopt: takeAdopted,
  revive: takeRevival,
  restart: takeRestart,
  stop: takeStop,
  pause: takePause,
  resume: takeResume,
  looked: takeLooked,
  cancel: takeCancel,
  accept: takeAccept,
  reject: takeReject,
  checked: takeChecked,
  scale: takeScale,
  signal: takeSignal,
  forward: takeForward,
  forget: takeForget,
  environment: (turn, input) => update(turn, {tunables: input.tunables}),
  pinned: takePinned,
  heavy: takeHeavy,
  deadline: (turn, input) => {
    // The timer has fired and is gone. What is due at this very moment needs a new one.
    update(turn, {timerAt: null});
    feedAll(turn, input);
  },
  spawned: (turn, input) => {
    // The time counts from the fork, not from the order: the kernel may have been slow.
    update(turn, {everRan: true, lastSpawnAt: input.now});
    const {generation, pid} = input;
    const spawned = turn.model.generations.find(({number}) => number === generation);
    const release = spawned?.release ?? null;
    // A generation that was ready before has been scaled, or has lost a worker.
    const added = spawned?.phase === 'ready';
    const named = {...(added && {added}), ...(release !== null && {release})};
    publish(turn, {type: 'spawned', generation, pid, ...named}, tokensFor(turn.model, generation));
    feed(turn, generation, input);
  },
  'spawn-failed': (turn, input) => {
    feed(turn, input.generation, input);
    if (!turn.model.everRan && !TRANSIENT.has(input.cause)) refuseStart(turn, input);
  },
  'leader-ended': (turn, input) => {
    feed(turn, input.generation, {...input, farewell: farewellOf(turn.model)});
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
  const turn: Turn = {model: withoutSettledLoop(model, input.now), effects: []};
  correlated(table[input.type])(turn, input);
  settle(turn, input.now);
  turn.model = withNumbers(turn.model);
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
