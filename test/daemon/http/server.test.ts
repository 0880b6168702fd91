/** The server of HTTP with a view of the test's own: how clients are bounded in number, in requests and in bytes. */
import {subscribe, unsubscribe} from 'node:diagnostics_channel';
import type {IncomingMessage} from 'node:http';
import net from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {createBorder} from '../../../src/daemon/faults/border.js';
import {MAX_PIPELINED, MAX_UNREAD} from '../../../src/daemon/http/connections.js';
import {serveHttp} from '../../../src/daemon/http/server.js';
import type {HttpView} from '../../../src/daemon/http/view.js';
import {createPatience} from '../../../src/daemon/sockets/binding/in-use.js';
import {bindHttp} from '../../../src/daemon/sockets/http/bind.js';
import {get} from '../../helpers/clients/http.js';
import {watched} from '../../helpers/mailbox.js';

const ask = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
const LAST = 'Connection: close\r\n';

const VIEW: HttpView = {
  probe: () => ({serving: 1, isPaused: false, isStopping: false}),
  status: () => Promise.reject(new Error('not asked for')),
  metricsIn: () => Promise.resolve('x'),
  history: {last: () => 0, after: () => [], follow: () => () => {}},
  epoch: 'e',
};

async function served(
  t: ExecutionContext,
  {most = 256, view = {}}: {most?: number; view?: Partial<HttpView>},
) {
  const wish = {type: 'tcp', host: '127.0.0.1', port: 0, asked: '', isPublic: false} as const;
  const {fd, place} = await bindHttp(wish, {patience: createPatience(0)});
  const reports: string[] = [];
  const server = serveHttp({
    fd,
    clients: [],
    view: {...VIEW, ...view},
    loopback: null,
    mostConnections: most,
    border: createBorder(({subject, cause}) => void reports.push(`${subject}: ${cause}`)),
    onError: error => t.fail(String(error)),
  });
  t.teardown(server.close);
  const connect = () => connected(t, Number(new URL(place).port));
  return {place, reports, connect};
}

/** A client that reads nothing before it is told to. */
async function connected(t: ExecutionContext, port: number) {
  const socket = net.connect({port, host: '127.0.0.1', noDelay: true});
  t.teardown(() => socket.destroy());
  socket.on('error', () => {});
  await new Promise(resolve => socket.once('connect', resolve));
  const text = {read: ''};
  const closed = watched(
    new Promise<void>(resolve => socket.once('close', () => resolve())),
    () => `not hung up on; it got ${text.read.slice(0, 1000)}`,
  );
  // It may never be awaited.
  closed.catch(() => {});
  const readAll = () =>
    void socket.on('data', chunk => {
      text.read += chunk;
    });
  return {socket, text, closed, readAll};
}

test('where there are too many, the one that has been silent for longest makes room', async t => {
  const {place, connect} = await served(t, {most: 3});
  const silent = [await connect(), await connect(), await connect()];
  for (const {readAll} of silent) readAll();
  t.is((await get(place, '/readyz')).status, 200);
  await silent[0]?.closed;
  silent[1]?.socket.write(ask('/livez'));
  await new Promise(resolve => silent[1]?.socket.once('data', resolve));
  t.is((await get(place, '/readyz')).status, 200);
  await connect();
  await connect();
  await silent[2]?.closed;
  t.false(silent[1]?.socket.destroyed);
});

test('clients that wait for an answer, or follow the events, keep no probe out', async t => {
  const never = new Promise<string>(() => {});
  const {place, connect} = await served(t, {most: 3, view: {metricsIn: () => never}});
  const waiting = [await connect(), await connect(), await connect()];
  for (const [nth, {socket, readAll}] of waiting.entries()) {
    readAll();
    socket.write(ask(nth === 0 ? '/events' : '/metrics'));
  }
  await new Promise(resolve => waiting[0]?.socket.once('data', resolve));
  t.is((await get(place, '/readyz')).status, 200);
});

