/**
 * Keeps listeners in order while workers have them: what one worker does to a socket affects all of them.
 *
 * ssd looks when workers are spawned, become ready or end, and when the status is asked for. After such an event of a
 * worker it looks again for ten seconds, at growing intervals, because a server that is told to finish may shut its
 * listeners down at once and live on. Then it sleeps. Only a queue that is not empty keeps it awake.
 */
import type {Event} from '../../shared/protocol/event.js';
import {causeOf} from '../../shared/words/errors.js';
import type {HandedOver} from '../handover/handed-over.js';
import type {Problems} from '../problems/problems.js';
import {listen, setNonBlocking} from '../system/posix.js';
import {createPoll} from '../system/posix-listener.js';
import {acceptQueue} from './accept-queue.js';
import {createAttention} from './attention.js';
import type {Listener} from './listener.js';
import {createListenerHealth, type HealthState} from './listener-health.js';
import {watchListenerPaths} from './listener-paths.js';
import {describeListener} from './listeners.js';
import {createQueueWatch, STUCK_MS} from './queue-watch.js';
import {createStaleSockets, type StaleState} from './stale-sockets.js';

/** At the end of a restart a queue counts as stuck sooner, so that the verdict can name it. */
const STUCK_AT_VERDICT_MS = 1000;

export type ListenerCareContext = {
  readonly listeners: readonly Listener[];
  /** For a listener that is made anew. */
  readonly backlog: number;
  /** What the options ask for; null: left as workers set it. */
  readonly kept: {readonly backlog: number | null; readonly nonBlocking: boolean | null};
  readonly problems: Pick<Problems, 'raise' | 'solve' | 'replace'>;
  readonly now: () => number;
};

export type ListenerCare = {
  /** Workers of this generation are about to be spawned: they get listeners that work. */
  readonly prepare: (generation: number) => void;
  readonly hear: (event: Event) => void;
  /** The status was asked for. */
  readonly look: () => void;
  /** The verdict of a restart is about to be sent. */
  readonly lookForVerdict: () => void;
  readonly handOver: () => HandedOver<ListenerCareState>;
  readonly dispose: () => void;
};

/** A contract: later versions of ssd read it. */
export type ListenerCareState = {
  readonly service: Service;
  /** The worker that may have done what is found next. */
  readonly suspect: string;
  /** ssd stops, so nothing is looked at any more. */
  readonly isOver: boolean;
  readonly stale: StaleState;
  readonly health: HealthState;
  /** The paths that are known to be gone. */
  readonly gone: readonly string[];
};

/** @param revived what a former image of ssd has handed over */
export function careForListeners(
  context: ListenerCareContext,
  revived: ListenerCareState | null = null,
): ListenerCare {
  const parts = createParts(context, revived);
  const {stale, health, paths, queues, poll} = parts;
  let {suspect, service} = revived ?? {suspect: 'a worker', service: 'not-yet'};
  let ended = context.listeners.length === 0;
  const look = (stuckMs = STUCK_MS) => {
    if (ended) return;
    const found = poll();
    health.look(found, suspect);
    // Until a generation is ready, clients wait for it.
    if (service !== 'not-yet') queues.look(found, service === 'vacant' ? null : stuckMs);
    paths.look();
  };
  const attention = createAttention({
    ...context,
    look,
    isSuspicious: () => service === 'vacant' || queues.isSuspicious(),
    onEnd: health.settle,
  });
  const dispose = () => {
    ended = true;
    attention.dispose();
    paths.dispose();
  };
  if (revived?.isOver) dispose();
  else if (revived && !ended) attention.pay();
  return {
    prepare: generation => {
      if (ended) return;
      health.retry();
      look();
      paths.putBack();
      stale.onSpawn(generation);
      keepAsAsked(context);
    },
    hear: event => {
      // No more clients are to be served, so it does not matter what workers do to listeners at their end.
      if (event.type === 'stop-asked') dispose();
      if (ended || !CHANGES.has(event.type)) return;
      suspect = suspectIn(event) ?? suspect;
      if ('ending' in event) health.reconnect(suspect);
      service = serviceAfter(event) ?? service;
      if (event.type === 'ready') stale.onReady(event.generation);
      look();
      keepAsAsked(context);
      attention.pay();
    },
    look: () => {
      const wasSuspicious = queues.isSuspicious();
      look();
      if (queues.isSuspicious() && !wasSuspicious) attention.pay();
    },
    lookForVerdict: () => look(STUCK_AT_VERDICT_MS),
    handOver: () => {
      const isOver = ended && context.listeners.length > 0;
      return {state: {service, suspect, isOver, ...stateOf(parts)}, fds: []};
    },
    dispose,
  };
}

