/** Received items and waiting readers, in order. A wait that takes too long fails and says what it waited for. */
export class Mailbox<T> {
  readonly #name: string;
  readonly #items: T[] = [];
  readonly #takers: ((item: T) => void)[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  put(item: T): void {
    const taker = this.#takers.shift();
    if (taker) taker(item);
    else this.#items.push(item);
  }

  take(patienceMs?: number): Promise<T> {
    const [item] = this.#items.splice(0, 1);
    if (item !== undefined) return Promise.resolve(item);
    return watched(
      new Promise<T>(resolve => this.#takers.push(resolve)),
      () => `waited in vain for ${this.#name}`,
      patienceMs,
    );
  }
}

/** The only clock in a test: it never waits for something to have happened, it fails where nothing did. */
const WATCHDOG_MS = 20_000;
const LOOKS = 20;

/**
 * Fails with what `report` says when `promise` takes far too long. Only time counts in which this process could hear of it:
 * tests of one file share an event loop, which one of them may hold up for seconds, and timers that are due by then come
 * before what has arrived.
 */
export async function watched<T>(
  promise: Promise<T>,
  report: () => string,
  patienceMs = WATCHDOG_MS,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const watchdog = new Promise<never>((_, reject) => {
    const lookIn = (looks: number) => {
      timer = setTimeout(() => {
        if (looks > 0) lookIn(looks - 1);
        else reject(new Error(report()));
      }, patienceMs / LOOKS);
    };
    lookIn(LOOKS - 1);
  });
  try {
    return await Promise.race([promise, watchdog]);
  } finally {
    clearTimeout(timer);
  }
}
