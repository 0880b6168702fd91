/** `--max-memory`: a worker that takes too much memory is replaced under traffic, and nobody notices. */
import test from 'ava';
import {metrics, status} from '../../helpers/clients/control.js';
import {startTraffic} from '../../helpers/clients/traffic.js';
import {boundPort, createRig, fixture, type Running} from '../../helpers/rig.js';

const HEAVY = ['perl', fixture('heavy.pl')];
const OPTIONS = ['--port=127.0.0.1:0', '--max-memory=64M', '--interval=0.2'];
/** The next measurement follows the last one soon. */
const OFTEN = {env: {SSD_MEASURE_MS: '50'}};

type Seen = {
  readonly generations: readonly {readonly generation: number; readonly workers: readonly Worker[]}[];
};
type Worker = {readonly pid: number; readonly phase: string; readonly index: number};

const workersOf = (seen: unknown) => (seen as Seen).generations.flatMap(({workers}) => workers);
const readyPids = (seen: unknown) =>
  workersOf(seen).flatMap(({pid, phase}) => (phase === 'ready' ? [pid] : []));

/** What the log says from the first heavy worker on: of heavy workers, their successors and the orders to finish. */
function steps(ssd: Running): readonly string[] {
  const patterns = {
    heavy: /, pid \d+, takes /,
    ready: /, pid \d+, is ready/,
    told: /sending TERM to generation/,
  };
  const found = ssd
    .stderr()
    .split('\n')
    .flatMap(line => Object.entries(patterns).flatMap(([step, one]) => (one.test(line) ? [step] : [])));
  return found.slice(found.indexOf('heavy'));
}

test('one of three takes too much: its successor is ready, it is told, and no request fails', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([...OPTIONS, '--workers=3'], HEAVY, OFTEN);
  const traffic = startTraffic(await boundPort(ssd));
  await ssd.line(/generation 1 is ready/);
  await traffic.answeredBy(1, 50);
  const before = readyPids(await status(rig));
  const [first, heavy = 0, third] = before;
  process.kill(heavy, 'SIGUSR1');

  await ssd.line(new RegExp(`generation 1, pid ${heavy}, takes \\d+\\.\\dM of memory, more than 64\\.0M`));
  await ssd.line(/generation 1, pid \d+, is ready/);
  await ssd.line(new RegExp(`sending TERM to generation 1, pid ${heavy}$`));
  await ssd.line(new RegExp(`generation 1, pid ${heavy}, exited with status 0`));
  await traffic.answeredBy(1, 50);

  const after = workersOf(await status(rig));
  t.deepEqual(after.map(({index}) => index).sort(), [0, 1, 2]);
  t.true(after.every(({phase, pid}) => phase === 'ready' && pid !== heavy));
  t.true([first, third].every(pid => after.some(worker => worker.pid === pid)));
  t.deepEqual(steps(ssd), ['heavy', 'ready', 'told']);
  t.regex(await metrics(rig), /^ssd_workers_too_heavy_total\{.*\} 1$/m);
  const report = await traffic.stop();
  t.is(report.failed, 0, report.problems.join('\n'));
});

test('of three that take too much, one at a time is replaced', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([...OPTIONS, '--workers=3'], HEAVY, OFTEN);
  const traffic = startTraffic(await boundPort(ssd));
  await ssd.line(/generation 1 is ready/);
  const before = readyPids(await status(rig));
  for (const pid of before) process.kill(pid, 'SIGUSR1');

  for (const _ of before) await ssd.line(/sending TERM to generation 1, pid/);
  await traffic.answeredBy(1, 50);

  t.deepEqual(
    steps(ssd),
    before.flatMap(() => ['heavy', 'ready', 'told']),
  );
  t.false(readyPids(await status(rig)).some(pid => before.includes(pid)));
  const report = await traffic.stop();
  t.is(report.failed, 0, report.problems.join('\n'));
});

test('what a descendant takes counts', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(OPTIONS, HEAVY, OFTEN);
  await boundPort(ssd);
  await ssd.line(/generation 1 is ready/);
  const [pid = 0] = readyPids(await status(rig));
  process.kill(pid, 'SIGUSR2');

  await ssd.line(new RegExp(`generation 1, pid ${pid}, takes \\d+`));
  await ssd.line(new RegExp(`sending TERM to generation 1, pid ${pid}$`));
  t.is((await ssd.line(/exited with status 0/)).includes(`pid ${pid},`), true);
});
