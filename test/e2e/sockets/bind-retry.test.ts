import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import net from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {ask, createRig, INSTALLED, SERVER} from '../../helpers/rig.js';
import {freePort} from '../../helpers/sockets.js';

/** Another server there, in this process. */
async function holder(t: ExecutionContext, port: number): Promise<net.Server> {
  const server = net.createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return server;
}

test('with --bind-retry a port that is in use is bound as soon as it is free', async t => {
  const rig = await createRig(t);
  const port = await freePort();
  const other = await holder(t, port);
  const ssd = rig.ssd([`--port=127.0.0.1:${port}`, '--bind-retry=1h']);
  const line = await ssd.line(/ssd tries again/);
  t.regex(line, new RegExp(`cannot listen on tcp 127\\.0\\.0\\.1:${port}: EADDRINUSE`));
  t.regex(line, new RegExp(`pid ${process.pid} .*; ssd tries again for (1h|59m|3\\d{3}(\\.\\d+)?s)`));
  other.close();
  await ssd.line(/listening on tcp/);
  const {pid} = await rig.conductor.nextWorker();
  t.deepEqual(await ask(port), {generation: 1, pid});
  t.is((await ssd.told()).match(/tries again/g)?.length, 1);
});

test('a unix path and an abstract name are waited for in the same way', async t => {
  const rig = await createRig(t);
  for (const path of [rig.path('x'), `@ssdt-retry-${process.pid}`]) {
    const start = (control: string, program: readonly string[]) => {
      const args = [`--control=${rig.path(control)}`, `--path=${path}`, '--bind-retry=1h'];
      return rig.start([INSTALLED.ssd, ...args, '--', ...program]);
    };
    const other = start('c1', ['sleep', '1000']);
    await other.line(/generation 1 spawned/);
    const ssd = start('c2', SERVER);
    await ssd.line(/is listening there; ssd tries again/);
    other.kill('SIGTERM');
    const {env} = await rig.conductor.nextWorker();
    t.is(env.SERVER_STARTER_PORT, `${path}=3`);
    ssd.kill('SIGTERM');
    await ssd.exit();
  }
});

test('when the time is over, the refusal is the one of a start without it', async t => {
  const rig = await createRig(t);
  const port = await freePort();
  await holder(t, port);
  const args = [`--port=127.0.0.1:${port}`, `--control=${rig.control}`, '--', ...SERVER];
  const plain = await rig.runSsd(args);
  const patient = await rig.runSsd(['--bind-retry=150ms', ...args]);
  t.is(patient.code, plain.code);
  t.is(patient.stderr.split('\n').at(-2), plain.stderr.split('\n').at(-2));
  t.regex(patient.stderr, /ssd tries again for/);
});

test('SIGTERM ends the waiting at once', async t => {
  const rig = await createRig(t);
  const port = await freePort();
  await holder(t, port);
  const ssd = rig.ssd([`--port=127.0.0.1:${port}`, '--bind-retry=1h']);
  await ssd.line(/ssd tries again/);
  ssd.kill('SIGTERM');
  t.deepEqual(await ssd.exit(), {code: 0, signal: null});
  t.throws(() => readFileSync(rig.control), {code: 'ENOENT'});
});

test('a port that is given twice is refused at once', async t => {
  const rig = await createRig(t);
  const port = await freePort();
  const ports = [`--port=127.0.0.1:${port}`, `--port=${port}`];
  const {code, stderr} = await rig.runSsd([
    `--control=${rig.control}`,
    ...ports,
    '--bind-retry=1h',
    '--',
    ...SERVER,
  ]);
  t.is(code, 1);
  t.regex(stderr, /^ssd: cannot listen on tcp .* ssd itself listens there/);
});

test('with a log file, the line is told at once and is in the file, too', async t => {
  const rig = await createRig(t);
  const port = await freePort();
  const other = await holder(t, port);
  const args = [`--port=127.0.0.1:${port}`, '--bind-retry=1h', `--log-file=${rig.path('log')}`];
  const ssd = rig.ssd(args);
  await ssd.line(/ssd tries again/);
  other.close();
  await rig.conductor.nextWorker();
  t.is(readFileSync(rig.path('log'), 'utf8').match(/tries again/g)?.length, 1);
});

test('--check does not wait', async t => {
  const rig = await createRig(t);
  const port = await freePort();
  await holder(t, port);
  const args = ['--check', `--port=127.0.0.1:${port}`, `--control=${rig.control}`, '--bind-retry=1h'];
  const {code, stderr} = await rig.runSsd([...args, '--', ...SERVER]);
  t.is(code, 1);
  t.regex(stderr, /^ssd: cannot listen on tcp/);
});
