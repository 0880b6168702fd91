import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {ask, boundPort, createRig, SERVER} from '../../helpers/rig.js';
import {BROKEN, goodAndBroken, releasesIn} from './stage.js';

/** How often what must always hold is tried. */
const TIMES = 20;

test('workers run in the release, find it in SSD_RELEASE, and --dir is relative to it', async t => {
  const rig = await createRig(t);
  const releases = releasesIn(rig);
  const one = releases.put('1');
  mkdirSync(join(one, 'web'));
  releases.switchTo('1');
  const ssd = rig.ssd([`--release=${releases.link}`, '--dir=web', '--interval=0.1'], ['../server']);
  const worker = await rig.conductor.nextWorker();
  t.is(worker.cwd, join(one, 'web'));
  t.is(worker.env.SSD_RELEASE, one);
  t.regex(await ssd.line(/spawned/), /from \/.*releases\/1$/);
});

test('a restart takes what the link says then, and a failed one leaves all as it was', async t => {
  const rig = await createRig(t);
  const releases = releasesIn(rig);
  const [one, two] = [releases.put('1'), releases.put('2')];
  releases.switchTo('1');
  const ssd = releases.ssd();
  const port = await boundPort(ssd);
  t.is((await rig.conductor.nextWorker()).cwd, one);
  await ssd.line(/generation 1 is ready/);
  releases.switchTo('2');

  const {stdout} = await rig.ssctl(['restart']);

  t.regex(stdout, /^generation 2 \(pid \d+\) serves from \S+releases\/2, ready after/);
  t.is((await rig.conductor.nextWorker()).cwd, two);
  releases.put('3', BROKEN);
  releases.switchTo('3');
  const failed = await rig.ssctl(['restart']);
  t.is(failed.code, 1);
  t.regex(
    failed.stderr,
    /^ssctl: restart failed: generation 3 \(pid \d+, release \S+releases\/3\) exited with/m,
  );
  t.is((await ask(port)).generation, 2);
});

test('after a failed deploy a worker that is killed comes back from the old release', async t => {
  const rig = await createRig(t);
  const releases = goodAndBroken(rig);
  const envdir = rig.path('env');
  mkdirSync(envdir);
  writeFileSync(join(envdir, 'KEY'), 'old');
  releases.ssd([`--envdir=${envdir}`]);
  let worker = await rig.conductor.nextWorker();
  await rig.ssctl(['wait', 'ready']);
  releases.switchTo('broken');
  writeFileSync(join(envdir, 'KEY'), 'new');
  for (let time = 1; time <= TIMES; time++) {
    t.is((await rig.ssctl(['restart'])).code, 1);
    worker.die('KILL');
    worker = await rig.conductor.nextWorker();
    t.is(worker.cwd, releases.good, `time ${time}`);
    t.is(worker.env.KEY, 'old', 'its environment is the one of its release');
    await rig.ssctl(['wait', 'ready']);
  }
});

test('so do all workers that are killed at once, and one of several', async t => {
  const rig = await createRig(t);
  const releases = goodAndBroken(rig);
  releases.ssd(['--workers=3']);
  const next = async () => [
    await rig.conductor.nextWorker(),
    await rig.conductor.nextWorker(),
    await rig.conductor.nextWorker(),
  ];
  let workers = await next();
  await rig.ssctl(['scale', '3']);
  releases.switchTo('broken');
  for (let time = 1; time <= 5; time++) {
    t.is((await rig.ssctl(['restart'])).code, 1);
    for (const worker of workers) worker.die('KILL');
    workers = await next();
    for (const {cwd} of workers) t.is(cwd, releases.good, `time ${time}`);
    await rig.ssctl(['scale', '3']);
  }
  workers[1]?.die('KILL');
  t.is((await rig.conductor.nextWorker()).cwd, releases.good);
  const scaling = rig.ssctl(['scale', '4']);
  t.is((await rig.conductor.nextWorker()).cwd, releases.good);
  t.is((await scaling).code, 0);
});

test('what was good comes first while SIGHUP goes on with a release that fails', async t => {
  const rig = await createRig(t);
  const releases = goodAndBroken(rig);
  const ssd = releases.ssd();
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  releases.switchTo('broken');
  ssd.kill('SIGHUP');
  await ssd.line(/attempt 2 failed/);
  worker.die('KILL');
  t.is((await rig.conductor.nextWorker()).cwd, releases.good);
  await ssd.line(/generation \d+ is ready/);
  // The restart that was asked for follows, and succeeds once its release does.
  await ssd.line(/attempt \d+ failed/);
  const mended = releases.put('broken');
  t.is((await rig.conductor.nextWorker()).cwd, mended);
  await ssd.line(/restart completed/);
});

test('a restart by time starts the release that was good, whatever the link says', async t => {
  const rig = await createRig(t);
  const releases = goodAndBroken(rig);
  const ssd = releases.ssd(['--enable-auto-restart', '--auto-restart-interval=0.5', '--kill-old-delay=0']);
  await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  releases.switchTo('broken');
  t.is((await rig.conductor.nextWorker()).cwd, releases.good);
  await ssd.line(/generation 2 is ready/);
});

test('a link that dangles makes a restart fail, and says where it points', async t => {
  const rig = await createRig(t);
  const releases = releasesIn(rig);
  releases.put('1');
  releases.switchTo('1');
  const ssd = releases.ssd();
  const port = await boundPort(ssd);
  const {pid} = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  releases.switchTo('2');

  const {code, stderr} = await rig.ssctl(['restart']);

  t.is(code, 1);
  t.regex(
    stderr,
    /cannot use release \S+current \(a link to releases\/2\): ENOENT \(no such file or directory\); generation 1 keeps serving/,
  );
  t.deepEqual(await ask(port), {generation: 1, pid});
});

test('at the start it is refused, and by --check', async t => {
  const rig = await createRig(t);
  const releases = releasesIn(rig);
  releases.switchTo('1');
  const args = [`--release=${releases.link}`, `--control=${rig.control}`];
  for (const line of [args, [...args, '--check']]) {
    const {code, stderr} = await rig.runSsd([...line, '--', ...SERVER]);
    t.is(code, 1);
    t.regex(
      stderr,
      /^ssd: cannot use release \S+current \(a link to releases\/1\): ENOENT \(no such file or directory\)$/m,
    );
  }
  writeFileSync(rig.path('file'), '');
  const {stderr} = await rig.runSsd([`--release=${rig.path('file')}`, '--', ...SERVER]);
  t.regex(stderr, /cannot use release \S+file: /);
});

test('where the release is gone the link is used, and that is told', async t => {
  const rig = await createRig(t);
  const releases = releasesIn(rig);
  releases.put('1');
  const two = releases.put('2');
  releases.switchTo('1');
  const ssd = releases.ssd();
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  releases.switchTo('2');
  releases.remove('1');
  worker.die('KILL');
  t.is((await rig.conductor.nextWorker()).cwd, two);
  t.regex(
    await ssd.line(/warning: release/),
    /warning: release \S+releases\/1 is gone; generation 2 starts from \S+releases\/2, as --release says now/,
  );
  const {stdout} = await rig.ssctl(['events', '--json']);
  t.regex(stdout, /"type":"release-gone",.*"generation":2,/);
});
