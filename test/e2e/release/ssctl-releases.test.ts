import {writeFileSync} from 'node:fs';
import test from 'ava';
import type {Worker} from '../../helpers/conductor.js';
import {ask, boundPort, createRig} from '../../helpers/rig.js';
import {BROKEN, releasesIn} from './stage.js';

const TIMES = 20;

test('rollback goes back to the release before, and back again', async t => {
  const rig = await createRig(t);
  const releases = releasesIn(rig);
  const directories = [releases.put('1'), releases.put('2')];
  releases.switchTo('1');
  const ssd = releases.ssd();
  await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  releases.switchTo('2');
  await rig.ssctl(['restart']);
  await rig.conductor.nextWorker();
  // A reload of the same release is none to go back to.
  await rig.ssctl(['restart']);
  await rig.conductor.nextWorker();
  for (let time = 0; time < TIMES; time++) {
    const {code, stdout} = await rig.ssctl(['rollback']);
    t.is(code, 0);
    const expected = directories[time % 2] ?? '';
    t.is((await rig.conductor.nextWorker()).cwd, expected, `time ${time + 1}`);
    t.true(stdout.includes(`serves from ${expected}, `), stdout);
  }
});

test('a rollback says that the link leads elsewhere, until it does not', async t => {
  const rig = await createRig(t);
  const releases = releasesIn(rig);
  const [one, two] = [releases.put('1'), releases.put('2')];
  releases.switchTo('1');
  const ssd = releases.ssd();
  await ssd.line(/generation 1 is ready/);
  releases.switchTo('2');
  await rig.ssctl(['restart']);
  const back = await rig.ssctl(['rollback']);
  t.is(back.code, 0);
  t.is(
    back.stderr.split('\n').at(-2),
    `warning: ${releases.link} still leads to ${two}, and the next restart takes it again; point it to ${one}`,
  );
  t.regex((await rig.ssctl(['releases'])).stdout, new RegExp(`^leads to +${two}$`, 'm'));
  // The link leads to what this one goes back to.
  t.notRegex((await rig.ssctl(['rollback'])).stderr, /leads to/);
  const asData = await rig.ssctl(['rollback', '--json']);
  t.is(asData.stderr, '');
  t.like(JSON.parse(asData.stdout), {verdict: 'completed', release: one});
  releases.remove('2');
  const {target, ...rest} = JSON.parse((await rig.ssctl(['releases', '--json'])).stdout);
  t.is(target, undefined);
  t.like(rest, {link: releases.link, good: one});
});

test('a rollback without a release before is refused, and so are releases where there are none', async t => {
  const rig = await createRig(t);
  const releases = releasesIn(rig);
  releases.put('1');
  releases.switchTo('1');
  const ssd = releases.ssd();
  await ssd.line(/generation 1 is ready/);
  for (const line of [['rollback'], ['rollback', '--no-wait']]) {
    const {code, stderr} = await rig.ssctl(line);
    t.is(code, 1);
    t.regex(stderr, /^ssctl: cannot roll back: no other release was good before the current one/m);
  }
  const other = await createRig(t);
  await other.ssd(['--interval=0.1']).line(/generation 1 is ready/);
  for (const line of [['rollback'], ['releases'], ['restart', '--release=/tmp']]) {
    const {code, stderr} = await other.ssctl(line);
    t.is(code, 1);
    t.is(
      stderr,
      `ssctl: ${line[0]} was refused: this ssd runs without --release; start it with --release=LINK\n`,
    );
  }
});

