/** Clients of HTTP that take their time: each is hung up on, and supervision does not notice. */
import net from 'node:net';
import type {ExecutionContext} from 'ava';
import {status} from '../helpers/clients/control.js';
import {get} from '../helpers/clients/http.js';
import {watched} from '../helpers/mailbox.js';
import {needs} from '../helpers/programs.js';
import {recovers, stage} from './scene.js';

/** A client has ten seconds, and ssd looks every five. */
const PATIENCE_MS = 30_000;
const HEAD = 'GET /livez HTTP/1.1\r\nHost: localhost\r\n';

const run = needs('perl');

for (const [title, act, answer] of [
  ['says nothing', () => {}, /^$/],
  ['sends half a head', (socket: net.Socket) => socket.write(HEAD), /^HTTP\/1\.1 408 Request Timeout\r\n/],
  ['sends a head byte by byte', (socket: net.Socket) => drip(socket, `${HEAD}X: `), /^HTTP\/1\.1 408 /],
  [
    'sends a body byte by byte',
    (socket: net.Socket) => drip(socket, `${HEAD}Content-Length: 9999\r\n\r\n`),
    /^HTTP\/1\.1 200 OK\r\n/,
  ],
] as const) {
  run(`a client that ${title} is hung up on`, async t => {
    const scene = await stage(t, ['--http=0']);
    const {http: place = ''} = (await status(scene.rig)) as {readonly http?: string};
    const clients = Array.from({length: 20}, () => visit(t, place, act));
    for (const text of await Promise.all(clients)) t.regex(text, answer);
    t.is((await get(place, '/livez')).status, 200);
    await recovers(t, scene);
  });
}

/** @returns what it got until the end */
function visit(t: ExecutionContext, place: string, act: (socket: net.Socket) => unknown): Promise<string> {
  const socket = net.connect(Number(new URL(place).port), '127.0.0.1');
  t.teardown(() => socket.destroy());
  let text = '';
  socket.on('error', () => {});
  socket.on('data', chunk => {
    text += chunk;
  });
  act(socket);
  const closed = new Promise<string>(resolve => socket.once('close', () => resolve(text)));
  return watched(closed, () => `not hung up on; it got ${text}`, PATIENCE_MS);
}

/** Sends the head at once, and then a byte at a time. */
function drip(socket: net.Socket, head: string): void {
  socket.write(head);
  const timer = setInterval(() => socket.write('x'), 100);
  socket.on('close', () => clearInterval(timer));
}
