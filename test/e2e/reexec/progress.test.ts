/** What is in progress goes on in the new image: trials, pauses, restarts, and the clients that wait for them. */
import {existsSync, writeFileSync} from 'node:fs';
import test from 'ava';
import type {Recorded} from '../../../src/shared/protocol/event.js';
import {rawClient, request} from '../../helpers/clients/raw-client.js';
import {ask, boundPort, createRig} from '../../helpers/rig.js';
import {checkOf} from '../release/stage.js';
import {eventsOf, reexec, statusOf} from './stage.js';

const PORT = '--port=127.0.0.1:0';
const QUICK = '--interval=0';

test('a trial goes on, and its next check decides', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([PORT, QUICK, '--bake=600', '--bake-every=0.1', '--bake-timeout=60', checkOf(rig)]);
  const port = await boundPort(ssd);
  const old = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  const restarting = rig.ssctl(['restart']);
  const young = await rig.conductor.nextWorker();
  await ssd.line(/check 1 of generation 2 succeeded/);
  await reexec(rig);
  writeFileSync(rig.path('bad'), '');
  const {code, stderr} = await restarting;
  t.is(code, 1);
  t.regex(stderr, /failed its trial after \S+: its check exited with status 7; generation 1 keeps serving/);
  await young.gone;
  t.deepEqual(old.signals, []);
  t.deepEqual(await ask(port), {generation: 1, pid: old.pid});
});

test('a check that runs goes on, and ssctl accept ends the trial', async t => {
  const rig = await createRig(t);
  const check = `--bake-check=exec=echo >>${rig.path('begun')}; read x <${rig.path('go')}`;
  await rig.run(['mkfifo', rig.path('begun'), rig.path('go')]);
  const ssd = rig.ssd([PORT, QUICK, '--bake=600', '--bake-every=600', check]);
  const old = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  const restarting = rig.ssctl(['restart']);
  await rig.run(['cat', rig.path('begun')]);
  await reexec(rig);
  await rig.run(['sh', '-c', `echo >${rig.path('go')}`]);
  await ssd.line(/check 1 of generation 2 succeeded/);
  t.is((await rig.ssctl(['accept'])).code, 0);
  t.is(await old.nextSignal(), 'SIGTERM');
  t.is((await restarting).code, 0);
});

test('a pause goes on, and ssctl resume ends it', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([PORT, QUICK]);
  const port = await boundPort(ssd);
  await ssd.line(/generation 1 is ready/);
  t.is((await rig.ssctl(['pause', '--max=600'])).code, 0);
  await reexec(rig);
  const {current, generations, paused} = await statusOf(rig);
  t.deepEqual([current, generations.length], [null, 0]);
  t.truthy(paused);
  const waiting = ask(port);
  t.is((await rig.ssctl(['resume'])).code, 0);
  t.is((await waiting).generation, 2);
});

test('a pause whose worker is still finishing goes on, with the client that waits for it', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([PORT, QUICK, '--stop-timeout=1000']);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  await worker.beStubborn();
  const pausing = rig.ssctl(['pause', '--max=600']);
  t.is(await worker.nextSignal(), 'SIGTERM');
  await reexec(rig);
  worker.exit(0);
  t.is((await pausing).code, 0);
  t.deepEqual(worker.signals, ['SIGTERM']);
  t.is((await rig.ssctl(['resume'])).code, 0);
});

test('a restart with --order=stop-first goes on while the old generation finishes', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([PORT, QUICK, '--order=stop-first', '--stop-timeout=1000']);
  const port = await boundPort(ssd);
  const old = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  await old.beStubborn();
  const restarting = rig.ssctl(['restart']);
  t.is(await old.nextSignal(), 'SIGTERM');
  await reexec(rig);
  const waiting = ask(port);
  t.like(await statusOf(rig), {generations: [{generation: 1, phase: 'retiring'}]});
  old.exit(0);
  t.is((await restarting).code, 0);
  t.is((await waiting.catch(() => ask(port))).generation > 0, true);
  t.deepEqual(old.signals, ['SIGTERM'], 'it is told once');
});

