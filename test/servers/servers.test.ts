/** Restarts third-party servers under traffic, and stops them. They run as their users run them. */
import {once} from 'node:events';
import {mkdirSync, writeFileSync} from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import {text} from 'node:stream/consumers';
import test, {type ExecutionContext} from 'ava';
import {CLIENTS, startTraffic} from '../helpers/clients/traffic.js';
import {watched} from '../helpers/mailbox.js';
import {needs} from '../helpers/programs.js';
import {boundPort, createRig} from '../helpers/rig.js';
import {HELLO, livingIn} from '../helpers/servers.js';
import {freePort} from '../helpers/sockets.js';
import {commandLine, layServers, ROWS} from './command-lines.js';
import {SERVERS, type Server} from './matrix.js';

/** How often each is restarted, and how many answers each generation gives in between. */
const RESTARTS = 3;
const ANSWERS = 20;

for (const server of SERVERS) {
  const declare = needs(...server.needs);
  declare(`${server.name} is restarted under traffic and stopped under traffic`, t =>
    restartAndStop(t, server),
  );
  if (!server.loadsNothing)
    declare(`a release of ${server.name} that cannot be loaded replaces nothing`, t =>
      refuseBroken(t, server),
    );
}

test('every row of the table is tried', t => {
  t.deepEqual([...ROWS].sort(), SERVERS.map(({name}) => name).sort());
});

async function restartAndStop(t: ExecutionContext, server: Server): Promise<void> {
  const backend = server.proxies ? await startBackend(t) : undefined;
  const {ssd, port} = await serve(t, server, {backend: backend?.port});
  await ssd.line(/generation 1 is ready/);
  const {mayLose = 0} = server;

  const traffic = startTraffic(port, server);
  t.teardown(async () => void (await traffic.stop()));
  await traffic.answeredBy(1, ANSWERS);
  for (let generation = 2; generation <= RESTARTS + 1; generation += 1) {
    ssd.kill('SIGHUP');
    await ssd.line(new RegExp(`restart completed: generation ${generation} `));
    backend?.answerAs(generation);
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
  const {rig, ssd} = await serve(t, server, {isPatient: true});
  await ssd.line(/generation 1 is ready/);
  writeFileSync(rig.path('env/BROKEN'), '1');
  const {code, stderr} = await rig.ssctl(['restart']);
  t.is(code, 1, stderr);
  t.regex(stderr, /^ssctl: restart failed: generation 2 .*; generation 1 keeps serving$/m);
}

type Setting = {
  /** The port to which it passes requests on. */
  readonly backend?: number | undefined;
  /** Whether one that is ready by its age is given more time to fail. */
  readonly isPatient?: boolean;
};

/** Starts it as its row says, with an envdir of the test. */
async function serve(t: ExecutionContext, {name, env = {}}: Server, {backend, isPatient}: Setting) {
  const rig = await createRig(t);
  const ports = {port: await freePort(), backend: backend ?? 0};
  const cwd = layServers(rig.directory, ports);
  const {first, ready, options, program} = commandLine(name, ports);
  if (first.length > 0) t.is((await rig.run(first, {cwd})).code, 0);
  mkdirSync(rig.path('env'));
  const patience = isPatient && ready === 'interval' ? ['--interval=5'] : [];
  const ssd = rig.ssd([...options, ...patience, `--envdir=${rig.path('env')}`], program, {cwd, env});
  return {rig, ssd, port: ports.port};
}

/** What a proxy asks: it knows from the test which generation of the proxy serves. */
async function startBackend(t: ExecutionContext) {
  let generation = 1;
  const server = http.createServer(({url}, response) => {
    const answer = () => void response.end(`generation ${generation}, pid ${process.pid}\n`);
    if (url === '/slow') setTimeout(answer, 100);
    else answer();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.closeAllConnections());
  t.teardown(() => void server.close());
  const {port} = server.address() as net.AddressInfo;
  return {
    port,
    answerAs: (next: number) => {
      generation = next;
    },
  };
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
