/**
 * The whole behaviour of ssd: `(model, event) → (model, effects)`, without clock, process or promise.
 *
 * Invariants, checked after every step by `test/helpers/invariants.ts` in random worlds (`npm run simulate`):
 *  1. at most one generation is incoming, at most one is current;
 *  2. the current generation is not signalled before its successor is ready, unless wanted is `stopped`;
 *  3. every accepted request gets exactly one final answer;
 *  4. no worker is signalled after it is gone, and a gone generation sets no timer;
 *  5. wanted `stopped` reaches no workers once the workers die of the signals sent;
 *  6. after any finite storm of events, with workers that come up, exactly one ready generation remains.
 *
 * How they hold: a handler only records what an event says; then `settle` looks at the model alone and does
 * what is due. So nothing depends on which of two events came first, and no handler can forget a follow-up.
 *
 * A step takes microseconds (`npm run bench -- core`), for what is built of another object has its own properties
 * first, `{phase, ...common}`: behind a spread each of them would cost Node 20 half a microsecond or more, and so do
 * rest patterns and `flatMap`.
 */
import {correlated} from '../../shared/correlated.js';
import {feed, feedAll} from './feed.js';
import type {GenerationInput} from './generation.js';
import {graceOf, type Model, type Step} from './model.js';
import {takeCancel, takeForget, takeRestart, takeScale, takeSignal, takeStop} from './requests.js';
import {cancelAll, tokensFor} from './restart.js';
import {settle} from './settle.js';
import {apply, publish, type Turn, update} from './turn.js';
import type {Input} from './types.js';

/** Causes for which trying again may help; any other refuses the very first start. */
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
  forget: takeForget,
  environment: (turn, input) => update(turn, {tunables: input.tunables}),
  deadline: (turn, input) => {
    // The timer has fired and is no more: what is due at this very moment still needs one.
    update(turn, {timerAt: null});
    feedAll(turn, input);
  },
  spawned: (turn, input) => {
    // From the fork on, not from the order to fork: the kernel may have taken its time.
    update(turn, {everRan: true, lastSpawnAt: input.now});
    const {generation, pid} = input;
    publish(turn, {type: 'spawned', generation, pid}, tokensFor(turn.model, generation));
    feed(turn, generation, input);
  },
  'spawn-failed': (turn, input) => {
    feed(turn, input.generation, input);
    if (!turn.model.everRan && !TRANSIENT.has(input.cause)) refuseStart(turn, input);
  },
  exited: feedOne,
  ready: feedOne,
  unready: feedOne,
  extend: feedOne,
  noted: feedOne,
};

/** Takes one event and says what is to be done. */
export function step(model: Model, input: Input): Step {
  const turn: Turn = {model, effects: []};
  correlated(table[input.type])(turn, input);
  settle(turn, input.now);
  return turn;
}

/** Refused once, and only while it is wanted: whoever asked to stop meanwhile gets what was asked for. */
function refuseStart(turn: Turn, {cause, now}: Of<'spawn-failed'>): void {
  if (turn.model.wanted.state === 'stopped') return;
  turn.effects.push({type: 'refuse-start', cause});
  apply(turn, cancelAll(turn.model));
  update(turn, {wanted: {state: 'stopped', signals: ['TERM'], tokens: []}});
  feedAll(turn, {type: 'tell', now, ids: null, signal: 'TERM', killAfterMs: graceOf(turn.model)});
}

function feedOne(turn: Turn, input: GenerationInput & {readonly generation: number}): void {
  feed(turn, input.generation, input);
}
