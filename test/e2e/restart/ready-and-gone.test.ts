/**
 * A worker that says that it is ready, and has ended, or another one has, before ssd hears of either. The old generation
 * must be told nothing, whichever of the two ssd reads first: it is stopped while they happen.
 */
import {readFileSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {until} from '../../../src/shared/client/patience.js';
import {hasEnded, readStat} from '../../../src/shared/process-stat.js';
import {restart, status} from '../../helpers/clients/control.js';
import type {Worker} from '../../helpers/conductor.js';
import {createRig, type Rig, type Running} from '../../helpers/rig.js';

const TRIES = 10;

type Way = {
  readonly args: (rig: Rig) => readonly string[];
  /** Has a worker say that it is ready; resolves when that has left it. */
  readonly speak: (rig: Rig, worker: Worker) => Promise<void>;
};

const WAYS: Readonly<Record<string, Way>> = {
  fd: {
    args: () => ['--ready=fd'],
    speak: (_, {env, write}) => write(Number(env.SSD_READY_FD), '\n'),
  },
  notify: {
    args: () => ['--ready=notify'],
    speak: (_, {notify}) => notify('READY=1'),
  },
  exec: {
    args: ({path}) => [
      `--ready=exec=echo $$ >${path('probe')}$SSD_WORKER_PID; until [ -e ${path('ready')}$SSD_WORKER_PID ]; do sleep 0.02; done`,
    ],
    speak: async ({path}, {pid}) => {
      // The command is there as soon as it has written its pid, and the worker may be sooner.
      await seen(() => probeOf(path, pid) > 0);
      writeFileSync(path(`ready${pid}`), '');
      await seen(() => hasEnded(probeOf(path, pid)));
    },
  },
};

for (const [name, way] of Object.entries(WAYS)) {
  test(`with --ready=${name} a worker that has ended is not ready, though it has said so`, async t => {
    const rig = await createRig(t);
    const ssd = rig.ssd(['--port=127.0.0.1:0', '--interval=0.1', ...way.args(rig)]);
    const first = await rig.conductor.nextWorker();
    await way.speak(rig, first);
    await ssd.line(/generation 1 is ready/);
    for (let nth = 1; nth <= TRIES; nth++) {
      const verdict = restart(rig);
      const next = await rig.conductor.nextWorker();
      await unheard(ssd, async () => {
        await way.speak(rig, next);
        await end(next);
      });
      t.like(await verdict, {verdict: 'failed', ending: {type: 'exited', code: 4}});
    }
    t.deepEqual(first.signals, []);
    t.like(await status(rig), {current: 1, incoming: null});
  });

  test(`with --ready=${name} a generation is not ready by its last worker when another has ended`, async t => {
    const rig = await createRig(t);
    const ssd = rig.ssd(['--port=127.0.0.1:0', '--workers=2', '--interval=0.1', ...way.args(rig)]);
    const first = [await rig.conductor.nextWorker(), await rig.conductor.nextWorker()];
    for (const worker of first) await way.speak(rig, worker);
    await ssd.line(/generation 1 is ready/);
    for (let nth = 1; nth <= TRIES; nth++) {
      const verdict = restart(rig);
      const next = [await rig.conductor.nextWorker(), await rig.conductor.nextWorker()];
      // The worker that has said so and ends is first the older, then the younger one.
      const [gone, last] = inTurn(nth, next) as [Worker, Worker];
      await way.speak(rig, gone);
      // When the answer is there, ssd knows.
      await status(rig);
      await unheard(ssd, async () => {
        await way.speak(rig, last);
        await end(gone);
      });
      t.like(await verdict, {verdict: 'failed', pid: gone.pid});
    }
    t.deepEqual(first.flatMap(({signals}) => signals), []); // biome-ignore format: an assertion is easier to read in one line
    t.like(await status(rig), {current: 1, incoming: null});
  });
}

test('with an interval a worker that has ended is not ready, though ssd was held up across the interval', async t => {
  const rig = await createRig(t);
  // So long that a busy machine can stop ssd within it.
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--interval=4']);
  const first = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  const verdict = restart(rig);
  const next = await rig.conductor.nextWorker();
  await unheard(ssd, async () => {
    await end(next);
    // A program that takes that long is the clock here.
    await rig.run(['sleep', '4.2']);
  });
  t.like(await verdict, {verdict: 'failed', ending: {type: 'exited', code: 4}});
  t.deepEqual(first.signals, []);
});

/** What happens while ssd is stopped. */
async function unheard(ssd: Running, happens: () => Promise<void>): Promise<void> {
  ssd.kill('SIGSTOP');
  await seen(() => readStat(ssd.pid)?.state === 'T');
  await happens();
  ssd.kill('SIGCONT');
}

async function end(worker: Worker): Promise<void> {
  worker.exit(4);
  await seen(() => hasEnded(worker.pid));
}

/** No event reports the state of a process that is not our child. */
function seen(isSo: () => boolean): Promise<void> {
  return until(isSo, 20_000, {code: 'still-waiting', goal: 'ready', seconds: 20});
}

function probeOf(path: Rig['path'], worker: number): number {
  try {
    return Number(readFileSync(path(`probe${worker}`), 'utf8'));
  } catch {
    // It has not begun.
    return 0;
  }
}

function inTurn<T>(nth: number, of: readonly T[]): readonly T[] {
  return nth % 2 === 0 ? of : [...of].reverse();
}
