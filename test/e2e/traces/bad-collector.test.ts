/** Whatever a collector does, ssd goes on, and says what is wrong without the headers that are secret. */
import {readFileSync} from 'node:fs';
import net, {type AddressInfo} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {problemsOf} from '../../helpers/clients/control.js';
import {createCollector} from '../../helpers/collector/collector.js';
import {Mailbox} from '../../helpers/mailbox.js';
import {createRig, type Rig, type Running} from '../../helpers/rig.js';

const SECRET = 'c2VjcmV0';
const HEADERS = {OTEL_EXPORTER_OTLP_HEADERS: `authorization=Basic%20${SECRET},x-scope=team`};
/** By when ssd has ended even on a busy machine. A request to a collector takes longer if it gets no answer. */
const END_MS = 8000;

/** A server that does what the test likes with each connection. */
async function listen(t: ExecutionContext, onConnection: (socket: net.Socket) => void): Promise<string> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Restarts, sees to it that nothing tells the secret, and stops. */
async function outlive(t: ExecutionContext, rig: Rig, ssd: Running): Promise<void> {
  const {code, stderr} = await rig.ssctl(['restart']);
  t.is(code, 0, stderr);
  for (const view of [['status'], ['status', '--json'], ['events', '--json'], ['problems']]) {
    const {stdout, stderr: said} = await rig.ssctl(view);
    t.false(`${stdout}${said}`.includes(SECRET), view.join(' '));
  }
  const begin = performance.now();
  t.is((await rig.ssctl(['stop'])).code, 0);
  t.is((await ssd.exit()).code, 0);
  t.true(performance.now() - begin < END_MS);
  t.false((await ssd.told()).includes(SECRET));
}

test('one that is dead becomes a problem, which ends when it takes the traces', async t => {
  const rig = await createRig(t);
  const endpoint = await listen(t, socket => socket.resetAndDestroy());
  const ssd = rig.ssd(['--interval=0'], undefined, {
    env: {OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...HEADERS},
  });
  await ssd.line(/warning: cannot send traces to http:\/\/127\.0\.0\.1:\d+\/v1\/traces: /);
  t.like(await problemsOf(rig), [{code: 'traces', subject: `${endpoint}/v1/traces`}]);
  await outlive(t, rig, ssd);
});

test('one that is silent keeps nobody waiting', async t => {
  const rig = await createRig(t);
  const heard = new Mailbox<net.Socket>('a connection');
  const endpoint = await listen(t, socket => {
    socket.resume();
    heard.put(socket);
  });
  const ssd = rig.ssd(['--interval=0'], undefined, {
    env: {OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: '300', ...HEADERS},
  });
  await heard.take();
  await ssd.line(/warning: cannot send traces to \S+: no answer within 300 ms/);
  await outlive(t, rig, ssd);
});

test('one that answers without end is cut off', async t => {
  const rig = await createRig(t);
  const over = new Mailbox<null>('the end of the connection');
  const endpoint = await listen(t, socket => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n');
    const more = () => {
      while (socket.writable && socket.write('x'.repeat(4096)));
    };
    socket.on('drain', more);
    socket.on('close', () => over.put(null));
    more();
  });
  const ssd = rig.ssd(['--interval=0'], undefined, {
    env: {OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...HEADERS},
  });
  await over.take();
  await outlive(t, rig, ssd);
});

for (const [what, answer] of [
  ['sends no HTTP', 'nonsense\r\n\r\n'],
  ['has endless headers', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}\r\n\r\n`],
  ['changes the protocol', 'HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'],
] as const) {
  test(`one that ${what} harms nothing`, async t => {
    const rig = await createRig(t);
    const endpoint = await listen(t, socket => {
      socket.write(answer);
      socket.resume();
    });
    const ssd = rig.ssd(['--interval=0'], undefined, {
      env: {OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: '1000', ...HEADERS},
    });
    await ssd.line(/warning: cannot send traces to /);
    await outlive(t, rig, ssd);
  });
}

test('a redirection is not followed, so the headers go nowhere else', async t => {
  const rig = await createRig(t);
  const collector = await createCollector(t);
  const elsewhere = await listen(t, () => t.fail('somebody has followed it'));
  const ssd = rig.ssd(['--interval=0'], undefined, {env: {...collector.env, ...HEADERS}});
  const {headers, respond} = await collector.next();
  t.is(headers.authorization, `Basic ${SECRET}`);
  t.is(headers['x-scope'], 'team');
  respond(307, {location: elsewhere});
  await ssd.line(/warning: cannot send traces to \S+: it answered with status 307; \d spans? (is|are) lost/);
  const restarting = rig.ssctl(['restart']);
  (await collector.next()).respond();
  await ssd.line(/resolved after \S+: could not send traces to /);
  t.is((await restarting).code, 0);
});

test('one that is busy gets the same spans again, when it likes', async t => {
  const rig = await createRig(t);
  const collector = await createCollector(t);
  const ssd = rig.ssd(['--interval=0'], undefined, {env: collector.env});
  const first = await collector.next();
  first.respond(503, {'retry-after': '0'}, '{"code":14,"message":"later, please\\u001b[2J"}');
  await ssd.line(/warning: cannot send traces to \S+: it answered with status 503: later, please\?\[2J$/);
  const again = await collector.next();
  t.deepEqual(again.spans, first.spans);
  again.respond(200, {}, '{"partialSuccess":{"rejectedSpans":"1","errorMessage":"too old"}}');
  t.is((await rig.ssctl(['restart'])).code, 0);
  while ((await collector.trace()).root.name !== 'restart');
  await ssd.line(
    /resolved after \S+: could not send .* it rejected a span: too old; 1 span is lost \(occurred 2 times\)/,
  );
});

test('the address, the name of the service and its attributes are those of the environment', async t => {
  const rig = await createRig(t);
  const collector = await createCollector(t);
  rig.ssd(['--interval=0'], undefined, {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://user:${SECRET}@127.0.0.1:${collector.port}/otlp/`,
      OTEL_SERVICE_NAME: 'shop',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,deployment.environment.name=test%20bed',
    },
  });
  const {path, headers, resource, respond} = await collector.next();
  respond();
  t.is(path, '/otlp/v1/traces');
  t.is(headers.authorization, `Basic ${Buffer.from(`user:${SECRET}`).toString('base64')}`);
  t.like(resource, {'service.name': 'shop', 'deployment.environment.name': 'test bed'});
});

test('ssd does not wait for one that is gone', async t => {
  const rig = await createRig(t);
  const endpoint = await listen(t, socket => socket.resetAndDestroy());
  const ssd = rig.ssd(['--ready=notify', `--pid-file=${rig.path('pid')}`], undefined, {
    env: {OTEL_EXPORTER_OTLP_ENDPOINT: endpoint},
  });
  await (await rig.conductor.nextWorker()).notify('READY=1');
  await ssd.line(/warning: cannot send traces to /);
  const restarting = rig.ssctl(['restart']);
  await rig.conductor.nextWorker();
  t.is(readFileSync(rig.path('pid'), 'utf8').trim(), String(ssd.pid));
  ssd.kill('SIGTERM');
  t.is((await ssd.exit()).code, 0);
  t.not((await restarting).code, 0);
});
