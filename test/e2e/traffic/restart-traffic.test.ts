/** What a verdict says of clients: what was dropped, how many waited, how old workers parted with their connections. */
import {once} from 'node:events';
import net from 'node:net';
import test, {type ExecutionContext} from 'ava';
import type {Status} from '../../../src/shared/protocol/status.js';
import {deafServer} from '../../helpers/adapters/deaf.js';
import {send, status} from '../../helpers/clients/control.js';
import {HOLDER, hold} from '../../helpers/clients/held.js';
import {boundPort, createRig, type Rig} from '../../helpers/rig.js';

test('a restart in which clients find the queue full says how many packets were dropped, and where', async t => {
  const rig = await createRig(t);
  const {program, letBeReady} = await deafServer(rig);
  const args = ['--port=127.0.0.1:0', '--backlog=1', '--ready=fd', `--path=${rig.path('x')}`];
  const ssd = rig.ssd(args, program);
  const port = await boundPort(ssd);
  await ssd.line(/generation 1 is ready/);
  const restarting = rig.ssctl(['--json', 'restart', '--fail-on-drops', '--until=ready']);
  await ssd.line(/generation 2 spawned/);
  const clients = Array.from({length: 8}, () => net.connect({host: '127.0.0.1', port}));
  for (const client of clients) t.teardown(() => client.destroy());
  // The kernel lets one more wait than the backlog says. The others try again after a second.
  await Promise.all(clients.slice(0, 2).map(client => once(client, 'connect')));
  await new Promise(resolve => setImmediate(resolve));
  letBeReady();
  const {code, stdout, stderr} = await restarting;
  const {drops, ...verdict} = JSON.parse(stdout);
  // Each tries again after a second.
  t.true(drops >= 6, `${drops} drops for six clients that found the queue full`);
  const listener = '127.0.0.1:0';
  t.like(verdict, {verdict: 'completed', queuePeak: 2, drained: null, dropsBy: [{listener, fd: 3, drops}]});
  t.is(code, 1);
  t.true(
    stderr.includes(
      `ssctl: the restart is done, but packets of clients were dropped at ${listener} (${drops})`,
    ),
  );
  await ssd.line(new RegExp(`restart completed: .*; the kernel dropped ${drops} packets of clients$`));
});

test('a quiet restart has dropped nothing', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--interval=0.5'], HOLDER);
  await boundPort(ssd);
  await ssd.line(/generation 1 is ready/);
  const {code, stdout} = await rig.ssctl(['--json', 'restart', '--fail-on-drops']);
  t.is(code, 0);
  t.like(JSON.parse(stdout), {drops: 0, dropsBy: [], queuePeak: 0});
  const metrics = (await rig.ssctl(['metrics'])).stdout;
  t.regex(metrics, /^ssd_restart_drops_total\{.*\} 0$/m);
  t.regex(metrics, /^ssd_drained_connections_total\{.*result="cut"\} 0$/m);
});

test('connections that end before their worker goes have ended by themselves', async t => {
  const {ssd, clients, restarting} = await held(t, 2);
  await ssd.line(/sending TERM to generation 1/);
  await Promise.all(clients.map(({end}) => end()));
  const {code, stdout} = await restarting;
  t.is(code, 0);
  t.like(JSON.parse(stdout), {verdict: 'completed', drained: {open: 2, ended: 2}});
});

test('connections of a worker that is killed were cut off, and the verdict says so', async t => {
  const {rig, ssd, clients, restarting} = await held(t, 3);
  await ssd.line(/sending TERM to generation 1/);
  await clients[0]?.end();
  // Its worker closes it a moment later.
  while ((await connectionsOf(rig)) !== 2);
  process.kill(clients[0]?.pid ?? 0, 'SIGKILL');
  const {code, stdout} = await restarting;
  t.is(code, 0);
  t.like(JSON.parse(stdout), {verdict: 'completed', drained: {open: 3, ended: 1}});
  await ssd.line(/restart completed: .*; 2 of 3 open connections were cut off$/);
});

test('a restart that a replacement of ssd comes between tells of all of it', async t => {
  const {rig, ssd, clients, restarting} = await held(t, 2, 4);
  const options = [`--path=${rig.path('more')}`, '--port=127.0.0.1:0', '--interval=4'];
  await send(rig, 'reexec', {args: [`--control=${rig.control}`, ...options, '--', ...HOLDER]});
  t.is((await status(rig)).current, 1);
  await ssd.line(/sending TERM to generation 1/);
  await Promise.all(clients.map(({end}) => end()));
  const {code, stdout} = await restarting;
  t.is(code, 0);
  t.like(JSON.parse(stdout), {
    ...{verdict: 'completed', replaced: [1], drops: 0, dropsBy: [], queuePeak: 0},
    drained: {open: 2, ended: 2},
  });
});

/** A restart whose old generation has so many connections, which have been counted. */
async function held(t: ExecutionContext, count: number, seconds = 0.5) {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', `--interval=${seconds}`], HOLDER);
  const target = {host: '127.0.0.1', port: await boundPort(ssd)};
  const clients = await Promise.all(Array.from({length: count}, () => hold(t, target)));
  await ssd.line(/generation 1 is ready/);
  const restarting = rig.ssctl(['--json', 'restart']);
  await ssd.line(/generation 2 spawned/);
  // Whoever asks for the status has the connections counted, for the verdict too.
  t.is(await connectionsOf(rig), count);
  return {rig, ssd, clients, restarting};
}

/** How many connections the first generation has. */
async function connectionsOf(rig: Rig): Promise<number | null | undefined> {
  const {generations} = (await status(rig)) as unknown as Status;
  return generations.find(({generation}) => generation === 1)?.workers[0]?.connections;
}

test('--fail-on-drops needs a verdict', async t => {
  const rig = await createRig(t);
  const {code, stderr} = await rig.ssctl(['restart', '--fail-on-drops', '--no-wait']);
  t.is(code, 2);
  t.regex(stderr, /^ssctl: --fail-on-drops needs the verdict; it does not work with --no-wait; see /);
});