test('a rolling restart of four workers is replaced at each step', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([PORT, '--ready=fd', '--workers=4', '--rolling=1']);
  const old = [];
  for (let nth = 0; nth < 4; nth += 1) {
    const worker = await rig.conductor.nextWorker();
    await worker.write(4, '\n');
    old.push(worker);
  }
  await ssd.line(/generation 1 is ready/);
  const restarting = rig.ssctl(['restart']);
  for (let nth = 0; nth < 4; nth += 1) {
    const young = await rig.conductor.nextWorker();
    t.is(young.generation, 2);
    await reexec(rig);
    await young.write(4, '\n');
  }
  t.is((await restarting).code, 0);
  await Promise.all(old.map(({gone}) => gone));
  t.deepEqual(
    old.map(({signals}) => signals),
    old.map(() => ['SIGTERM']),
  );
  const {generations} = await statusOf(rig);
  t.deepEqual(
    generations.map(({generation, workers}) => [generation, workers.length]),
    [[2, 4]],
  );
});

test('scale waits, and cancel ends a restart that another image has begun', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([PORT, '--ready=fd']);
  const first = await rig.conductor.nextWorker();
  await first.write(4, '\n');
  await ssd.line(/generation 1 is ready/);
  const scaling = rig.ssctl(['scale', '2']);
  const second = await rig.conductor.nextWorker();
  await reexec(rig);
  await second.write(4, '\n');
  t.is((await scaling).code, 0);
  const restarting = rig.ssctl(['restart']);
  const young = [await rig.conductor.nextWorker(), await rig.conductor.nextWorker()];
  await reexec(rig);
  t.is((await rig.ssctl(['cancel'])).code, 0);
  t.not((await restarting).code, 0);
  await Promise.all(young.map(({gone}) => gone));
  t.like(await statusOf(rig), {current: 1, generations: [{generation: 1}]});
});

test('followers of events get each event once, across three images', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([PORT, QUICK]);
  await ssd.line(/generation 1 is ready/);
  const client = rawClient(rig.control);
  await client.next();
  client.say(request(1, 'events', {follow: true}));
  for (let nth = 0; nth < 3; nth += 1) {
    t.is((await rig.ssctl(['restart'])).code, 0);
    await reexec(rig);
  }
  const all = await eventsOf(rig);
  const seen: Recorded[] = [];
  while (seen.length < all.length) {
    const {event} = (await client.next()).params as {readonly event: Recorded};
    seen.push(event);
  }
  t.deepEqual(seen, all);
  t.deepEqual(
    all.map(({seq}) => seq),
    all.map((_, nth) => nth + 1),
  );
  t.is(all.filter(({type}) => type === 'upgraded').length, 3);
  t.is((await rig.ssctl(['stop'])).code, 0);
  let last = await client.next();
  while (last.id !== 1) last = await client.next();
  t.true((last.result?.events as number) > all.length);
});

test('ssctl drain goes on, and ends with what it waits for', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([PORT, QUICK, '--stop-timeout=1000']);
  const old = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  await old.beStubborn();
  const restarting = rig.ssctl(['restart']);
  t.is(await old.nextSignal(), 'SIGTERM');
  const draining = rig.ssctl(['drain']);
  await reexec(rig);
  await reexec(rig);
  old.exit(0);
  t.is((await restarting).code, 0);
  t.is((await draining).code, 0);
  t.deepEqual(old.signals, ['SIGTERM']);
});

test('a stop goes on: its client is answered when the last worker has ended', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([PORT, QUICK, '--stop-timeout=1000', `--path=${rig.path('web')}`]);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  await worker.beStubborn();
  const stopping = rig.ssctl(['stop']);
  t.is(await worker.nextSignal(), 'SIGTERM');
  ssd.kill('SIGUSR2');
  await ssd.line(/has taken the place/);
  t.deepEqual(worker.signals, ['SIGTERM']);
  worker.exit(0);
  t.is((await stopping).code, 0);
  t.deepEqual(await ssd.exit(), {code: 0, signal: null});
  t.false(existsSync(rig.path('web')));
});