test(`a connection may have ${MAX_PIPELINED} requests under way, and is answered in order`, async t => {
  let answer = (_: string) => {};
  const metrics = new Promise<string>(resolve => {
    answer = resolve;
  });
  const {place, connect} = await served(t, {view: {metricsIn: () => metrics}});
  const [patient, greedy] = [await connect(), await connect()];
  for (const {readAll} of [patient, greedy]) readAll();
  patient.socket.write(ask('/metrics') + ask('/livez').repeat(MAX_PIPELINED - 2) + ask('/livez', LAST));
  greedy.socket.write(ask('/metrics') + ask('/livez').repeat(MAX_PIPELINED));
  await greedy.closed;
  t.is(greedy.text.read, '');
  t.is((await get(place, '/readyz')).status, 200);
  answer('the metrics');
  await patient.closed;
  t.is(patient.text.read.match(/HTTP\/1\.1 200 OK\r\n/g)?.length, MAX_PIPELINED);
  t.true(patient.text.read.indexOf('the metrics') < patient.text.read.indexOf('\r\n\r\nalive'));
});

test('of what follows too many requests at once, nothing is made', async t => {
  const {place, connect} = await served(t, {});
  let made = 0;
  const count = (message: unknown) => {
    const {request} = message as {readonly request: IncomingMessage};
    if (request.url === '/counted') made += 1;
  };
  subscribe('http.server.request.start', count);
  t.teardown(() => unsubscribe('http.server.request.start', count));
  const requests = [
    ask('/counted'),
    'GET /counted HTTP/1.1\r\n\r\n',
    ask('/counted', 'Upgrade: x\r\n'),
    ask('/counted', 'Expect: x\r\n'),
    ask('/counted', 'Expect: 100-continue\r\n'),
    ask('/counted').replace('GET', 'POST'),
  ];
  for (const request of requests) {
    const client = await connect();
    made = 0;
    client.readAll();
    client.socket.write(request.repeat(3000));
    await client.closed;
    t.true(made > 0 && made <= 2 * MAX_PIPELINED, `${made} of ${request}`);
  }
  t.is((await get(place, '/readyz')).status, 200);
});

test('a request is answered whatever its target form, and what it would upgrade to, and one of HTTP/1.1 without a host is refused', async t => {
  const {connect} = await served(t, {});
  for (const [request, status] of [
    [ask('/livez', 'Upgrade: h2c\r\nConnection: upgrade\r\n'), 200],
    [ask('http://localhost/livez?x', LAST), 200],
    [ask('http://localhost/nothing', LAST), 404],
    ['GET /livez HTTP/1.0\r\n\r\n', 200],
    [`GET /livez HTTP/1.1\r\n${LAST}\r\n`, 400],
    ['CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\n\r\n', 405],
  ] as const) {
    const client = await connect();
    client.readAll();
    client.socket.write(request);
    await client.closed;
    t.regex(client.text.read, new RegExp(`^HTTP/1.1 ${status} `), request);
  }
});

test('what clients leave unread is bounded: the worst are hung up on', async t => {
  // More than the kernel takes, and two of them are too much.
  const metrics = 'x'.repeat(0.6 * MAX_UNREAD);
  const {place, connect} = await served(t, {view: {metricsIn: () => Promise.resolve(metrics)}});
  const clients = [];
  for (let nth = 0; nth < 6; nth += 1) {
    const client = await connect();
    clients.push(client);
    client.socket.write(ask('/metrics', LAST));
    // By the time that this one is answered, the other one is asked.
    t.is((await get(place, '/metrics')).text.length, metrics.length);
  }
  for (const {readAll} of clients) readAll();
  for (const {closed} of clients) await closed;
  const whole = clients.filter(({text}) => text.read.length > metrics.length).length;
  t.true(whole > 0 && whole <= 2, `${whole} got all of it`);
});

test('an error behind an answer is told, and the client gets 500', async t => {
  const {place, reports} = await served(t, {});
  t.is((await get(place, '/status.json')).status, 500);
  t.deepEqual(reports, ['HTTP /status.json: not asked for']);
});
