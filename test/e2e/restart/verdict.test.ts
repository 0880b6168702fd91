import {writeFileSync} from 'node:fs';
import test from 'ava';
import {send, status} from '../../helpers/clients/control.js';
import {alive} from '../../helpers/processes.js';
import {createRig, type Rig, SERVER} from '../../helpers/rig.js';

/** The fixture server while `broken` is not there; then what `failure` does. */
const release = (rig: Rig, failure: string) => [
  '/bin/sh',
  '-c',
  `[ -e ${rig.path('broken')} ] && { ${failure}; }; exec ${SERVER.join(' ')}`,
];
const say = (...lines: readonly string[]) => lines.map(line => `echo "${line}" >&2`).join('; ');

for (const [how, options] of [
  ['the log file', (rig: Rig) => [`--log-file=${rig.path('log')}`]],
  ['the relay of --capture-stderr', () => ['--capture-stderr']],
] as const) {
  test(`a failed restart quotes the last lines of standard error, from ${how}`, async t => {
    const rig = await createRig(t);
    rig.ssd(['--interval=1', ...options(rig)], release(rig, `${say('one', 'two', 'disk on fire')}; exit 3`));
    const first = await rig.conductor.nextWorker();
    await send(rig, 'restart');
    await first.gone;
    writeFileSync(rig.path('broken'), '');

    const verdict = await send(rig, 'restart');

    t.like(verdict, {verdict: 'failed', generation: 3, ending: {type: 'exited', code: 3}});
    t.deepEqual(verdict.stderr, ['one', 'two', 'disk on fire']);
  });
}

test('without a readable standard error, the verdict has no lines', async t => {
  const rig = await createRig(t);
  rig.ssd(['--interval=1'], release(rig, 'exit 3'));
  await rig.conductor.nextWorker();
  await send(rig, 'restart');
  writeFileSync(rig.path('broken'), '');

  t.like(await send(rig, 'restart'), {verdict: 'failed', stderr: null});
});

test('with --capture-stderr all that a worker writes reaches the standard error of ssd', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--capture-stderr']);
  const worker = await rig.conductor.nextWorker();
  // ssd has nothing to say after this, between two parts of a long line.
  await ssd.line(/generation 1 is ready/);
  await worker.print('a line of the worker');
  await ssd.line(/^a line of the worker$/);
  await worker.run('head -c 300000 /dev/zero | tr "\\0" x >&2; echo >&2');
  await ssd.line(/^x{300000}$/);
  t.pass();
});

test('with --capture-stderr the last words of a worker that dies are quoted', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--capture-stderr', '--ready=fd']);
  await (await rig.conductor.nextWorker()).write(3, '\n');
  await ssd.line(/generation 1 is ready/);
  const restarting = send(rig, 'restart');
  const second = await rig.conductor.nextWorker();
  await second.print('out of luck');
  second.exit(9);

  t.like(await restarting, {verdict: 'failed', stderr: ['out of luck']});
});

const HINTS = [
  ['binds-port-itself', 'Error: listen EADDRINUSE: address already in use :::80', '--port=127.0.0.1:0'],
  ['wrong-descriptor', 'bind: Bad file descriptor', '--port=127.0.0.1:0=9'],
  ['wrong-descriptor', 'Error: ENOTSOCK: socket operation on non-socket', '--port=127.0.0.1:0=9'],
  [
    'library-missing',
    'app: error while loading shared libraries: libx.so.1: cannot open shared object file',
    '--port=127.0.0.1:0',
  ],
  [null, 'bind: Bad file descriptor', '--port=127.0.0.1:0'],
] as const;

for (const [hint, complaint, port] of HINTS) {
  test(`"${complaint}" with ${port} gets the hint ${hint}`, async t => {
    const rig = await createRig(t);
    rig.ssd(
      [port, '--interval=1', `--log-file=${rig.path('log')}`],
      release(rig, `${say(complaint)}; exit 1`),
    );
    await rig.conductor.nextWorker();
    await send(rig, 'restart');
    writeFileSync(rig.path('broken'), '');

    t.like(await send(rig, 'restart'), {verdict: 'failed', hint});
  });
}

test('a restart that waits until ready is answered while the old generation still finishes', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=1']);
  const first = await rig.conductor.nextWorker();
  await first.beStubborn();
  await ssd.line(/generation 1 is ready/);

  const verdict = await send(rig, 'restart', {until: 'ready'});

  t.like(verdict, {verdict: 'completed', generation: 2, replaced: [1], retiring: [1]});
  t.like(await status(rig), {current: 2, generations: [{generation: 1, phase: 'retiring'}, {generation: 2}]});
  first.exit(0);
  await ssd.line(/restart completed: generation 2 replaced 1/);
});

test('a restart is superseded when a later one is ready before its old generation is gone', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=1']);
  const first = await rig.conductor.nextWorker();
  await first.beStubborn();
  await ssd.line(/generation 1 is ready/);
  const earlier = send(rig, 'restart');
  await ssd.line(/generation 2 is ready/);

  t.like(await send(rig, 'restart'), {verdict: 'completed', generation: 3});
  t.like(await earlier, {verdict: 'superseded', generation: 2, by: 3});
});

test('the loss of a generation while the old one finishes is a failed restart', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=1', '--kill-old-delay=60']);
  const first = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  const restarting = send(rig, 'restart');
  const second = await rig.conductor.nextWorker();
  await ssd.line(/generation 2 is ready/);
  second.exit(6);

  t.like(await restarting, {verdict: 'failed', generation: 2, ending: {type: 'exited', code: 6}, serving: 1});
  await ssd.line(/generation 3 is ready/);
  t.like(await status(rig), {current: 3, generations: [{generation: 1, phase: 'retiring'}, {generation: 3}]});
  t.true(alive(first.pid));
});

test('a restart with several attempts waits longer each time, up to the longest pause', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.4', '--max-interval=1.6'], release(rig, 'exit 3'));
  await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  writeFileSync(rig.path('broken'), '');

  const verdict = send(rig, 'restart', {attempts: 5});
  const spawned: number[] = [];
  for (const generation of [2, 3, 4, 5, 6]) {
    const line = await ssd.line(new RegExp(`generation ${generation} spawned`));
    spawned.push(Date.parse(line.split(' ')[0] ?? ''));
  }

  t.like(await verdict, {verdict: 'failed', attempts: 5, generation: 6});
  // The core is shown to keep the pauses to the millisecond; a log line can be late, and the next one is early then.
  const pauses = spawned.slice(1).map((at, nth) => at - (spawned[nth] ?? 0));
  t.true(
    pauses.every((pause, nth) => pause > ([400, 800, 1600, 1600][nth] ?? 0) - 200),
    pauses.join(' '),
  );
});

test('cancel ends a start that is not ready, and the old generation keeps serving', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--ready=fd']);
  const first = await rig.conductor.nextWorker();
  await first.write(3, '\n');
  await ssd.line(/generation 1 is ready/);
  const restarting = send(rig, 'restart');
  const second = await rig.conductor.nextWorker();

  t.deepEqual(await send(rig, 'cancel'), {cancelled: true, generation: 2});
  t.like(await restarting, {verdict: 'cancelled', reason: 'cancel'});
  t.is(await second.nextSignal(), 'SIGTERM');
  await second.gone;
  t.like(await status(rig), {current: 1, incoming: null});
  t.deepEqual(await send(rig, 'cancel'), {cancelled: false, generation: null});
});
