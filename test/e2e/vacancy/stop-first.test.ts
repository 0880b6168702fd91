/** `--order=stop-first`: never two generations at a time, and no request fails though none serves for a moment. */
import {existsSync, mkdirSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {startTraffic} from '../../helpers/clients/traffic.js';
import {boundPort, createRig, type Rig} from '../../helpers/rig.js';
import {HELLO} from '../../helpers/servers.js';
import {goodAndBroken, releasesIn} from '../release/stage.js';

type Recorded = {readonly type: string; readonly generation?: number};

/** When generations began and ended, in this order. */
async function lives(rig: Rig): Promise<readonly string[]> {
  const {stdout} = await rig.ssctl(['events', '--json']);
  const events = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Recorded);
  const found = events.filter(({type}) => type === 'spawned' || type === 'finished');
  return found.map(({type, generation}) => `${type} ${generation}`);
}

test('the old generation is gone before the new one starts, and no request fails', async t => {
  const rig = await createRig(t);
  // What cannot overlap: a directory that one server makes at its start and removes at its end.
  const lock = rig.path('lock');
  const script = `mkdir ${lock} || exit 9; "$@" & child=$!; trap 'kill $child' TERM; wait $child; wait $child; rmdir ${lock}`;
  const program = ['sh', '-c', script, 'sh', ...HELLO];
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--interval=0.3', '--order=stop-first'], program);
  const port = await boundPort(ssd);
  await ssd.line(/generation 1 is ready/);
  const traffic = startTraffic(port);
  t.teardown(async () => void (await traffic.stop()));
  await traffic.answeredBy(1, 20);
  for (const generation of [2, 3, 4]) {
    const {code, stdout, stderr} = await rig.ssctl(['restart']);
    t.is(code, 0, stderr);
    t.regex(
      stdout,
      new RegExp(`^generation ${generation} .* generation ${generation - 1} had finished before`),
    );
    await traffic.answeredBy(generation, 20);
  }
  const report = await traffic.stop();
  t.is(report.failed, 0, report.problems.join('\n'));
  t.deepEqual(
    await lives(rig),
    [1, 2, 3].flatMap(nth => [`spawned ${nth}`, `finished ${nth}`]).concat('spawned 4'),
  );
});

test('if the new release fails, the release that was good comes back', async t => {
  const rig = await createRig(t);
  const releases = goodAndBroken(rig, `exec ${HELLO.join(' ')}`);
  const ssd = releases.ssd(['--order=stop-first', '--interval=0.3']);
  const traffic = startTraffic(await boundPort(ssd));
  t.teardown(async () => void (await traffic.stop()));
  await ssd.line(/generation 1 is ready/);
  await traffic.answeredBy(1, 5);
  releases.switchTo('broken');
  const {code, stderr} = await rig.ssctl(['restart']);
  t.is(code, 1);
  t.regex(stderr, /restart failed: generation 2 .*exited with status 3/);
  await ssd.line(/generation 3 is ready/);
  await traffic.answeredBy(3, 5);
  const report = await traffic.stop();
  t.is(report.failed, 0, report.problems.join('\n'));
  const status = JSON.parse((await rig.ssctl(['status', '--json'])).stdout);
  t.like(status.release, {good: releases.good});
});

test('what cannot start is found before anything is stopped', async t => {
  const rig = await createRig(t);
  const releases = releasesIn(rig);
  const envdir = rig.path('env');
  mkdirSync(envdir);
  releases.put('good');
  mkdirSync(rig.path(join('releases', 'empty')));
  releases.switchTo('good');
  const ssd = releases.ssd(['--order=stop-first', `--envdir=${envdir}`]);
  await ssd.line(/generation 1 is ready/);
  const reasons: readonly (readonly [() => void, RegExp])[] = [
    [() => releases.switchTo('gone'), /generation 2 .*cannot use release .*; generation 1 keeps serving/],
    [() => releases.switchTo('empty'), /generation 3 .*no such program.*; generation 1 keeps serving/],
    [
      () => {
        releases.switchTo('good');
        symlinkSync('loop', join(envdir, 'loop'));
      },
      /generation 4 .*loop.*; generation 1 keeps serving/,
    ],
  ];
  for (const [spoil, reason] of reasons) {
    spoil();
    const {code, stderr} = await rig.ssctl(['restart']);
    t.is(code, 1);
    t.regex(stderr, reason);
  }
  t.deepEqual(await lives(rig), ['spawned 1']);
});

test('SIGHUP stops first once, and not again and again for a release that fails', async t => {
  const rig = await createRig(t);
  const releases = goodAndBroken(rig);
  const ssd = releases.ssd(['--order=stop-first']);
  await ssd.line(/generation 1 is ready/);
  releases.switchTo('broken');
  ssd.kill('SIGHUP');
  await ssd.line(/generation 3 is ready/);
  const status = JSON.parse((await rig.ssctl(['status', '--json'])).stdout);
  t.like(status, {current: 3, incoming: null});
});

test('one restart may stop first, and one may overlap', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  await ssd.line(/generation 1 is ready/);
  t.is((await rig.ssctl(['restart', '--order=stop-first'])).code, 0);
  t.regex(
    await ssd.line(/stop-first/),
    /the next generation starts when generation 1 is gone \(stop-first\)/,
  );
  t.is((await rig.ssctl(['restart', '--order=overlap'])).code, 0);
  t.deepEqual(await lives(rig), ['spawned 1', 'finished 1', 'spawned 2', 'spawned 3', 'finished 2']);
});

test('who waits only until it is ready is not told that what was stopped first has yet to finish', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1', '--order=stop-first']);
  await ssd.line(/generation 1 is ready/);
  const {stdout} = await rig.ssctl(['restart', '--until=ready']);
  t.regex(stdout, /^generation 2 \(pid \d+\) serves, ready after .*; generation 1 had finished before$/m);
});

test('a trial is refused where the old generation is ended first', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1', '--order=stop-first']);
  await ssd.line(/generation 1 is ready/);
  const {code, stderr} = await rig.ssctl(['restart', '--bake=2s']);
  t.is(code, 1);
  t.regex(
    stderr,
    /restart was refused: a trial keeps the old generation, and --order=stop-first ends it first$/m,
  );
  t.deepEqual(await lives(rig), ['spawned 1']);
});

test('what needs two generations at a time is refused', async t => {
  const rig = await createRig(t);
  for (const option of ['--bake=1', '--rolling=1']) {
    const {code, stderr} = await rig.runSsd(['--order=stop-first', option, '--', 'true']);
    t.is(code, 2);
    t.regex(stderr, /^ssd: --order=stop-first: it does not work with --\w+, which needs two generations/);
  }
  const heavy = await rig.runSsd(['--order=stop-first', '--max-memory=1G', '--', 'true']);
  t.is(heavy.code, 2);
  t.regex(
    heavy.stderr,
    /^ssd: --order=stop-first: it does not work with --max-memory, which starts a worker beside/,
  );
  const {code, stderr} = await rig.runSsd(['--order=stop-frst', '--', 'true']);
  t.is(code, 2);
  t.regex(stderr, /^ssd: --order=stop-frst: expected overlap or stop-first \(did you mean stop-first\?\)/);
  t.false(existsSync(rig.path('control')));
});
