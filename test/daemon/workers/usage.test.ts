import test from 'ava';
import {createUsageReader} from '../../../src/daemon/workers/usage.js';
import type {GenerationStatus, WorkerStatus} from '../../../src/shared/protocol/status.js';
import {ticksOf} from '../../helpers/process-figures.js';

const withUsage = createUsageReader();

const WORKER: WorkerStatus = {
  phase: 'ready',
  index: 0,
  pid: null,
  ageMs: 1,
  retiringMs: null,
  restarts: 0,
  text: 'mine',
  stopping: false,
  stopped: false,
  memoryBytes: null,
  cpuMs: null,
  connections: null,
  oldestConnectionMs: null,
};

const generation = (...pids: readonly (number | null)[]): GenerationStatus => ({
  generation: 1,
  phase: 'ready',
  ageMs: 1,
  workers: pids.map(pid => ({...WORKER, pid})),
});

test('a process has its share of memory, and the time that the kernel counts', async t => {
  const before = ticksOf(process.pid) * 10;
  const [worker] = (await withUsage([generation(process.pid)]))[0]?.workers ?? [];
  const after = ticksOf(process.pid) * 10;
  t.true((worker?.cpuMs ?? -1) >= before && (worker?.cpuMs ?? -1) <= after);
  t.true((worker?.memoryBytes ?? 0) > 1024 * 1024);
  t.true((worker?.memoryBytes ?? 0) <= process.memoryUsage.rss() * 1.5);
  t.is(worker?.text, 'mine');
});

test('nothing is known about a worker that is gone or was not spawned, and the others are not harmed', async t => {
  const gone = 4_194_304 + 1;
  const seen = await withUsage([generation(null, gone, process.pid), generation()]);
  t.deepEqual(
    seen.map(({workers}) => workers.map(({memoryBytes, cpuMs}) => [memoryBytes !== null, cpuMs !== null])),
    [
      [
        [false, false],
        [false, false],
        [true, true],
      ],
      [],
    ],
  );
});
