/**
 * A thread that asks the control socket for the status all the time: over one connection that stays, and over a new one for
 * each question. It is a thread of its own because the load keeps the main one busy, which would count as silence.
 *
 * To `take` it answers with the longest that each kind of client has waited since it was asked last.
 */
import {parentPort, workerData} from 'node:worker_threads';
import {type RawClient, rawClient, request} from '../../helpers/clients/raw-client.js';
import type {Waits} from './silence.js';

/** Between an answer and the next question. */
const REST_MS = 2;
const control = String(workerData);

const longest = {kept: 0, fresh: 0};
let onRound = {kept: () => {}, fresh: () => {}};

async function keepAsking(kind: keyof Waits, client: () => Promise<RawClient>): Promise<never> {
  for (let id = 1; ; id += 1) {
    const askedAt = performance.now();
    const asked = await client();
    asked.say(request(id, 'status'));
    while ((await asked.next()).id !== id);
    if (kind === 'fresh') asked.socket.destroy();
    longest[kind] = Math.max(longest[kind], performance.now() - askedAt);
    onRound[kind]();
    await new Promise(resolve => setTimeout(resolve, REST_MS));
  }
}

/** Of a question that waits now, the answer is waited for. */
async function take(): Promise<Waits> {
  await Promise.all([
    new Promise<void>(resolve => Object.assign(onRound, {kept: resolve})),
    new Promise<void>(resolve => Object.assign(onRound, {fresh: resolve})),
  ]);
  onRound = {kept: () => {}, fresh: () => {}};
  const waits = {...longest};
  Object.assign(longest, {kept: 0, fresh: 0});
  return waits;
}

async function greeted(): Promise<RawClient> {
  const client = rawClient(control);
  await client.next();
  return client;
}

const kept = await greeted();
parentPort?.on('message', async () => parentPort?.postMessage(await take()));
keepAsking('kept', async () => kept);
keepAsking('fresh', greeted);
