/**
 * Finds a queue that nobody empties: it is not empty, and has not become shorter for some time. A server that keeps up
 * empties its queue in milliseconds. An overloaded server can look like one that does not accept at all, but its clients
 * wait just as long. Pure.
 */

/** How long a queue may stand still. */
export const STUCK_MS = 5000;

export type QueueWatch = {
  /** Takes in how many wait now. */
  readonly note: (key: string, waiting: number, now: number) => void;
  /** The queues that have stood still for this long. A queue that was returned once is returned until it moves. */
  readonly stuck: (now: number, forMs: number) => readonly string[];
  /** Whether any is not empty. */
  readonly isSuspicious: () => boolean;
};

export function createQueueWatch(): QueueWatch {
  const standing = new Map<string, {readonly since: number; waiting: number; said: boolean}>();
  return {
    note: (key, waiting, now) => {
      const known = standing.get(key);
      if (waiting === 0) standing.delete(key);
      else if (!known || waiting < known.waiting) standing.set(key, {since: now, waiting, said: false});
      else known.waiting = waiting;
    },
    stuck: (now, forMs) => {
      for (const queue of standing.values()) queue.said ||= now - queue.since >= forMs;
      return [...standing].flatMap(([key, {said}]) => (said ? [key] : []));
    },
    isSuspicious: () => standing.size > 0,
  };
}
