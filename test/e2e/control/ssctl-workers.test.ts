import test from 'ava';
import {createRig} from '../../helpers/rig.js';

test('scale changes the number of workers, up and down', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  await ssd.line(/generation 1 is ready/);

  const up = await rig.ssctl(['scale', '3']);
  t.is(up.code, 0);
  t.is((await ssd.told()).match(/generation 1 spawned another worker, pid \d+$/gm)?.length, 2);
  t.regex(up.stdout, /^3 workers serve \(pid \d+, \d+, \d+\)\n$/);
  t.regex((await rig.ssctl(['status'])).stdout, /^wanted +running, 3 of 3 ready$[\s\S]*^1 +2 +\d+ +ready/m);

  const down = await rig.ssctl(['scale', '1', '--json']);
  t.is(down.code, 0);
  t.like(JSON.parse(down.stdout), {verdict: 'completed', workers: 1});
});

/** Only the first worker of a generation ever gets ready. */
const ONE_ONLY = '--ready=exec=[ "$SSD_WORKER_INDEX" = 0 ]';

test('a scale that takes too long exits with 4, and a superseded one with 1', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([ONE_ONLY]);
  await ssd.line(/generation 1 is ready/);
  t.is((await rig.ssctl(['scale', '2', '--timeout=0.2'])).code, 4);
  const overtaken = rig.ssctl(['scale', '3']);
  await ssd.line(/scale to 3 workers requested/);
  t.is((await rig.ssctl(['scale', '1'])).code, 0);
  const {code, stderr} = await overtaken;
  t.is(code, 1);
  t.is(stderr, 'ssctl: scale superseded: a later request changed the number of workers to 1\n');
});

test('a scale whose worker does not become ready fails', async t => {
  const rig = await createRig(t);
  // The first has the same second, so it says at once that it is ready; a command of --ready=exec would take longer.
  const program = ['sh', '-c', '[ "$SSD_WORKER_INDEX" = 0 ] && echo >&"$SSD_READY_FD"; exec sleep 1000'];
  const args = ['--ready=fd', '--ready-timeout=1', '--capture-stderr'];
  await rig.ssd(args, program).line(/generation 1 is ready/);
  const {code, stderr} = await rig.ssctl(['scale', '2']);
  t.is(code, 1);
  t.regex(
    stderr,
    /^ssctl: scale failed: generation 1 \(pid \d+\) was not ready in time after \d\S*s; generation 1/,
  );
  t.regex(stderr, /\nit wrote nothing to standard error\n$/);
});

for (const form of ['USR2', 'SIGUSR2', 'sigusr2', '12']) {
  test(`signal ${form} reaches the workers`, async t => {
    const rig = await createRig(t);
    const ssd = rig.ssd(['--interval=0.1']);
    const worker = await rig.conductor.nextWorker();
    await worker.beStubborn();
    await ssd.line(/generation 1 is ready/);
    const {code, stdout} = await rig.ssctl(['signal', form, '--generation=1']);
    t.is(code, 0);
    t.is(stdout, `sent USR2 to pid ${worker.pid}\n`);
    t.is(await worker.nextSignal(), 'SIGUSR2');
  });
}

test('a signal without a worker to get it exits with 1', async t => {
  const rig = await createRig(t);
  await rig.ssd(['--interval=0.1']).line(/generation 1 is ready/);
  const {code, stdout, stderr} = await rig.ssctl(['signal', 'HUP', '--generation=7', '--json']);
  t.is(code, 1);
  t.deepEqual(JSON.parse(stdout), {signal: 'HUP', pids: [], refused: []});
  t.is(stderr, 'ssctl: cannot send HUP: generation 7 has no worker\n');
});
