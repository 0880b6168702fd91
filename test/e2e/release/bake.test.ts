import {readFileSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {following} from '../../helpers/clients/ssctl.js';
import {startTraffic} from '../../helpers/clients/traffic.js';
import {ask, boundPort, createRig, type Rig, SERVER} from '../../helpers/rig.js';
import {HELLO} from '../../helpers/servers.js';
import {checkOf, PATIENT, releasesIn} from './stage.js';

/** How long the way back may take: from the cause until the old generation is current again. */
const BACK_MS = 50;

type Recorded = {readonly type: string; readonly at: string; readonly generation?: number};

async function eventsOf(rig: Rig): Promise<readonly Recorded[]> {
  const {stdout} = await rig.ssctl(['events', '--json']);
  return stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Recorded);
}

/** The time from one event to another, as ssd has recorded them. */
function between(events: readonly Recorded[], from: string, to: string): number {
  const at = (type: string) => Date.parse(events.find(event => event.type === type)?.at ?? '');
  return at(to) - at(from);
}

test('a generation that passes its trial stays, and only then the old one is told', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1', '--bake=0.6', '--bake-every=0.2', PATIENT, checkOf(rig)]);
  const old = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  const restarting = rig.ssctl(['restart', '--json']);
  const {pid} = await rig.conductor.nextWorker();
  t.regex(await ssd.line(/is on trial/), /generation 2 is on trial for 600ms; generation 1 serves beside it/);
  t.regex(await ssd.line(/check 1/), /check 1 of generation 2 succeeded; /);
  t.is(await old.nextSignal(), 'SIGTERM');
  const verdict = JSON.parse((await restarting).stdout);
  t.like(verdict, {verdict: 'completed', generation: 2, replaced: [1]});
  const events = await eventsOf(rig);
  const types = events.map(({type}) => type);
  t.true(types.indexOf('telling') > types.indexOf('trial-ended'), types.join());
  t.like(
    events.find(({type}) => type === 'trial-ended'),
    {generation: 2, old: 1, passed: true},
  );
  const {stdout} = await rig.run(['cat', rig.path('checks')]);
  t.is(stdout.split('\n')[0], `${pid} 2 1 2`);
});

test('a check that fails brings the old generation back at once, without a spawn and without a lost request', async t => {
  const rig = await createRig(t);
  const trial = ['--bake=60', '--bake-every=0.1', PATIENT, checkOf(rig)];
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--interval=0.3', ...trial], HELLO);
  const traffic = startTraffic(await boundPort(ssd));
  t.teardown(async () => void (await traffic.stop()));
  await ssd.line(/generation 1 is ready/);
  await traffic.answeredBy(1, 20);
  const restarting = rig.ssctl(['restart']);
  await ssd.line(/check 1 of generation 2 succeeded/);
  await traffic.answeredBy(2, 20);

  writeFileSync(rig.path('bad'), '');

  t.is((await restarting).code, 1);
  await traffic.answeredBy(1, 20 + (traffic.report().byGeneration.get(1) ?? 0));
  const report = await traffic.stop();
  t.is(report.failed, 0, report.problems.join('\n'));
  const events = await eventsOf(rig);
  t.is(events.filter(({type}) => type === 'spawned').length, 2);
  t.deepEqual(
    events.filter(({type}) => type === 'telling').map(({generation}) => generation),
    [2],
  );
  const took = between(events, 'trial-ended', 'telling');
  t.true(took <= BACK_MS, `${took} ms`);
  const told = Date.parse(events.find(({type}) => type === 'telling')?.at ?? '');
  t.log(
    `the old generation was current ${told - Number(readFileSync(rig.path('ended'), 'utf8'))} ms after the check had ended`,
  );
  t.like(
    events.find(event => event.type === 'restart-ended'),
    {verdict: 'failed', phase: 'bake', generation: 2},
  );
  const status = JSON.parse((await rig.ssctl(['status', '--json'])).stdout);
  t.is(status.current, 1);
  t.like(status.failures, [{what: 'rejected', generation: 2, phase: 'bake'}]);
});

test('a worker that crashes on trial brings it back, and so does a rejection; nothing is spawned', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--interval=0.1', '--bake=60']);
  const port = await boundPort(ssd);
  const old = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  const crashing = rig.ssctl(['restart', '--json']);
  const crash = await rig.conductor.nextWorker();
  await ssd.line(/generation 2 is on trial/);
  crash.exit(9);
  t.like(JSON.parse((await crashing).stdout), {
    verdict: 'failed',
    phase: 'bake',
    generation: 2,
    ending: {type: 'exited', code: 9},
    serving: 1,
  });
  const rejecting = rig.ssctl(['restart']);
  await rig.conductor.nextWorker();
  await ssd.line(/generation 3 is on trial/);
  t.regex(
    (await rig.ssctl(['status'])).stdout,
    /^trial +generation 3, (5\d[.]\ds|1m 0s) left; generation 1 serves beside it$/m,
  );

  const {stdout} = await rig.ssctl(['reject', 'it is too slow']);

  t.is(stdout, 'rejected generation 3; generation 1 is current again\n');
  const {code, stderr} = await rejecting;
  t.is(code, 1);
  t.regex(
    stderr,
    /generation 3 \(pid \d+\) was rejected after \S+: it is too slow; generation 1 keeps serving/,
  );
  t.deepEqual(await ask(port), {generation: 1, pid: old.pid});
  t.deepEqual(old.signals, []);
  t.is((await eventsOf(rig)).filter(({type}) => type === 'spawned').length, 3);
});

