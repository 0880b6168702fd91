/**
 * A client that opens a connection for every request, at a steady rate, and counts what becomes of each.
 * An answer counts only when it is whole, and its connection ended without an error.
 */
import net from 'node:net';
import {watched} from './mailbox.js';

type Outcome = 'answered' | 'refused' | 'reset' | 'cutShort' | 'otherwise';

export type Answer = {readonly generation: number; readonly pid: number};

export type Report = Readonly<Record<Outcome, number>> & {
  /** Requests that were not answered in full. */
  readonly failed: number;
  /** Answers by the generation that gave them. */
  readonly byGeneration: ReadonlyMap<number, number>;
  /** What went wrong the first few times. */
  readonly problems: readonly string[];
};

export type Traffic = {
  /** Resolves once that generation has answered, so many times if so asked. */
  readonly answeredBy: (generation: number, times?: number) => Promise<void>;
  /** Lets the requests that are under way end, and reports. */
  readonly stop: () => Promise<Report>;
};

/** How many clients there are, each with one request at a time. */
const CONCURRENCY = 4;
/**
 * The rate: some 700 new connections a second. It waits for nothing; without it the client would take every
 * cycle from the servers under test, and from the tests beside it.
 */
const THINKING_MS = 5;
const MAX_PROBLEMS = 5;
const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

export function startTraffic(port: number): Traffic {
  const tally = createTally();
  let stopping = false;
  const client = async () => {
    while (!stopping) {
      tally.count(await exchange(port));
      await new Promise(resolve => setTimeout(resolve, THINKING_MS));
    }
  };
  const clients = Promise.all(Array.from({length: CONCURRENCY}, client));
  return {
    answeredBy: (generation, times = 1) =>
      watched(
        tally.answeredBy(generation, times),
        () => `generation ${generation} has not answered ${times}×`,
      ),
    stop: async () => {
      stopping = true;
      await watched(clients, () => 'a request got no end');
      return tally.report();
    },
  };
}

/**
 * One request, which waits in the listener's queue while nobody accepts.
 *
 * @throws {Error} where it is not answered in full
 */
export async function request(port: number): Promise<Answer> {
  const result = await watched(exchange(port), () => `port ${port} does not answer`);
  if (result.outcome === 'answered') return result.answer;
  throw new Error(`${result.outcome}: ${result.problem}`);
}

type Exchange =
  | {readonly outcome: 'answered'; readonly answer: Answer}
  | {readonly outcome: Exclude<Outcome, 'answered'>; readonly problem: string};

function exchange(port: number): Promise<Exchange> {
  return new Promise(resolve => {
    let received = '';
    let error: NodeJS.ErrnoException | null = null;
    const socket = net.connect({port, host: '127.0.0.1'}, () => void socket.write(REQUEST));
    socket.setEncoding('latin1');
    socket.on('data', chunk => {
      received += chunk;
    });
    socket.on('error', cause => {
      error = cause;
    });
    socket.on('close', () => resolve(error ? failedBy(error) : judge(received)));
  });
}

function failedBy(error: NodeJS.ErrnoException): Exchange {
  const outcomes: Record<string, 'refused' | 'reset'> = {
    ECONNREFUSED: 'refused',
    ECONNRESET: 'reset',
    EPIPE: 'reset',
  };
  return {outcome: outcomes[error.code ?? ''] ?? 'otherwise', problem: error.message};
}

function judge(received: string): Exchange {
  const end = received.indexOf('\r\n\r\n');
  const head = received.slice(0, end);
  const body = received.slice(end + 4);
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1]);
  if (end === -1 || body.length < length) return {outcome: 'cutShort', problem: JSON.stringify(received)};
  const [, generation, pid] = /^generation (\d+), pid (\d+)\n$/.exec(body) ?? [];
  if (!head.startsWith('HTTP/1.1 200 ') || body.length !== length || pid === undefined)
    return {outcome: 'otherwise', problem: JSON.stringify(received)};
  return {outcome: 'answered', answer: {generation: Number(generation), pid: Number(pid)}};
}

function createTally() {
  const outcomes = {answered: 0, refused: 0, reset: 0, cutShort: 0, otherwise: 0};
  const byGeneration = new Map<number, number>();
  const problems: string[] = [];
  const waiting: {readonly generation: number; readonly times: number; readonly resolve: () => void}[] = [];
  const countAnswer = (generation: number) => {
    const times = (byGeneration.get(generation) ?? 0) + 1;
    byGeneration.set(generation, times);
    for (const waiter of waiting)
      if (waiter.generation === generation && waiter.times === times) waiter.resolve();
  };
  return {
    count: (exchange: Exchange) => {
      outcomes[exchange.outcome] += 1;
      if (exchange.outcome === 'answered') countAnswer(exchange.answer.generation);
      else if (problems.length < MAX_PROBLEMS) problems.push(`${exchange.outcome}: ${exchange.problem}`);
    },
    answeredBy: (generation: number, times: number) =>
      (byGeneration.get(generation) ?? 0) >= times
        ? Promise.resolve()
        : new Promise<void>(resolve => waiting.push({generation, times, resolve})),
    report: (): Report => {
      const {answered, ...failures} = outcomes;
      const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
      return {...outcomes, failed, byGeneration, problems};
    },
  };
}
