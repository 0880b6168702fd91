import {readFileSync} from 'node:fs';
import test from 'ava';
import {send, status} from '../../helpers/clients/control.js';
import type {Worker} from '../../helpers/conductor.js';
import {ask, boundPort, createRig, type Rig} from '../../helpers/rig.js';

async function workers(rig: Rig, count: number): Promise<Worker[]> {
  const found: Worker[] = [];
  while (found.length < count) found.push(await rig.conductor.nextWorker());
  return found.sort((a, b) => Number(a.env.SSD_WORKER_INDEX) - Number(b.env.SSD_WORKER_INDEX));
}

function nth<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new Error(`there are only ${list.length}`);
  return item;
}

const READY_FD = 4;
const ready = (worker: Worker) => worker.write(READY_FD, '\n');

test('with --workers every worker has the listeners, the generation and its place', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([
    '--port=127.0.0.1:0',
    '--workers=3',
    '--interval=0.2',
    `--status-file=${rig.path('status')}`,
  ]);
  const port = await boundPort(ssd);
  const all = await workers(rig, 3);
  await ssd.line(/generation 1 is ready/);

  t.deepEqual(
    all.map(({env}) => [env.SERVER_STARTER_GENERATION, env.SSD_WORKER_INDEX, env.SSD_WORKERS]),
    [0, 1, 2].map(index => ['1', `${index}`, '3']),
  );
  const {pid} = await ask(port);
  t.true(all.some(worker => worker.pid === pid));
  const lines = all.map(worker => `1:${worker.pid}`).sort();
  t.deepEqual(readFileSync(rig.path('status'), 'utf8').trim().split('\n').sort(), lines);
});

test('a generation of several is ready when all its workers are', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--workers=2', '--ready=fd']);
  const both = await workers(rig, 2);
  await ready(nth(both, 0));
  // No event reports a single worker of a starting generation.
  while (!JSON.stringify(await status(rig)).includes('"phase":"ready"'));
  t.like(await status(rig), {
    current: null,
    generations: [{workers: [{phase: 'ready'}, {phase: 'starting'}]}],
  });
  await ready(nth(both, 1));
  await ssd.line(/generation 1 is ready/);
  t.like(await status(rig), {current: 1});
});

test('one lost of several is replaced inside its generation', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--workers=2', '--interval=0.2']);
  const both = await workers(rig, 2);
  await ssd.line(/generation 1 is ready/);
  nth(both, 1).exit(5);

  const replacement = await rig.conductor.nextWorker();

  t.like(replacement, {generation: 1, env: {SSD_WORKER_INDEX: '1'}});
  await ssd.line(/generation 1, pid \d+, is ready/);
  const {current, generations, failures} = (await status(rig)) as never as StatusLike;
  t.is(current, 1);
  t.deepEqual(
    generations[0]?.workers.map(({index, restarts}) => [index, restarts]),
    [
      [0, 0],
      [1, 1],
    ],
  );
  t.like(failures, [{what: 'lost', generation: 1, ending: {type: 'exited', code: 5}}]);
});

test('when all are lost, a new generation comes', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--workers=2', '--interval=1']);
  const both = await workers(rig, 2);
  await ssd.line(/generation 1 is ready/);
  for (const worker of both) worker.die('SIGKILL');

  await ssd.line(/generation 2 is ready/);
  t.like(await status(rig), {current: 2});
});

test('scale changes the number of workers while ssd runs, and answers when they are ready', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--interval=0.2']);
  await workers(rig, 1);
  await ssd.line(/generation 1 is ready/);

  t.like(await send(rig, 'scale', {workers: 3}), {verdict: 'completed', workers: 3});
  const added = await workers(rig, 2);
  t.like(added, [
    {generation: 1, env: {SSD_WORKER_INDEX: '1'}},
    {env: {SSD_WORKER_INDEX: '2', SSD_WORKERS: '3'}},
  ]);

  t.like(await send(rig, 'scale', {workers: 2}), {verdict: 'completed', workers: 2});
  t.is(await nth(added, 1).nextSignal(), 'SIGTERM');
  await nth(added, 1).gone;

  t.like(await send(rig, 'restart'), {verdict: 'completed', generation: 2});
  const {generations} = (await status(rig)) as never as StatusLike;
  t.is(generations[0]?.workers.length, 2);
});

test('with --rolling workers are replaced a few at a time, each after its successor is ready', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--workers=3', '--rolling=1', '--ready=fd']);
  for (let nth = 0; nth < 3; nth++) await ready(await rig.conductor.nextWorker());
  await ssd.line(/generation 1, pid \d+, is ready/);
  await ssd.line(/generation 1, pid \d+, is ready/);
  const restarting = send(rig, 'restart');

  for (let replaced = 0; replaced < 3; replaced++) {
    const successor = await rig.conductor.nextWorker();
    t.is(successor.generation, 2);
    t.is(livingIn(await status(rig)), 4, 'never more than one beyond what is wanted');
    t.is(readyIn(await status(rig)), 3, 'never fewer than what is wanted');
    await ready(successor);
    await ssd.line(/sending TERM to generation 1, pid \d+$/);
  }

  t.like(await restarting, {verdict: 'completed', generation: 2, replaced: [1]});
  t.is(readyIn(await status(rig)), 3);
});

test('operators can signal workers, all or those of one generation', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--workers=2', '--interval=0.2']);
  const both = await workers(rig, 2);
  await ssd.line(/generation 1 is ready/);
  for (const worker of both) await worker.beStubborn();

  const {pids} = await send(rig, 'signal', {signal: 'USR1', generation: 1});

  t.deepEqual([...(pids as number[])].sort(), both.map(({pid}) => pid).sort());
  for (const worker of both) t.is(await worker.nextSignal(), 'SIGUSR1');
  t.deepEqual(await send(rig, 'signal', {signal: 'USR1', generation: 7}), {
    signal: 'USR1',
    pids: [],
    refused: [],
  });
});

type StatusLike = {
  readonly current: number;
  readonly generations: readonly {readonly phase: string; readonly workers: readonly WorkerLike[]}[];
  readonly failures: readonly object[];
};
type WorkerLike = {readonly index: number; readonly restarts: number; readonly phase: string};

function allIn(status: unknown): readonly WorkerLike[] {
  return (status as StatusLike).generations.flatMap(({workers: found}) => found);
}
function livingIn(status: unknown): number {
  return allIn(status).length;
}
function readyIn(status: unknown): number {
  return allIn(status).filter(({phase}) => phase === 'ready').length;
}
