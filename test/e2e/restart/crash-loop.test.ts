/** A program that does not come up: the state `failing`, and `--max-attempts`. */
import {writeFileSync} from 'node:fs';
import test from 'ava';
import {readMetrics} from '../../daemon/metrics/read-metrics.js';
import {metrics, status} from '../../helpers/clients/control.js';
import {createRig} from '../../helpers/rig.js';

/** By this a program that ends at once has failed, however busy the machine; by the interval it has to end within that. */
const BY_FD = ['--ready=fd', '--interval=0.1'];
const SERVES = 'echo >&"$SSD_READY_FD"; exec sleep 1000';

test('a crash loop shows as failing everywhere, and status exits with 1 while nothing serves', async t => {
  const rig = await createRig(t);
  const script = `test -e ${rig.path('repaired')} || exit 3; ${SERVES}`;
  const ssd = rig.ssd(BY_FD, ['sh', '-c', script]);
  await ssd.line(/attempt 2 failed/);
  const seen = await rig.ssctl(['status']);
  t.is(seen.code, 1);
  t.regex(seen.stdout, /^failing +for \S+, \d+ attempts failed; no generation serves$/m);
  t.regex(
    seen.stderr,
    /^ssctl: no generation of sh serves: \d+ attempts to start one failed, the first \S+ ago\n$/,
  );
  const late = await rig.ssctl(['wait', 'ready', '--timeout=0.5']);
  t.is(late.code, 4);
  t.regex(
    late.stderr,
    /^ssctl: not ready within 0\.5 s: \d+ attempts to start a generation failed; see ssctl -s \S+ status\n$/,
  );
  const {code, stdout} = await rig.ssctl(['--json', 'status']);
  t.is(code, 1);
  t.true(JSON.parse(stdout).failing.attempts >= 2);
  t.regex((await rig.ssctl(['list'])).stdout, / failing$/m);
  t.true((readMetrics(await metrics(rig)).get('ssd_failing_attempts') ?? 0) >= 2);

  writeFileSync(rig.path('repaired'), '');
  await ssd.line(/generation \d+ is ready/);
  t.like(await status(rig), {failing: null});
  t.is((await rig.ssctl(['status'])).code, 0);
  t.is(readMetrics(await metrics(rig)).get('ssd_failing_attempts'), 0);
});

test('status exits with 1 where the only worker is stopped', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  process.kill(worker.pid, 'SIGSTOP');
  await ssd.line(/was stopped by SIGSTOP/);
  t.is((await rig.ssctl(['status'])).code, 1);
});

test('with --max-attempts the first start is given up: exit status 1, and the reason', async t => {
  const rig = await createRig(t);
  const args = [...BY_FD, '--max-attempts=3', `--control=${rig.control}`];
  const {code, stderr} = await rig.runSsd([...args, '--', 'sh', '-c', 'exit 3']);
  t.is(code, 1);
  t.regex(
    stderr,
    /\nssd: gave up after 3 attempts, as --max-attempts asks: generation 3 \(pid \d+\) exited with status 3 after \S+; no generation serves now\n$/,
  );
  t.is(stderr.match(/attempt \d failed/g)?.length, 3);
});

test('with --max-attempts a restart by SIGHUP has failed, the old generation serves, and its loss ends ssd', async t => {
  const rig = await createRig(t);
  const script = `test "$SERVER_STARTER_GENERATION" = 1 || exit 3; echo $$ >${rig.path('pid')}; ${SERVES}`;
  const ssd = rig.ssd([...BY_FD, '--max-attempts=2'], ['sh', '-c', script]);
  await ssd.line(/generation 1 is ready/);
  ssd.kill('SIGHUP');
  await ssd.line(/restart failed: generation 3 .*generation 1 keeps serving/);
  t.like(await status(rig), {current: 1, incoming: null, failing: null});
  t.is((await rig.ssctl(['signal', 'KILL'])).code, 0);
  await ssd.line(/attempt 2 failed: generation 5/);
  await ssd.line(/^ssd: gave up after 2 attempts/);
  t.is((await ssd.exit()).code, 1);
});

test('an invalid number of attempts is refused', async t => {
  const rig = await createRig(t);
  for (const value of ['0', '1.5', 'many']) {
    const {code, stderr} = await rig.runSsd([`--max-attempts=${value}`, '--', 'true']);
    t.is(code, 2);
    t.regex(stderr, /^ssd: --max-attempts=\S+: expected a whole number from 1 to \d+/);
  }
});

test('a program that dies soon after it counted as ready is failing too', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  const first = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  first.exit(3);
  await ssd.line(/generation 1 lost its worker/);
  t.like(await status(rig), {failing: null});
  const second = await rig.conductor.nextWorker();
  await ssd.line(/generation 2 is ready/);
  second.exit(3);
  await ssd.line(/generation 2 lost its worker/);
  t.regex((await rig.ssctl(['status'])).stdout, /^failing +for \S+, \d+ attempts failed; /m);
});
