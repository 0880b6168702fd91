/** Restarts third-party servers under traffic, and stops them. They run as their users run them. */
import {once} from 'node:events';
import {mkdirSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import {text} from 'node:stream/consumers';
import test, {type ExecutionContext} from 'ava';
import {CLIENTS, startTraffic} from '../helpers/clients/traffic.js';
import {watched} from '../helpers/mailbox.js';
import {needs} from '../helpers/programs.js';
import {boundPort, createRig} from '../helpers/rig.js';
import {HELLO, livingIn} from '../helpers/servers.js';
import {freePort} from '../helpers/sockets.js';
import {SERVERS, type Server} from './matrix.js';

/** How often each is restarted, and how many answers each generation gives in between. */
const RESTARTS = 3;
const ANSWERS = 20;

for (const server of SERVERS)
  needs(...server.needs)(`${server.name} is restarted under traffic and stopped under traffic`, t =>
    restartAndStop(t, server),
  );

for (const server of SERVERS)
  needs(...server.needs)(`a release of ${server.name} that cannot be loaded replaces nothing`, t =>
    refuseBroken(t, server),
  );

async function restartAndStop(t: ExecutionContext, server: Server): Promise<void> {
  const rig = await createRig(t);
  if (server.prepare) t.is((await rig.run(server.prepare)).code, 0);
  const port = await freePort();
  const {ready, descriptor = '', args = [], program, env = {}, mayLose = 0} = server;
  const ssd = rig.ssd([`--port=127.0.0.1:${port}${descriptor}`, `--ready=${ready}`, ...args], program, {env});
  await ssd.line(/generation 1 is ready/);

  const traffic = startTraffic(port, server);
  t.teardown(async () => void (await traffic.stop()));
  await traffic.answeredBy(1, ANSWERS);
  for (let generation = 2; generation <= RESTARTS + 1; generation += 1) {
    ssd.kill('SIGHUP');
    await ssd.line(new RegExp(`restart completed: generation ${generation} `));
    await traffic.answeredBy(generation, ANSWERS);
  }
  const restarted = traffic.report();
  t.is(restarted.refused + restarted.otherwise, 0, restarted.problems.join('\n'));
  t.true(restarted.failed <= mayLose * RESTARTS, restarted.problems.join('\n'));

  ssd.kill('SIGTERM');
  t.deepEqual(await ssd.exit(), {code: 0, signal: null}, ssd.stderr());
  await traffic.refused();
  const stopped = await traffic.stop();
  t.true(stopped.cutShort - restarted.cutShort <= mayLose, stopped.problems.join('\n'));
  // Each client may have had one connection in the listener's queue that nobody had accepted.
  t.true(stopped.reset - restarted.reset <= mayLose + CLIENTS, stopped.problems.join('\n'));
  t.is(stopped.otherwise, 0, stopped.problems.join('\n'));
  t.deepEqual(livingIn(ssd.pid), []);
  t.log(`${restarted.answered} requests answered over ${RESTARTS} restarts, ${restarted.failed} not`);
}

async function refuseBroken(t: ExecutionContext, server: Server): Promise<void> {
  const rig = await createRig(t);
  if (server.prepare) t.is((await rig.run(server.prepare)).code, 0);
  const {ready, descriptor = '', args = [], program, env = {}} = server;
  mkdirSync(rig.path('env'));
  const patient = ready === 'interval' ? ['--interval=5'] : [];
  const options = [
    `--port=127.0.0.1:${await freePort()}${descriptor}`,
    `--ready=${ready}`,
    ...args,
    ...patient,
    `--envdir=${rig.path('env')}`,
  ];
  const ssd = rig.ssd(options, program, {env});
  await ssd.line(/generation 1 is ready/);
  writeFileSync(rig.path('env/BROKEN'), '1');
  const {code, stderr} = await rig.ssctl(['restart']);
  t.is(code, 1, stderr);
  t.regex(stderr, /^ssctl: restart failed: generation 2 .*; generation 1 keeps serving$/m);
}

test('the example server answers what it has accepted, and closes what is idle, before it ends', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--interval=0.3'], HELLO);
  const port = await boundPort(ssd);
  await ssd.line(/generation 1 is ready/);
  const half = connect(port);
  half.write('GET / HTTP/1.1\r\n');
  const idle = connect(port);
  idle.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  // It was accepted after the other one.
  await once(idle, 'data');

  ssd.kill('SIGHUP');
  await watched(text(idle), () => 'the idle connection is still open');
  half.write('Host: localhost\r\n\r\n');
  const answer = await watched(text(half), () => 'the request that was begun is not answered');

  t.regex(answer, /^Connection: close\r$/m);
  t.regex(answer, /\ngeneration 1, pid \d+\n$/);
  await ssd.line(/restart completed: generation 2 replaced 1/);
});

function connect(port: number): net.Socket {
  return net.connect({port, host: '127.0.0.1'});
}
