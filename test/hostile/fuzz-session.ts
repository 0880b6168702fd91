/** Sends the messages of the grammar in batches over several sessions, and compares every answer. */
import net from 'node:net';
import type {Message} from '../helpers/clients/raw-client.js';
import {eachLine} from '../helpers/lines.js';
import {watched} from '../helpers/mailbox.js';
import {createRandom, type Random} from '../simulation/world/random.js';
import {type Expected, type Said, say} from './grammar.js';

export type FuzzOptions = {
  readonly control: string;
  readonly seed: number;
  readonly messages: number;
};

export type FuzzReport = {
  readonly sent: number;
  readonly byProduction: ReadonlyMap<string, number>;
  readonly sessions: number;
};

const SESSIONS = 4;
/** Restarts of a batch wait for each other, so few of them: a session may have 64 requests waiting. */
const BATCH = 50;

/** @throws {Error} when an answer is missing, too much or another than expected; it tells the seed and the line */
export async function fuzz({control, seed, messages}: FuzzOptions): Promise<FuzzReport> {
  const tally = {sent: 0, byProduction: new Map<string, number>(), sessions: 0};
  const share = Math.ceil(messages / SESSIONS);
  const clients = Array.from({length: SESSIONS}, async (_, index) => {
    const random = createRandom(seed + index);
    let left = share;
    while (left > 0) {
      tally.sessions += 1;
      const client = callUp(control);
      left = await converse(client, {random, left, tally});
      client.socket.destroy();
    }
  });
  try {
    await Promise.all(clients);
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`);
  }
  return tally;
}

type Talk = {readonly random: Random; readonly left: number; readonly tally: Tally};
type Tally = {sent: number; byProduction: Map<string, number>; sessions: number};

/** One session, until the daemon hangs up or there is nothing left. @returns how many messages are left */
async function converse(client: Client, {random, left, tally}: Talk): Promise<number> {
  let number = 0;
  let rest = left;
  while (rest > 0) {
    const batch: Said[] = [];
    while (batch.length < Math.min(BATCH, rest) && batch.at(-1)?.expected.kind !== 'end') {
      number += 1;
      const said = say(random, number);
      // A client that was hung up on gets no answer to what still runs.
      const isLost = said.expected.kind === 'end' && batch.some(({production}) => production === 'slow');
      if (!isLost) batch.push(said);
    }
    for (const {production} of batch) {
      tally.byProduction.set(production, (tally.byProduction.get(production) ?? 0) + 1);
    }
    rest -= batch.length;
    tally.sent += batch.length;
    const heard = hear(client, batch);
    await transmit(client, batch.map(({line}) => `${line}\n`).join(''), random);
    await heard;
    if (batch.at(-1)?.expected.kind === 'end') {
      await client.closed;
      return rest;
    }
    // Now and then it leaves in the middle of a line.
    if (random.below(50) === 0) {
      client.socket.write('{"jsonrpc":"2.0","id":1,"meth');
      return rest;
    }
  }
  return rest;
}

/** Whole, or cut where no line ends, also inside a character. */
async function transmit(client: Client, text: string, random: Random): Promise<void> {
  if (random.below(10) > 0) {
    client.socket.write(text);
    return;
  }
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; ) {
    const end = start + 1 + random.below(bytes.length / 4);
    client.socket.write(bytes.subarray(start, end));
    start = end;
    await new Promise(resolve => setImmediate(resolve));
  }
}

type Client = {
  readonly socket: net.Socket;
  readonly closed: Promise<void>;
  /** Takes every final answer from now on. */
  hear: (message: Message) => void;
};

/** No promise for each message, as `rawClient` has it: that would cost more than the daemon does. */
function callUp(control: string): Client {
  const socket = net.connect({path: control});
  const closed = new Promise<void>(resolve => socket.on('close', () => resolve()));
  const client: Client = {socket, closed, hear: () => {}};
  socket.on('error', () => {});
  eachLine(socket, line => {
    if (!PROGRESS.test(line)) client.hear(JSON.parse(line) as Message);
  });
  return client;
}

const PROGRESS = /^\{"jsonrpc":"2.0","method":/;

/** Resolves when as many final answers have come as are due; each must be one of them. */
function hear(client: Client, batch: readonly Said[]): Promise<void> {
  const due = new Map<string, Said[]>();
  let loose = 0;
  let count = 0;
  for (const said of batch) {
    if (said.expected.kind === 'silence') continue;
    count += 1;
    if (said.expected.kind === 'any') loose += 1;
    else due.set(keyOf(said.expected), [...(due.get(keyOf(said.expected)) ?? []), said]);
  }
  const heard = new Promise<void>((resolve, reject) => {
    if (count === 0) resolve();
    client.hear = message => {
      count -= 1;
      if (!due.get(keyFrom(message))?.pop()) loose -= 1;
      if (loose < 0 || count < 0)
        reject(new Error(`nobody is due ${JSON.stringify(message).slice(0, 300)}; ${describe(due)}`));
      if (count === 0) resolve();
    };
  });
  return watched(heard, () => `answers are missing; ${describe(due)}`);
}

function keyOf(expected: Extract<Expected, {code: string}>): string {
  return JSON.stringify([expected.kind === 'answer' ? expected.id : null, expected.code]);
}

function keyFrom({id = null, error}: Message): string {
  return JSON.stringify([id, error?.data.code ?? 'ok']);
}

function describe(due: ReadonlyMap<string, readonly Said[]>): string {
  const lines = [...due.values()]
    .flat()
    .map(({line, expected}) => `${JSON.stringify(expected)} for ${line.slice(0, 200)}`);
  return `not answered:\n${lines.slice(0, 5).join('\n')}`;
}
