/**
 * Clients in an open loop: requests are due at a fixed rate, whether or not earlier ones have been answered, and the
 * time of a request counts from when it was due. A client that waits for each answer would see a server that stops for
 * a second as one slow request instead of a thousand.
 */
import http from 'node:http';

export type Sample = {
  /** When it was due, in ms since the load began. */
  readonly atMs: number;
  readonly tookMs: number;
  /** Null: answered as a whole. Else how it failed: an errno, or `status 502` and the like. */
  readonly failure: string | null;
};

export type LoadOptions = {
  readonly port: number;
  /** Requests a second. */
  readonly rate: number;
  /** Connections are used again; else each request has one of its own. */
  readonly keepAlive?: boolean;
};

export type Load = {
  /** Ms since the load began. */
  readonly elapsed: () => number;
  /** Ends it. Resolves when every request has had its end. */
  readonly stop: () => Promise<readonly Sample[]>;
};

/** More at once would be a server that does not answer at all. */
const MOST_CONNECTIONS = 4000;
/** A client that waits longer gives up. */
const PATIENCE_MS = 10_000;

export function startLoad({port, rate, keepAlive = false}: LoadOptions): Load {
  const agent = new http.Agent({keepAlive, maxSockets: MOST_CONNECTIONS, scheduling: 'fifo'});
  const samples: Sample[] = [];
  const begunAt = performance.now();
  const elapsed = () => performance.now() - begunAt;
  let sent = 0;
  let open = 0;
  let onDrained = () => {};
  const dueAt = () => (sent * 1000) / rate;
  const send = () => {
    const atMs = dueAt();
    sent += 1;
    open += 1;
    ask({port, agent}, failure => {
      samples.push({atMs, tookMs: elapsed() - atMs, failure});
      open -= 1;
      if (open === 0) onDrained();
    });
  };
  const timer = setInterval(() => {
    while (dueAt() <= elapsed()) send();
  }, 1);
  return {
    elapsed,
    stop: async () => {
      clearInterval(timer);
      if (open > 0) {
        await new Promise<void>(resolve => {
          onDrained = resolve;
        });
      }
      agent.destroy();
      return samples;
    },
  };
}

/** Waits until the load has run for this long. */
export async function untilElapsed({elapsed}: Pick<Load, 'elapsed'>, ms: number): Promise<void> {
  const left = ms - elapsed();
  if (left > 0) await new Promise(resolve => setTimeout(resolve, left));
}

/** The smallest time that so large a part of the requests did not exceed. @param part 0 to 1 */
export function quantile(samples: readonly Sample[], part: number): number {
  const times = samples.map(({tookMs}) => tookMs).sort((a, b) => a - b);
  return times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? Number.NaN;
}

export const failedOf = (samples: readonly Sample[]): readonly Sample[] =>
  samples.filter(({failure}) => failure !== null);

function ask(
  {port, agent}: {readonly port: number; readonly agent: http.Agent},
  onEnd: (failure: string | null) => void,
): void {
  const request = http.get({port, host: '127.0.0.1', path: '/', agent}, response => {
    let body = '';
    response.setEncoding('latin1');
    response.on('data', chunk => {
      body += chunk;
    });
    response.on('close', () => end(judge(response, body)));
  });
  let ended = false;
  const end = (failure: string | null) => {
    if (!ended) onEnd(failure);
    ended = true;
  };
  request.setTimeout(PATIENCE_MS, () => request.destroy(new Error('no answer')));
  request.on('error', error => end((error as NodeJS.ErrnoException).code ?? error.message));
}

function judge({complete, statusCode}: http.IncomingMessage, body: string): string | null {
  if (!complete) return 'cut short';
  if (statusCode !== 200) return `status ${statusCode}`;
  return /^generation \d+, pid \d+\n$/.test(body) ? null : 'another answer';
}
