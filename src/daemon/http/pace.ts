/**
 * Takes requests at a pace that leaves ssd most of its time. A few at a time are answered, and when that has taken more than
 * a part of the time that has passed, the next ones wait. Otherwise clients that ask again as soon as they are answered would
 * have the event loop to themselves, and a restart would come between.
 *
 * Who waits has one turn after the other with the rest, however much he asks: a probe waits for one request of each client.
 */

export type Pace<Client> = {
  /** Acts at once, or when it is this client's turn; what a client enters is done in that order. */
  readonly enter: (client: Client, act: () => void) => void;
  /** What this client waits for is not done. */
  readonly leave: (client: Client) => void;
};

/** How many are answered in one turn of the event loop. */
const BATCH = 8;
/** The part of the time that they may take, in the long run. */
const SHARE = 0.25;
/** What may be taken at once after a quiet time: some 100 requests. */
const MOST_SAVED_MS = 50;
/** The longest pause, however long a turn has taken on a machine that is busy with something else. */
const MOST_PAUSE_MS = 200;

/** @param now monotonic milliseconds */
export function createPace<Client>(now: () => number): Pace<Client> {
  /** In the order of their turns. None is empty. */
  const waiting = new Map<Client, (() => void)[]>();
  let [saved, countedAt] = [MOST_SAVED_MS, now()];
  /** How many more may be answered in the turn that has begun; null: none has begun. */
  let left: number | null = null;
  const begin = () => {
    const startedAt = now();
    saved = Math.min(MOST_SAVED_MS, saved + (startedAt - countedAt) * SHARE);
    countedAt = startedAt;
    setImmediate(end, startedAt);
    return BATCH;
  };
  const end = (startedAt: number) => {
    saved = Math.max(saved - (now() - startedAt), -MOST_PAUSE_MS * SHARE);
    left = 0;
    if (saved < 0) setTimeout(goOn, -saved / SHARE).unref();
    else goOn();
  };
  const goOn = () => {
    left = null;
    for (let taken = 0; taken < BATCH; taken += 1) {
      const act = next();
      if (!act) return;
      take(act);
    }
  };
  const next = () => {
    const [first] = waiting;
    if (!first) return null;
    const [client, acts] = first;
    const act = acts.shift();
    waiting.delete(client);
    if (acts.length > 0) waiting.set(client, acts);
    return act;
  };
  const take = (act: () => void) => {
    left = (left ?? begin()) - 1;
    act();
  };
  return {
    enter: (client, act) => {
      if (left !== 0) return take(act);
      const acts = waiting.get(client);
      if (acts) acts.push(act);
      else waiting.set(client, [act]);
    },
    leave: client => void waiting.delete(client),
  };
}
