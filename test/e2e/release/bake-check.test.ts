import {existsSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {createRig} from '../../helpers/rig.js';
import {checkOf, PATIENT} from './stage.js';

test('the verdict quotes the check and the worker', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([
    '--capture-stderr',
    '--interval=0.1',
    '--bake=60',
    '--bake-every=0.1',
    PATIENT,
    checkOf(rig),
  ]);
  const old = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  const restarting = rig.ssctl(['restart']);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/check 1 of generation 2 succeeded/);
  await worker.print('the pool is exhausted');
  writeFileSync(rig.path('bad'), '');
  const {code, stderr} = await restarting;
  t.is(code, 1);
  t.regex(
    stderr,
    /^ssctl: restart failed: generation 2 \(pid \d+\) failed its trial after \S+: its check exited with status 7; generation 1 keeps serving\nthe last lines of the check:\n {4}no answer from \/health\nits last lines on standard error:\n {4}the pool is exhausted$/m,
  );
  t.deepEqual(old.signals, []);
});

test('a check that takes too long fails, and is killed', async t => {
  const rig = await createRig(t);
  const check = `--bake-check=exec=echo $$ >${rig.path('pid')}; sleep 60`;
  const ssd = rig.ssd(['--interval=0.1', '--bake=60', '--bake-timeout=0.2', check]);
  await ssd.line(/generation 1 is ready/);
  const {code, stderr} = await rig.ssctl(['restart']);
  t.is(code, 1);
  t.regex(stderr, /failed its trial after \S+: its check took longer than 200ms; generation 1/);
  const {stdout} = await rig.run(['cat', rig.path('pid')]);
  await rig.ssctl(['status']);
  t.false(existsSync(`/proc/${stdout.trim()}/fd/0`));
});

test('what a check leaves behind is killed', async t => {
  const rig = await createRig(t);
  const check = `--bake-check=exec=sleep 60 & echo $! >>${rig.path('pids')}`;
  const ssd = rig.ssd(['--interval=0.1', '--bake=0.3', '--bake-every=0.1', PATIENT, check]);
  await ssd.line(/generation 1 is ready/);
  t.is((await rig.ssctl(['restart'])).code, 0);
  const pids = readFileSync(rig.path('pids'), 'utf8').trim().split('\n');
  t.true(pids.length > 0);
  // Their ends are seen after they were killed.
  for (const pid of pids) t.false(existsSync(`/proc/${pid}/cwd`), pid);
});

test('some failures in a row may be allowed, and a trial does not end between them', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([
    '--interval=0.1',
    '--bake=0.3',
    '--bake-every=0.2',
    '--bake-failures=1000',
    checkOf(rig),
  ]);
  const old = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  writeFileSync(rig.path('bad'), '');
  const restarting = rig.ssctl(['restart']);
  await ssd.line(/check 4 of generation 2 failed/);
  t.deepEqual(old.signals, []);
  rmSync(rig.path('bad'));
  t.is((await restarting).code, 0);
});
