/** A restart has begun, and with it a trace, or a part of the trace of whoever asked for it. */
import {randomBytes} from 'node:crypto';
import {parseTraceparent, type TraceContext} from '../../../shared/protocol/trace/context.js';
import type {CoreStep} from '../port.js';
import type {Sampler} from '../settings/sampler.js';
import {eventsIn} from './events-in.js';
import type {By, Root} from './span.js';

export type Begin = {
  readonly sampler: Sampler;
  /** The time of day, in milliseconds since 1970. */
  readonly timeOfDay: () => number;
  /** The moment of the core that it is now. */
  readonly now: () => number;
  /** The trace of whoever has started ssd. */
  readonly startedBy: TraceContext | null;
};

/**
 * The restarts that this step has begun.
 *
 * @param named the trace to which the request of this step belongs
 */
export function begun(step: CoreStep, named: TraceContext | null, context: Begin): Root[] {
  const {restart, following, recovery} = step.after;
  const at = step.input.now;
  const begin = (by: By) => (one: Numbered | null) =>
    // An earlier version of ssd did not count them.
    one !== null && one.number > (step.before.lastRestart ?? 0)
      ? [beginRoot({number: one.number, by, at}, parentOf(by, named, context), context)]
      : [];
  return [
    ...[restart, following].flatMap(begin(whoAsked(step))),
    ...[recovery].flatMap(begin(whoRecovers(step))),
  ];
}

type Numbered = {readonly number: number};

function parentOf(by: By, named: TraceContext | null, {startedBy}: Begin): TraceContext | null {
  if (by === 'request') return named;
  return by === 'boot' || by === 'adopt' ? startedBy : null;
}

function whoAsked(step: CoreStep): By {
  const asked = eventsIn(step.effects, 'restart-asked')[0];
  return asked?.by ?? whoRecovers(step);
}

/** Nobody has asked for a restart: nothing ran, or what ran is lost. */
function whoRecovers({input, effects}: CoreStep): By {
  if (input.type === 'boot' || input.type === 'adopt') return input.type;
  return eventsIn(effects, 'resumed').length > 0 ? 'resume' : 'lost';
}

const NAMES: Readonly<Record<By, Root['name']>> = {
  request: 'restart',
  signal: 'restart',
  'auto-restart': 'restart',
  boot: 'start',
  adopt: 'start',
  resume: 'start',
  lost: 'start',
};

type Beginning = {readonly number: number; readonly by: By; readonly at: number};

function beginRoot(
  {number, by, at}: Beginning,
  context: TraceContext | null,
  {sampler, timeOfDay, now}: Begin,
): Root {
  const parent = context && parseTraceparent(context.traceparent);
  const traceId = parent?.traceId ?? newId(16);
  return {
    number,
    name: NAMES[by],
    by,
    traceId,
    spanId: newId(8),
    isRecorded: sampler(traceId, parent && (parent.flags & 1) === 1),
    parent: parent && {spanId: parent.spanId, traceState: context?.tracestate ?? null},
    asker: context,
    startedAt: at,
    offsetMs: timeOfDay() - now(),
    links: [],
    order: 'overlap',
    release: null,
    attempts: 0,
    generation: null,
    spawnSpanId: null,
    isReady: false,
    replaced: [],
    failure: null,
    open: [],
  };
}

/** Random, and not all zeros. */
export function newId(bytes: 8 | 16): string {
  const id = randomBytes(bytes).toString('hex');
  return /[^0]/.test(id) ? id : newId(bytes);
}
