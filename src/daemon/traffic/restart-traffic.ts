/**
 * What became of clients while a restart ran: what the kernel dropped, how many waited, how the old workers parted with their
 * connections. It adds this to the event that ends the restart, and to the answers. It only looks, and nothing waits for it:
 * an answer has what is known when it is given.
 */
import type {Event} from '../../shared/protocol/event.js';
import type {GenerationStatus} from '../../shared/protocol/status.js';
import type {Traffic} from '../../shared/protocol/traffic.js';
import type {Answer} from '../../shared/protocol/verdict.js';
import type {Border} from '../faults/border.js';
import type {HandedOver} from '../handover/handed-over.js';
import {acceptQueue, dropsAt} from '../sockets/accept-queue.js';
import type {Listener} from '../sockets/listener.js';
import {createPoll} from '../system/posix-listener.js';
import type {ConnectionReader, Look} from './connections.js';
import {createDraining} from './draining.js';
import {pidsIn} from './fill-in.js';
import {type Figures, handOverFigures, reviveFigures, type TrafficState} from './handed-over.js';
import {createRuns, type Run, type Runs} from './runs.js';

/** Beside these it samples the queues at each look. */
const SAMPLED: ReadonlySet<Event['type']> = new Set(['spawned', 'ready', 'restart-ended']);
/** A restart that is over before is not held up: looking at processes takes a millisecond or two. */
const FIRST_LOOK_MS = 20;
/** How often it looks while a restart runs. */
const LOOK_MS = 100;
/** An old generation may need hours to finish. After a minute it looks once a second. */
const SOON_MS = 60_000;
const LATE_MS = 1000;
/** The connections are counted less often if that takes long: at most this part of the time. */
const SHARE = 10;
/** A restart that nothing shows for so long was given up: its client had hung up. */
const GIVEN_UP_MS = 60_000;

export type RestartTraffic = {
  /** @returns the event; one that ends a restart has the traffic */
  readonly inEvent: (event: Event, tokens: readonly string[]) => Event;
  /** @returns the answer; a verdict of a restart has the traffic */
  readonly inAnswer: (token: string, answer: Answer) => Answer;
  /** Somebody has counted the connections. */
  readonly note: (look: Look) => void;
  readonly handOver: () => HandedOver<TrafficState>;
  readonly dispose: () => void;
};

export type RestartTrafficContext = {
  readonly listeners: readonly Listener[];
  readonly connections: ConnectionReader;
  readonly snapshot: () => {
    readonly incoming: number | null;
    readonly failing: object | null;
    readonly generations: readonly GenerationStatus[];
  };
  readonly now: () => number;
  readonly border: Pick<Border, 'guard'>;
  /** What a former image of ssd has handed over. */
  readonly revived: TrafficState | null;
};

export function watchRestarts(context: RestartTrafficContext): RestartTraffic {
  const {listeners, revived} = context;
  const draining = createDraining(revived?.draining);
  const runs = openRuns(context);
  const note = (found: Look) => {
    if (runs.underWay().length > 0) draining.note(new Map([...found].map(([pid, {count}]) => [pid, count])));
  };
  const rounds = createRounds(context, {runs, look: createLook(context, note), atEnd: draining.forget});
  const trafficOf = ({figures}: Run<Figures>, replaced: readonly number[]): Traffic => ({
    ...dropsSince(listeners, figures.drops),
    queuePeak: figures.peak,
    drained: draining.of(replaced),
  });
  if (runs.underWay().length > 0) rounds.begin(LOOK_MS);
  return {
    inEvent: (event, tokens) => {
      if (SAMPLED.has(event.type)) rounds.sample();
      const [oldest] = runs.take(event, tokens);
      draining.hear(event);
      if (event.type === 'restart-asked') rounds.begin(FIRST_LOOK_MS);
      return event.type === 'restart-ended' && oldest
        ? {...event, ...trafficOf(oldest, goneIn(event))}
        : event;
    },
    inAnswer: (token, answer) => {
      const run = 'verdict' in answer ? runs.of(token) : undefined;
      run?.tokens.delete(token);
      return run ? {...answer, ...trafficOf(run, goneIn(answer))} : answer;
    },
    note,
    handOver: () => {
      const state = runs.state(figures => handOverFigures(figures, listeners));
      return {state: {runs: state, draining: draining.state()}, fds: []};
    },
    dispose: () => {
      runs.clear();
      rounds.end();
    },
  };
}