function createParts(context: ListenerCareContext, revived: ListenerCareState | null) {
  const stale = createStaleSockets(context.problems, revived?.stale);
  return {
    stale,
    health: createListenerHealth({...context, stale}, revived?.health),
    paths: watchListenerPaths({...context, stale}, revived?.gone),
    queues: watchQueues(context),
    poll: createPoll(context.listeners.map(({own}) => own)),
  };
}

function stateOf({stale, health, paths}: Pick<ReturnType<typeof createParts>, 'stale' | 'health' | 'paths'>) {
  return {stale: stale.state(), health: health.state(), gone: paths.told()};
}

/** `vacant`: no generation serves, on purpose: for a pause, or to make room for the next one. */
type Service = 'not-yet' | 'serves' | 'vacant';

function serviceAfter({type}: Event): Service | null {
  if (type === 'ready') return 'serves';
  return type === 'paused' || type === 'making-room' ? 'vacant' : null;
}

/** Events after which a listener may not be what it was. */
const CHANGES: ReadonlySet<Event['type']> = new Set([
  'worker-ready',
  'paused',
  'making-room',
  'ready',
  'telling',
  'start-failed',
  'lost',
  'finished',
]);

function suspectIn(event: Event): string | null {
  if (event.type === 'telling') {
    return `a worker of generation ${event.generation}, which was told to finish (pid ${event.pids.join(', ')})`;
  }
  const isDeath = event.type === 'finished' || event.type === 'lost' || event.type === 'start-failed';
  if (!isDeath || event.pid === null) return null;
  return `pid ${event.pid} of generation ${event.generation}`;
}

/** A worker's own listen(2) sets the backlog for all, and fcntl(2) sets O_NONBLOCK. */
function keepAsAsked({listeners, kept: {backlog, nonBlocking}, problems}: ListenerCareContext): void {
  if (backlog === null && nonBlocking === null) return;
  for (const listener of listeners) {
    const subject = describeListener(listener);
    try {
      if (backlog !== null && listener.type !== 'udp') listen(listener.own, backlog);
      if (nonBlocking !== null) setNonBlocking(listener.own, nonBlocking);
      problems.solve('listener-setting', subject);
    } catch (error) {
      problems.raise({code: 'listener-setting', subject, cause: causeOf(error)});
    }
  }
}

/** Clients beyond the limit are kept off, and try again after a second and more, or are refused. */
const NEARLY = 0.8;

function nearlyFull(listener: Listener): {readonly subject: string; readonly cause: string}[] {
  const queue = acceptQueue(listener);
  if (!queue || queue.waiting < NEARLY * queue.limit) return [];
  return [{subject: describeListener(listener), cause: `its queue has room for ${queue.limit}`}];
}

function watchQueues({listeners, problems, now}: ListenerCareContext) {
  const queues = createQueueWatch();
  return {
    isSuspicious: queues.isSuspicious,
    /** @param stuckMs null: nobody is to accept now */
    look: (found: readonly {readonly waiting: boolean}[], stuckMs: number | null) => {
      problems.replace('queue-nearly-full', stuckMs === null ? listeners.flatMap(nearlyFull) : []);
      listeners.forEach((listener, nth) => {
        if (listener.type === 'udp') return;
        const isEmpty = !found[nth]?.waiting;
        // A kernel may not tell how many wait at a unix socket.
        queues.note(describeListener(listener), isEmpty ? 0 : (acceptQueue(listener)?.waiting ?? 1), now());
      });
      const cause = 'the queue has not become shorter for seconds';
      problems.replace(
        'queue-stuck',
        (stuckMs === null ? [] : queues.stuck(now(), stuckMs)).map(subject => ({subject, cause})),
      );
    },
  };
}
