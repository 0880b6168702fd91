/** ssd is killed, its workers serve on, and the next ssd takes them over. */
import {chmodSync, existsSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {startTraffic} from '../../helpers/clients/traffic.js';
import {alive, descriptorOf} from '../../helpers/processes.js';
import {ask, boundPort, createRig, type StartOptions} from '../../helpers/rig.js';
import {asRoot, STRANGER} from '../../helpers/root.js';
import {HELLO} from '../../helpers/servers.js';
import {orphaned, settled, stateOf, statePath, statusOf} from './stage.js';

const DEATHS = 5;
const ANSWERS = 50;

test('ssd is killed five times under load and started again: no request fails', t => killUnderLoad(t, {}));

asRoot('the same for an ordinary user', t => killUnderLoad(t, {uid: STRANGER}));

async function killUnderLoad(t: ExecutionContext, options: StartOptions): Promise<void> {
  const rig = await createRig(t);
  chmodSync(rig.directory, 0o777);
  const first = rig.ssd(['--port=127.0.0.1:0', '--interval=0.3'], HELLO, options);
  const port = await boundPort(first);
  const args = [`--port=127.0.0.1:0`, '--interval=0.3'];
  const traffic = startTraffic(port);
  t.teardown(traffic.stop);
  await first.line(/generation 1 is ready/);
  await settled(rig);
  let ssd = first;
  for (let generation = 1; generation <= DEATHS; generation += 1) {
    await traffic.answeredBy(generation, ANSWERS);
    const [old] = stateOf(rig).generations.at(-1)?.workers ?? [];
    const socket = descriptorOf(old?.pid ?? 0, 3);
    ssd.kill('SIGKILL');
    await ssd.exit();
    ssd = rig.ssd(args, HELLO, options);
    t.is(await boundPort(ssd), port, 'port 0 is the one that it was');
    await ssd.line(
      new RegExp(`generation ${generation} is taken over from an ssd that has died, pid ${old?.pid}`),
    );
    await ssd.line(new RegExp(`generation ${generation + 1} is ready`));
    await ssd.line(new RegExp(`restart completed: generation ${generation + 1} replaced ${generation}`));
    t.false(alive(old?.pid ?? 0));
    await settled(rig);
    const [young] = stateOf(rig).generations.at(-1)?.workers ?? [];
    t.is(descriptorOf(young?.pid ?? 0, 3), socket, 'the listener is the same');
  }
  const report = await traffic.stop();
  t.is(report.failed, 0, report.problems.join('\n'));
  t.is(report.byGeneration.size, DEATHS + 1);
  t.is((await rig.ssctl(['stop'])).code, 0);
  t.false(existsSync(statePath(rig)), 'a clean stop removes the state file');
}

test('ssd is killed in the midst of restarts that replace one of three workers at a time', async t => {
  const rig = await createRig(t);
  const args = ['--port=127.0.0.1:0', '--interval=0.2', '--workers=3', '--rolling=1'];
  let ssd = rig.ssd(args, HELLO);
  const traffic = startTraffic(await boundPort(ssd));
  t.teardown(traffic.stop);
  await ssd.line(/3 of 3|generation 1, pid \d+, is ready|generation 1 is ready/);
  for (const moment of [
    /generation \d+ spawned/,
    /generation \d+ is ready/,
    /sending TERM/,
    /pid \d+, (was|ended|exited)/,
  ]) {
    await settled(rig);
    t.is((await rig.ssctl(['restart', '--no-wait'])).code, 0);
    await ssd.line(moment);
    ssd.kill('SIGKILL');
    await ssd.exit();
    ssd = rig.ssd(args, HELLO);
    await ssd.line(/restart completed: generation \d+ replaced/);
  }
  const report = await traffic.stop();
  t.is(report.failed, 0, report.problems.join('\n'));
  const status = await statusOf(rig);
  t.is(status.generations.length, 1);
  t.is(status.generations[0]?.workers.length, 3);
});

test('what was taken over is current until the new generation is ready, and goes on if that fails', async t => {
  const {rig, old} = await orphaned(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd']);
  const failing = await rig.conductor.nextWorker();
  t.is(failing.generation, 2);
  const status = await statusOf(rig);
  t.is(status.current, 1);
  t.like(status.generations, [{generation: 1, phase: 'ready', adopted: true}, {generation: 2}]);
  t.regex((await rig.ssctl(['status'])).stdout, new RegExp(`${old.pid} .*ready.*adopted`));
  t.regex((await rig.ssctl(['metrics'])).stdout, /ssd_workers_adopted_total\{[^}]*\} 1/);
  failing.exit(1);
  await ssd.line(/attempt 1 failed.*generation 1 keeps serving/);
  // Who answers is not told by that: the next attempt may take connections before it is ready.
  t.is((await statusOf(rig)).current, 1);
  t.true(alive(old.pid));
  const next = await rig.conductor.nextWorker();
  t.deepEqual(old.signals, []);
  await next.write(4, '\n');
  await ssd.line(/generation 3 is ready/);
  t.is(await old.nextSignal(), 'SIGTERM');
  await old.gone;
  await ssd.line(/restart completed: generation 3 replaced 1/);
  t.is((await statusOf(rig)).generations.length, 1);
});

test('ssctl stop ends what was taken over, by its pid descriptor, and kills what stays', async t => {
  const {rig, old} = await orphaned(t);
  await old.beStubborn();
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd', '--stop-timeout=0.2']);
  await rig.conductor.nextWorker();
  const stopped = await rig.ssctl(['stop']);
  t.is(stopped.code, 0, stopped.stderr);
  await old.gone;
  t.deepEqual(old.signals, ['SIGTERM']);
  t.is((await ssd.exit()).code, 0);
});

test('a lost worker that was taken over is noticed, and a generation takes its place', async t => {
  const {rig, old} = await orphaned(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd']);
  await rig.conductor.nextWorker();
  old.exit(3);
  await ssd.line(new RegExp(`generation 1 lost its worker, pid ${old.pid}`));
  t.is((await statusOf(rig)).current, null);
});

test('a new listener is bound, one that is not asked for is let go, and the rest is where it was', async t => {
  const rig = await createRig(t);
  const path = rig.path('kept.sock');
  const args = ['--ready=fd', `--path=${path}`];
  const first = rig.ssd([...args, '--port=127.0.0.1:0', `--path=${rig.path('gone.sock')}`]);
  const port = await boundPort(first);
  const old = await rig.conductor.nextWorker();
  await old.write(6, '\n');
  await first.line(/generation 1 is ready/);
  await settled(rig);
  first.kill('SIGKILL');
  await first.exit();
  const gone = rig.path('gone.sock');
  t.true(existsSync(gone));
  const ssd = rig.ssd([...args, `--path=${rig.path('new.sock')}`]);
  await ssd.line(new RegExp(`passed over.*tcp 127.0.0.1:${port}|tcp 127.0.0.1:${port} .*passed over`));
  const next = await rig.conductor.nextWorker();
  await next.write(5, '\n');
  await ssd.line(/restart completed: generation 2 replaced 1/);
  t.is((await ask(path)).pid, next.pid);
  t.is((await ask(rig.path('new.sock'))).pid, next.pid);
  await t.throwsAsync(ask(port), {code: 'ECONNREFUSED'});
  t.false(existsSync(gone), 'the path of a listener that is let go');
  t.is((await rig.ssctl(['stop'])).code, 0);
  t.false(existsSync(path), 'the path is that of the ssd which took it over');
});

test('--check says what would be taken over and changes nothing, and ssctl list shows the orphans', async t => {
  const {rig, old} = await orphaned(t, ['--path=web.sock']);
  const list = async () => JSON.parse((await rig.ssctl(['list', '--json'])).stdout).instances[0];
  t.like(await list(), {state: 'orphaned', orphans: [old.pid]});
  t.deepEqual(await rig.ssctl(['status']), {
    code: 3,
    signal: null,
    stdout: '',
    stderr: `ssctl: the ssd at ${rig.control} has died, and its workers serve on (pid ${old.pid}): start it again, and it takes them over; ssctl -s ${rig.control} stop --orphans ends them\n`,
  });
  const args = [`--control=${rig.control}`, '--port=127.0.0.1:0', '--path=web.sock'];
  const {code, stdout} = await rig.runSsd([...args, '--check', '--', 'sleep', '1']);
  t.is(code, 0);
  t.regex(stdout, new RegExp(`generation 1 of an ssd that has died would be taken over, pid ${old.pid}`));
  t.regex(stdout, new RegExp(`listener 127.0.0.1:0 would be taken over from pid ${old.pid}`));
  t.deepEqual(await ask(rig.path('web.sock')), {generation: 1, pid: old.pid});
  t.like(await list(), {state: 'orphaned', orphans: [old.pid]});
});