/** Those that a former image has handed over go on. */
function openRuns({listeners, now, revived}: RestartTrafficContext): Runs<Figures> {
  const begin = () => ({drops: listeners.map(dropsAt), startedAt: now(), peak: null});
  if (revived === null) return createRuns<Figures>(begin);
  const runs = revived.runs.runs.map(run => ({...run, figures: reviveFigures(run.figures, listeners)}));
  return createRuns<Figures>(begin, {...revived.runs, runs});
}

type Rounds = {
  readonly sample: () => void;
  /** The first round is so many milliseconds away, unless one is closer. */
  readonly begin: (ms: number) => void;
  readonly end: () => void;
};

/** Samples the queues, and looks at connections, again and again while a restart runs. */
function createRounds(
  {listeners, now, border, snapshot}: RestartTrafficContext,
  {runs, look, atEnd}: {readonly runs: Runs<Figures>; readonly look: () => void; readonly atEnd: () => void},
): Rounds {
  const peakNow = createPeak(listeners);
  let timer: NodeJS.Timeout | undefined;
  let busyAt = 0;
  const sample = () => {
    const peak = peakNow();
    for (const {figures} of runs.underWay()) figures.peak = greater(figures.peak, peak);
  };
  const again = () => {
    sample();
    const {incoming, failing, generations} = snapshot();
    if (incoming ?? failing ?? generations.find(({phase}) => phase === 'retiring')) busyAt = now();
    if (now() - busyAt > GIVEN_UP_MS) runs.clear();
    const [first] = runs.underWay();
    timer = undefined;
    if (!first) return atEnd();
    look();
    arm(now() - first.figures.startedAt > SOON_MS ? LATE_MS : LOOK_MS);
  };
  const arm = (ms: number) => {
    timer ??= setTimeout(border.guard('the traffic', again), ms);
  };
  return {
    sample,
    begin: ms => {
      busyAt = now();
      arm(ms);
    },
    end: () => clearTimeout(timer),
  };
}

/** Counts connections unless it is doing so, or has done so just now. */
function createLook(
  {connections, snapshot, now}: RestartTrafficContext,
  note: (found: Look) => void,
): () => void {
  let notBefore = 0;
  return () => {
    const startedAt = now();
    if (startedAt < notBefore) return;
    notBefore = Number.POSITIVE_INFINITY;
    const done = () => {
      notBefore = now() + SHARE * (now() - startedAt);
    };
    connections.look(pidsIn(snapshot().generations)).then(note).then(done, done);
  };
}

/** One system call for all listeners, and one more for each at which a connection waits. */
function createPeak(listeners: readonly Listener[]): () => number | null {
  const streams = listeners.filter(({type}) => type !== 'udp');
  const poll = createPoll(streams.map(({own}) => own));
  return () => {
    const found = streams.length === 0 ? [] : poll();
    return found.reduce<number | null>((peak, {waiting}, nth) => {
      const listener = streams[nth];
      if (!waiting || !listener) return peak ?? 0;
      return greater(peak, acceptQueue(listener)?.waiting ?? null);
    }, null);
  };
}

function greater(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.max(one, other);
}

/** The kernel's counter has 32 bits. */
const WRAP = 2 ** 32;

function dropsSince(
  listeners: readonly Listener[],
  before: readonly (number | null)[],
): Pick<Traffic, 'drops' | 'dropsBy'> {
  const since = listeners.map((listener, nth) => {
    const [was, is] = [before[nth] ?? null, dropsAt(listener)];
    return was === null || is === null ? null : (is - was + WRAP) % WRAP;
  });
  const dropsBy = listeners.flatMap(({name, fd}, nth) => {
    const drops = since[nth] ?? 0;
    return drops > 0 ? [{listener: name, fd, drops}] : [];
  });
  const drops = since.reduce((sum, one) => (sum === null || one === null ? null : sum + one), 0);
  return {drops, dropsBy};
}

/** The replaced generations that are gone. */
function goneIn(end: Event | Answer): readonly number[] {
  if (!('replaced' in end)) return [];
  return end.replaced.filter(generation => !end.retiring.includes(generation));
}
