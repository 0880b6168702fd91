/** `ssctl reexec`: another image of ssd takes the place of the one that runs. */
import {readdirSync} from 'node:fs';
import test from 'ava';
import {startTraffic} from '../../helpers/clients/traffic.js';
import {closedTo, descriptorOf, openIn} from '../../helpers/processes.js';
import {ask, boundPort, createRig} from '../../helpers/rig.js';
import {HELLO} from '../../helpers/servers.js';
import {eventsOf, reexec, statusOf} from './stage.js';

const TIMES = 5;
const ANSWERS = 50;

test('ssd is replaced five times under load: pid, workers and queues stay, and no request fails', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--workers=2', `--pid-file=${rig.path('pid')}`], HELLO);
  const port = await boundPort(ssd);
  await ssd.line(/generation 1 is ready/);
  const before = await statusOf(rig);
  const descriptors = openIn(ssd.pid);
  const traffic = startTraffic(port);
  t.teardown(traffic.stop);
  for (let nth = 1; nth <= TIMES; nth += 1) {
    await traffic.answeredBy(1, ANSWERS);
    const upgraded = await reexec(rig);
    t.is(upgraded.from, upgraded.to);
    await ssd.line(/ssd \S+ has taken the place of the one before it/);
    const after = await statusOf(rig);
    t.is(after.pid, ssd.pid);
    t.deepEqual(workersOf(after), workersOf(before));
    t.deepEqual(addressesOf(after), addressesOf(before));
  }
  await closedTo(ssd.pid, descriptors);
  const events = await eventsOf(rig);
  t.is(events.filter(({type}) => type === 'upgraded').length, TIMES);
  t.is(events.filter(({type}) => type === 'ready').length, 1, 'what was before is still there');
  t.deepEqual(
    events.map(({seq}) => seq),
    events.map((_, nth) => nth + 1),
  );
  t.is((await rig.ssctl(['restart'])).code, 0);
  const report = await traffic.stop();
  t.is(report.failed, 0, report.problems.join('\n'));
  t.is((await rig.ssctl(['stop'])).code, 0);
  t.deepEqual(await ssd.exit(), {code: 0, signal: null});
});

test('a restart that is under way goes on, and its client gets the verdict', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd']);
  await boundPort(ssd);
  const old = await rig.conductor.nextWorker();
  await old.write(4, '\n');
  await ssd.line(/generation 1 is ready/);
  const restart = rig.ssctl(['restart']);
  const young = await rig.conductor.nextWorker();
  await reexec(rig);
  await young.write(4, '\n');
  await ssd.line(/generation 2 is ready/);
  t.is(await old.nextSignal(), 'SIGTERM');
  const {code, stdout} = await restart;
  t.is(code, 0, stdout);
  t.regex(stdout, /generation 2/);
  t.deepEqual(
    (await statusOf(rig)).generations.map(({generation}) => generation),
    [2],
  );
});

test('the end of a worker is seen by the next image, and its place is filled', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--interval=0']);
  await boundPort(ssd);
  const first = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  await reexec(rig);
  first.exit(7);
  await ssd.line(/lost its worker, pid \d+: it exited with status 7/);
  const second = await rig.conductor.nextWorker();
  t.is(second.generation, 2);
});

test('with other options a listener is added and another one let go; the next restart brings them to the workers', async t => {
  const rig = await createRig(t);
  const [kept, gone, added] = ['kept', 'gone', 'added'].map(rig.path) as [string, string, string];
  const ssd = rig.ssd([`--path=${kept}`, `--path=${gone}`]);
  const old = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  const socket = descriptorOf(old.pid, 3);
  await reexec(rig, [`--path=${kept}`, `--path=${added}`]);
  const {listeners} = await statusOf(rig);
  t.deepEqual(
    listeners.map(({address}) => address),
    [kept, added],
  );
  t.is((await rig.ssctl(['restart'])).code, 0);
  const young = await rig.conductor.nextWorker();
  t.is(descriptorOf(young.pid, 3), socket, 'the listener that stays is the same');
  t.is((await ask(added)).generation, 2);
  t.false(readdirSync(rig.directory).includes('gone'));
});

test('SIGUSR2 does the same, and is passed on where that was asked for', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0']);
  await ssd.line(/generation 1 is ready/);
  ssd.kill('SIGUSR2');
  await ssd.line(/has taken the place/);
  t.is((await statusOf(rig)).pid, ssd.pid);
});

function addressesOf({listeners}: Awaited<ReturnType<typeof statusOf>>) {
  return listeners.map(({name, fd, address}) => ({name, fd, address}));
}

function workersOf({generations}: Awaited<ReturnType<typeof statusOf>>) {
  return generations.map(({generation, phase, workers}) => ({
    generation,
    phase,
    pids: workers.map(({pid}) => pid),
  }));
}
