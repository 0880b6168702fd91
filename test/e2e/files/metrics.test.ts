import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, watch, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {readMetrics, type Samples} from '../../daemon/metrics/read-metrics.js';
import {removeAtOnce} from '../../helpers/adapters/temporary.js';
import {metrics, restart, status, stop} from '../../helpers/clients/control.js';
import {watched} from '../../helpers/mailbox.js';
import {needs} from '../../helpers/programs.js';
import {createRig, INSTALLED} from '../../helpers/rig.js';

/** Resolves with the samples of the file once they are as wanted; looks when something in its directory changes. */
function samplesIn(
  t: ExecutionContext,
  path: string,
  isWanted: (samples: Samples) => boolean,
): Promise<Samples> {
  let text = '';
  const found = new Promise<Samples>((resolve, reject) => {
    const look = () => {
      if (!existsSync(path)) return;
      text = readFileSync(path, 'utf8');
      try {
        const samples = readMetrics(text);
        if (isWanted(samples)) resolve(samples);
      } catch (error) {
        reject(error);
      }
    };
    const watcher = watch(dirname(path), look);
    t.teardown(() => watcher.close());
    look();
  });
  return watched(found, () => `the metrics have not become as wanted:\n${text}`);
}

const COMPLETED = 'ssd_restarts_total{verdict="completed"}';