test('a directory is deployed without the link, and the restart before is told', async t => {
  const rig = await createRig(t);
  const releases = releasesIn(rig);
  releases.put('1');
  const [two, three] = [releases.put('2'), releases.put('3')];
  releases.switchTo('1');
  // A worker is ready when it says so: the test says what overlaps.
  const ssd = releases.ssd(['--ready=fd']);
  const port = await boundPort(ssd);
  const next = () => rig.conductor.nextWorker();
  const sayReady = (worker: Worker) => worker.write(Number(worker.env.SSD_READY_FD), '\n');
  await sayReady(await next());
  await ssd.line(/generation 1 is ready/);

  const first = rig.ssctl(['restart', '--release=releases/2']);
  const second = await next();
  t.is(second.cwd, two);
  const replaced = rig.ssctl(['restart']);
  await ssd.line(/restart requested .*it follows/);
  const last = rig.ssctl(['restart', `--release=${three}`]);
  await ssd.line(/restart from .*it follows/);
  await sayReady(second);
  t.is((await first).code, 0);
  const {code, stderr} = await replaced;
  t.is(code, 1);
  t.regex(stderr, /^ssctl: restart cancelled: a later request asks for another release$/m);
  const third = await next();
  t.is(third.cwd, three);
  await sayReady(third);
  t.is((await last).code, 0);
  t.is((await ask(port)).generation, 3);
  const missing = await rig.ssctl(['restart', '--release=no/such']);
  t.is(missing.code, 1);
  t.regex(
    missing.stderr,
    /cannot use release \S+\/no\/such: ENOENT \(no such file or directory\); generation 3 keeps serving/,
  );
});

test('the name of a release may have a line break, and a file is none', async t => {
  const rig = await createRig(t);
  const releases = releasesIn(rig);
  const odd = releases.put('2\ngeneration 9 serves');
  releases.put('1');
  releases.switchTo('1');
  const ssd = releases.ssd();
  await ssd.line(/generation 1 is ready/);
  const {stdout} = await rig.ssctl(['restart', `--release=${odd}`]);
  t.regex(stdout, /^generation 2 \(pid \d+\) serves from \S+2\?generation 9 serves, ready after .*\n$/);
  writeFileSync(rig.path('file'), '');
  const {stderr} = await rig.ssctl(['restart', `--release=${rig.path('file')}`]);
  t.regex(stderr, /cannot use release \S+file: ENOTDIR \(/);
});

test('every view names the release of each generation', async t => {
  const rig = await createRig(t);
  const releases = releasesIn(rig);
  const [one, two] = [releases.put('1'), releases.put('2')];
  const three = releases.put('3', BROKEN);
  releases.switchTo('1');
  const ssd = releases.ssd();
  await ssd.line(/generation 1 is ready/);
  releases.switchTo('2');
  const verdict = JSON.parse((await rig.ssctl(['restart', '--json'])).stdout);
  t.like(verdict, {verdict: 'completed', generation: 2, release: two});
  releases.switchTo('3');
  await rig.ssctl(['restart']);

  const status = JSON.parse((await rig.ssctl(['status', '--json'])).stdout);
  t.deepEqual(status.release, {link: releases.link, good: two, former: one});
  t.is(status.generations[0].release, two);
  t.regex(status.failures[0].release, /releases\/3$/);
  const shown = (await rig.ssctl(['status'])).stdout;
  t.regex(shown, /^release +from \S+current\n +generation 2: \S+releases\/2\n +good: \S+releases\/2$/m);
  t.regex((await rig.ssctl(['list'])).stdout, /RELEASE\n.*running +\S+releases\/2$/m);
  t.regex((await rig.ssctl(['events'])).stdout, /generation 3 spawned, pid \d+, from \S+releases\/3$/m);
  t.regex(
    (await rig.ssctl(['metrics'])).stdout,
    /^ssd_release_info\{name="\w+",release="\S+releases\/2",generation="2",phase="ready"\} 1$/m,
  );
  const {runs, ...rest} = JSON.parse((await rig.ssctl(['releases', '--json'])).stdout);
  t.deepEqual(rest, {link: releases.link, target: three, good: two, former: one});
  t.like(runs, [
    {generation: 1, release: one, state: 'finished'},
    {generation: 2, release: two, state: 'serving', endedAt: null},
    {generation: 3, state: 'failed'},
  ]);
  t.regex((await rig.ssctl(['releases'])).stdout, /^2 +\S+Z +- +serving +\S+releases\/2$/m);
});