test('of a canary one worker in four is on trial, and goes again', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--workers=4', '--rolling=1', '--interval=0.1', '--bake=60']);
  const old = [];
  for (let nth = 0; nth < 4; nth++) old.push(await rig.conductor.nextWorker());
  await rig.ssctl(['scale', '4']);
  const restarting = rig.ssctl(['restart']);
  const canary = await rig.conductor.nextWorker();
  await ssd.line(/generation 2 is on trial/);
  const during = JSON.parse((await rig.ssctl(['status', '--json'])).stdout);
  t.deepEqual(
    during.generations.map((one: {workers: unknown[]; phase: string}) => [one.phase, one.workers.length]),
    [
      ['held', 4],
      ['ready', 1],
    ],
  );
  canary.die('SEGV');
  t.is((await restarting).code, 1);
  const after = JSON.parse((await rig.ssctl(['status', '--json'])).stdout);
  t.is(after.current, 1);
  t.is(after.generations[0].workers.length, 4);
  t.deepEqual(
    old.flatMap(({signals}) => signals),
    [],
  );
  const again = rig.ssctl(['restart']);
  await rig.conductor.nextWorker();
  await ssd.line(/generation 3 is on trial/);
  t.is((await rig.ssctl(['accept'])).stdout, 'accepted generation 3\n');
  t.is((await again).code, 0);
});

test('one restart may have a trial of its own, or none', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  await ssd.line(/generation 1 is ready/);
  const longer = rig.ssctl(['restart', '--bake=0.3', '--until=ready']);
  await ssd.line(/generation 2 is on trial for 300ms/);
  t.is((await longer).code, 0);
  const other = await createRig(t);
  const baking = other.ssd(['--interval=0.1', '--bake=60']);
  await baking.line(/generation 1 is ready/);
  t.is((await other.ssctl(['restart', '--no-bake'])).code, 0);
  t.false(baking.stderr().includes('on trial'));
  for (const verb of ['accept', 'reject']) {
    const {code, stderr} = await other.ssctl([verb]);
    t.is(code, 1);
    t.is(stderr, `ssctl: nothing to ${verb}: no generation is on trial\n`);
  }
});

test('with --release it is the old release that a crash brings back while the new one is on trial', async t => {
  const rig = await createRig(t);
  const releases = releasesIn(rig);
  const [one, two] = [releases.put('1'), releases.put('2')];
  releases.switchTo('1');
  const ssd = releases.ssd(['--bake=60']);
  const first = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  releases.switchTo('2');
  const restarting = rig.ssctl(['restart']);
  const second = await rig.conductor.nextWorker();
  t.is(second.cwd, two);
  await ssd.line(/generation 2 is on trial/);
  first.die('KILL');
  await ssd.line(/generation 1 lost its worker/);
  t.regex((await rig.ssctl(['status'])).stdout, /there is none to go back to$/m);
  const rejected = await rig.ssctl(['reject']);
  t.is(rejected.code, 1);
  t.regex(rejected.stderr, /^ssctl: cannot reject generation 2: the generation before it is lost/);
  second.die('KILL');
  t.is((await restarting).code, 1);
  t.is((await rig.conductor.nextWorker()).cwd, one);
});

test('wrong options of a trial are refused', async t => {
  const rig = await createRig(t);
  for (const [args, problem] of [
    [['--bake=soon'], '--bake=soon: '],
    [['--bake-check=curl'], '--bake-check=curl: expected exec=COMMAND'],
    [['--bake-every=2'], '--bake-every=2: it works only with --bake-check'],
    [['--bake-every=0', '--bake-check=exec=true'], '--bake-every=0: expected more than 0'],
    [['--bake-failures=0', '--bake-check=exec=true'], '--bake-failures=0: expected a whole number from 1'],
  ] as const) {
    const {code, stderr} = await rig.runSsd([...args, '--', ...SERVER]);
    t.is(code, 2);
    t.true(stderr.startsWith(`ssd: ${problem}`), stderr);
  }
});

test('during a trial Ctrl-C, cancel and list say how it is', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1', '--bake=60']);
  await ssd.line(/generation 1 is ready/);
  const restart = following(rig, ['restart']);
  await restart.line(/generation 2 is on trial/);
  restart.kill('SIGINT');
  const ssctl = `ssctl -s ${rig.control}`;
  t.is(
    await restart.line(/^ssctl: /),
    `ssctl: interrupted; the trial of generation 2 continues: ${ssctl} reject or ${ssctl} accept ends it, ${ssctl} events --follow shows it`,
  );
  t.regex((await rig.ssctl(['cancel'])).stderr, /; ssctl -s \S+ reject ends a trial$/m);
  t.regex((await rig.ssctl(['list'])).stdout, / trial$/m);
  t.is((await rig.ssctl(['reject', 'too slow'])).code, 0);
  t.regex(
    await ssd.line(/restart failed/),
    /\) was rejected after \S+: too slow; generation 1 keeps serving$/,
  );
  t.regex((await rig.ssctl(['status'])).stdout, /^2 .* on trial +was rejected: too slow /m);
});