test('the metrics file follows the events, agrees with the verb, and is removed at the end', async t => {
  const rig = await createRig(t);
  const path = rig.path('m.prom');
  const ssd = rig.ssd([`--metrics-file=${path}`, '--interval=0.1', '--port=127.0.0.1:0', '--name=web']);
  await rig.conductor.nextWorker();
  t.is((await restart(rig)).verdict, 'completed');

  const samples = await samplesIn(t, path, found => found.get(COMPLETED) === 1);
  const expected: Readonly<Record<string, number>> = {
    ssd_current_generation: 2,
    'ssd_restarts_asked_total{by="request"}': 1,
    'ssd_starts_total{result="ready"}': 2,
    ssd_start_duration_seconds_count: 2,
    ssd_workers_spawned_total: 2,
    'ssd_worker_exits_total{cause="exited",outcome="retired"}': 1,
    'ssd_workers{phase="ready"}': 1,
    'ssd_workers{phase="retiring"}': 0,
    'ssd_accept_queue_waiting{listener="127.0.0.1:0",fd="3"}': 0,
  };
  for (const [name, value] of Object.entries(expected)) t.is(samples.get(name), value, name);
  t.true((samples.get('ssd_last_start_duration_seconds') ?? 0) >= 0.1);
  t.true((samples.get('ssd_workers_memory_bytes') ?? 0) > 0);
  t.true((samples.get('ssd_accept_queue_limit{listener="127.0.0.1:0",fd="3"}') ?? 0) > 0);
  t.true([...samples.keys()].some(name => /^ssd_info\{version="[^"]+"\}$/.test(name)));
  const said = readMetrics(await metrics(rig));
  t.deepEqual([...said.keys()], [...samples.keys()]);

  await stop(rig);
  t.is((await ssd.exit()).code, 0);
  t.deepEqual(readdirSync(rig.directory), ['conductor']);
});

test('failed restarts, lost workers and kills have separate counts', async t => {
  const rig = await createRig(t);
  const up = rig.path('up');
  const ssd = rig.ssd([`--ready=exec=test -e ${up}`, '--interval=0.1', '--stop-timeout=0.1']);
  const first = await rig.conductor.nextWorker();
  writeFileSync(up, '');
  await ssd.line(/generation 1 is ready/);
  rmSync(up);
  const verdict = restart(rig);
  (await rig.conductor.nextWorker()).exit(3);
  t.is((await verdict).verdict, 'failed');
  writeFileSync(up, '');
  first.die('SIGKILL');
  await ssd.line(/generation 1 lost its worker/);
  const third = await rig.conductor.nextWorker();
  await ssd.line(/generation 3 is ready/);
  await third.beStubborn();
  t.is((await restart(rig)).verdict, 'completed');

  const samples = readMetrics(await metrics(rig));
  const names = [...samples.keys()].filter(name =>
    /^ssd_(restarts|worker_exits|workers_killed)_total/.test(name),
  );
  t.deepEqual(Object.fromEntries(names.map(name => [name, samples.get(name)])), {
    'ssd_restarts_total{verdict="completed"}': 1,
    'ssd_restarts_total{verdict="failed"}': 1,
    'ssd_restarts_total{verdict="superseded"}': 0,
    'ssd_restarts_total{verdict="cancelled"}': 0,
    'ssd_worker_exits_total{cause="exited",outcome="failed-start"}': 1,
    'ssd_worker_exits_total{cause="signalled",outcome="lost"}': 1,
    'ssd_worker_exits_total{cause="signalled",outcome="retired"}': 1,
    ssd_workers_killed_total: 1,
  });
});

test('an unwritable metrics file is reported once and survived until it is writable again', async t => {
  const rig = await createRig(t);
  const directory = rig.path('d');
  const path = `${directory}/m`;
  mkdirSync(directory);
  const ssd = rig.ssd([`--metrics-file=${path}`, '--interval=0.1']);
  await samplesIn(t, path, found => found.get('ssd_current_generation') === 1);
  removeAtOnce(directory);
  t.is((await restart(rig)).verdict, 'completed');
  await ssd.line(/warning: cannot write metrics file \S+\/d\/m: ENOENT/);
  mkdirSync(directory);
  t.is((await restart(rig)).verdict, 'completed');
  await samplesIn(t, path, found => found.get(COMPLETED) === 2);
  t.is((await ssd.told()).match(/warning: .*metrics file/g)?.length, 1);
  t.is((await status(rig)).current, 3);
});

test('an unusable path is refused, and nothing is left', async t => {
  const rig = await createRig(t);
  mkdirSync(rig.path('d'));
  for (const [path, cause] of [
    ['no/m', 'ENOENT (no such file or directory)'],
    ['d', 'EISDIR (illegal operation on a directory)'],
  ] as const) {
    const args = [`--control=${rig.control}`, `--metrics-file=${rig.path(path)}`, '--', 'sleep', '1000'];
    const {code, stderr} = await rig.runSsd(args);
    t.is(code, 1);
    t.is(stderr, `ssd: cannot write metrics file ${rig.path(path)}: ${cause}\n`);
  }
  t.deepEqual(readdirSync(rig.directory).sort(), ['conductor', 'd']);
});

test('two instances have no sample in common, so that one node_exporter can read both files', async t => {
  const rig = await createRig(t);
  const series = [];
  for (const name of ['one', 'two']) {
    const path = rig.path(`${name}.prom`);
    const args = [
      `--name=${name}`,
      `--control=${rig.path(name)}`,
      `--metrics-file=${path}`,
      '--interval=0.1',
    ];
    rig.start([INSTALLED.ssd, ...args, '--', 'sleep', '1000']);
    await samplesIn(t, path, found => found.get('ssd_workers{phase="ready"}') === 1);
    series.push(...readFileSync(path, 'utf8').matchAll(/^(ssd_.*) \S+$/gm));
  }
  t.is(new Set(series.map(([, key]) => key)).size, series.length);
});

needs('promtool')('promtool finds nothing to say about the metrics', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1', '--port=127.0.0.1:0']);
  await ssd.line(/generation 1 is ready/);
  t.is((await restart(rig)).verdict, 'completed');
  writeFileSync(rig.path('m'), await metrics(rig));
  const {code, stdout, stderr} = await rig.run(['sh', '-c', `promtool check metrics <${rig.path('m')}`]);
  t.is(stdout + stderr, '');
  t.is(code, 0);
});
