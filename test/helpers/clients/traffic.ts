/** Clients that send one request after the other at a steady rate, and count the outcomes. */

import {watched} from '../mailbox.js';
import {type Client, type Exchange, http1, type Outcome} from './exchange.js';

export type Report = Readonly<Record<Outcome, number>> & {
  /** Requests that were not answered in full. */
  readonly failed: number;
  /** Answers by the generation that gave them. */
  readonly byGeneration: ReadonlyMap<number, number>;
  /** What went wrong the first few times. */
  readonly problems: readonly string[];
};

export type Traffic = {
  /** Resolves once that generation has answered this many times. */
  readonly answeredBy: (generation: number, times?: number) => Promise<void>;
  /** Resolves once a connection has been refused: nobody listens any more. */
  readonly refused: () => Promise<void>;
  readonly report: () => Report;
  /** Lets the requests that are under way end, and reports. */
  readonly stop: () => Promise<Report>;
};

/** How many clients there are, each with one request at a time. */
export const CLIENTS = 4;
/**
 * The rate: some 700 new connections a second. It waits for nothing; without it the client would take every
 * cycle from the servers under test, and from the tests beside it.
 */
const THINKING_MS = 5;
const MAX_PROBLEMS = 5;

export type TrafficOptions = {
  /** How a client talks; by default a connection for every request. */
  readonly open?: (port: number) => Client;
  /** One client asks for a page that takes its time, so that nearly always one request is under way. */
  readonly slow?: boolean;
  /** How long a client waits from one answer to its next request. */
  readonly thinkingMs?: number;
};

export function startTraffic(
  port: number,
  {open = http1, slow = false, thinkingMs = THINKING_MS}: TrafficOptions = {},
): Traffic {
  const tally = createTally();
  let stopping = false;
  const ask = async (path: string) => {
    const client = open(port);
    while (!stopping) {
      tally.count(await client.exchange(path));
      await new Promise(resolve => setTimeout(resolve, thinkingMs));
    }
    client.close();
  };
  const paths = Array.from({length: CLIENTS}, (_, index) => (slow && index === 0 ? '/slow' : '/'));
  const clients = Promise.all(paths.map(ask));
  return {
    answeredBy: (generation, times = 1) =>
      watched(
        tally.answeredBy(generation, times),
        () => `generation ${generation} has not answered ${times}×`,
      ),
    refused: () => watched(tally.refused, () => 'no connection is refused'),
    report: tally.report,
    stop: async () => {
      stopping = true;
      await watched(clients, () => 'a request got no end');
      return tally.report();
    },
  };
}

function createTally() {
  const outcomes = {answered: 0, refused: 0, reset: 0, cutShort: 0, otherwise: 0};
  const byGeneration = new Map<number, number>();
  const problems: string[] = [];
  const waiting: {readonly generation: number; readonly times: number; readonly resolve: () => void}[] = [];
  let onRefused = () => {};
  const refused = new Promise<void>(resolve => {
    onRefused = resolve;
  });
  const countAnswer = (generation: number) => {
    const times = (byGeneration.get(generation) ?? 0) + 1;
    byGeneration.set(generation, times);
    for (const waiter of waiting)
      if (waiter.generation === generation && waiter.times === times) waiter.resolve();
  };
  return {
    count: (exchange: Exchange) => {
      outcomes[exchange.outcome] += 1;
      if (exchange.outcome === 'refused') onRefused();
      if (exchange.outcome === 'answered') countAnswer(exchange.answer.generation);
      else if (problems.length < MAX_PROBLEMS) problems.push(`${exchange.outcome}: ${exchange.problem}`);
    },
    refused,
    answeredBy: (generation: number, times: number) =>
      (byGeneration.get(generation) ?? 0) >= times
        ? Promise.resolve()
        : new Promise<void>(resolve => waiting.push({generation, times, resolve})),
    report: (): Report => {
      const {answered, ...failures} = outcomes;
      const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
      return {...outcomes, failed, byGeneration: new Map(byGeneration), problems: [...problems]};
    },
  };
}
