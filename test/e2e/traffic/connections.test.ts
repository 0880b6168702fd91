/** `ssctl connections`, and the numbers of connections in the status. */
import test from 'ava';
import type {Connection} from '../../../src/shared/protocol/connection.js';
import type {Status} from '../../../src/shared/protocol/status.js';
import {status} from '../../helpers/clients/control.js';
import {HOLDER, hold} from '../../helpers/clients/held.js';
import {needs} from '../../helpers/programs.js';
import {boundPort, createRig, type Rig} from '../../helpers/rig.js';

const workersOf = async (rig: Rig) =>
  ((await status(rig)) as unknown as Status).generations.flatMap(({workers}) => workers);

test('every open connection of a worker is counted, and shown with its peer and its listener', async t => {
  const rig = await createRig(t);
  const path = rig.path('x');
  const ports = ['--port=127.0.0.1:0', '--port=[::1]:0'];
  const ssd = rig.ssd([...ports, `--path=${path}`, '--interval=0.1'], HOLDER);
  const [v4, v6] = [await boundPort(ssd), await boundPort(ssd)];
  await ssd.line(/generation 1 is ready/);
  t.like(await workersOf(rig), [{connections: 0, oldestConnectionMs: null}]);
  t.is((await rig.ssctl(['connections'])).stdout, 'no open connections\n');

  const first = await hold(t, {host: '127.0.0.1', port: v4});
  const others = [await hold(t, {host: '127.0.0.1', port: v4}), await hold(t, {host: '::1', port: v6})];
  await hold(t, {path});
  t.like(await workersOf(rig), [{connections: 4}]);

  const {stdout} = await rig.ssctl(['--json', 'connections']);
  const answer = JSON.parse(stdout);
  t.like(answer, {total: 4, workers: [first.pid], unknown: []});
  const seen = new Map<string, Connection>(answer.connections.map((one: Connection) => [one.peer, one]));
  const uid = `uid ${process.getuid?.()}`;
  t.deepEqual([...seen.keys()].sort(), [uid, first.address, ...others.map(one => one.address)].sort());
  t.like(seen.get(first.address), {
    generation: 1,
    worker: first.pid,
    listener: '127.0.0.1:0',
    type: 'tcp',
    state: 'established',
    received: 0,
    unsent: 0,
  });
  t.is(seen.get(others[1]?.address ?? '')?.listener, '[::1]:0');
  t.like(seen.get(uid), {listener: path, type: 'unix', state: 'established', idleMs: null});

  const table = (await rig.ssctl(['connections'])).stdout;
  t.regex(table, /^GEN +WORKER +PEER +LISTENER +STATE +RECV +SEND +IDLE +AGE\n/);
  t.regex(table, new RegExp(`^1 +\\d+ +${first.address} +127\\.0\\.0\\.1:0 +established +0 +0 `, 'm'));
  t.regex((await rig.ssctl(['status'])).stdout, /CONNS +OLDEST\n1 +\d+ +ready .* 4 +\S+\n/);

  await first.end();
  t.like(await workersOf(rig), [{connections: 3}]);
});

test('connections of the processes below a worker are its own', async t => {
  const rig = await createRig(t);
  const program = ['/bin/sh', '-c', '"$@"; exit 0', 'sh', '/bin/sh', '-c', '"$@"; exit 0', 'sh', ...HOLDER];
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--interval=0.1', '--kill-group'], program);
  const port = await boundPort(ssd);
  const {pid} = await hold(t, {host: '127.0.0.1', port});
  const [worker] = await workersOf(rig);
  t.not(worker?.pid, pid);
  t.is(worker?.connections, 1);
});

test('the generation, or the worker, that is asked for is shown alone', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--interval=0.1'], HOLDER);
  const target = {host: '127.0.0.1', port: await boundPort(ssd)};
  const old = await hold(t, target);
  t.is((await rig.ssctl(['restart', '--until=ready'])).code, 0);
  const young = await hold(t, target);
  t.is(young.generation, 2);
  for (const [option, {address}] of [
    ['--generation=1', old],
    [`--worker=${young.pid}`, young],
  ] as const) {
    const {connections} = JSON.parse((await rig.ssctl(['--json', 'connections', option])).stdout);
    t.deepEqual(
      connections.map(({peer}: Connection) => peer),
      [address],
    );
  }
  const none = await rig.ssctl(['connections', '--generation=7']);
  t.is(none.code, 1);
  t.is(none.stderr, 'ssctl: cannot show connections: generation 7 has no worker\n');
  t.regex((await rig.ssctl(['connections', '--worker=1'])).stderr, /there is no worker with pid 1$/m);
});

test('without a listener that takes connections there is nothing to tell', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  await ssd.line(/generation 1 is ready/);
  t.like(await workersOf(rig), [{connections: null, oldestConnectionMs: null}]);
  const {code, stdout, stderr} = await rig.ssctl(['connections']);
  t.deepEqual([code, stdout], [1, '']);
  t.regex(stderr, /^ssctl: cannot tell the connections of pid \d+: ssd has no listener for connections, or /);
});

needs('ss')('a thousand connections over four workers are counted as ss counts them', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--workers=4', '--interval=0.1'], HOLDER);
  const port = await boundPort(ssd);
  const held = await Promise.all(Array.from({length: 1000}, () => hold(t, {host: '127.0.0.1', port})));
  const counted = async () => {
    const workers = await workersOf(rig);
    return new Map(workers.map(({pid, connections}) => [pid, connections]));
  };
  const byPid = (pid: number) => held.filter(one => one.pid === pid).length;
  const seen = await counted();
  t.deepEqual(
    [...seen].map(([pid, count]) => [pid, count]),
    [...seen.keys()].map(pid => [pid, byPid(Number(pid))]),
  );
  const {stdout} = await rig.run(['ss', '-tnH', 'state', 'established', `( sport = :${port} )`]);
  t.is(stdout.trim().split('\n').length, 1000);
  // The second look believes what the first has found, where the kernel still has it.
  await Promise.all(held.splice(0, 500).map(({end}) => end()));
  const later = await counted();
  t.deepEqual(
    [...later],
    [...later.keys()].map(pid => [pid, byPid(Number(pid))]),
  );
});
