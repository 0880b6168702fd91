import test from 'ava';
import {following} from '../../helpers/clients/ssctl.js';
import {createRig} from '../../helpers/rig.js';

test('wait ready waits for an ssd that is not running yet, and for its first generation', async t => {
  const rig = await createRig(t);
  const waiting = rig.ssctl(['wait', 'ready', '--json']);
  const ssd = rig.ssd(['--interval=0.3']);
  const {code, stdout} = await waiting;
  t.is(code, 0);
  t.deepEqual(JSON.parse(stdout), {ready: true, instance: 'perl', pid: ssd.pid, generation: 1});
  t.regex((await rig.ssctl(['wait', 'ready'])).stdout, /^generation 1 of perl \(pid \d+\) serves\n$/);
});

test('wait ready gives up with 4, with an ssd and without one', async t => {
  const rig = await createRig(t);
  const nobody = await rig.ssctl(['wait', 'ready', '--timeout=0.2']);
  t.deepEqual([nobody.code, nobody.stdout, nobody.stderr], [4, '', 'ssctl: not ready within 0.2 s\n']);
  const ssd = rig.ssd(['--interval=1h']);
  await ssd.line(/spawned/);
  t.is((await rig.ssctl(['wait', 'ready', '--timeout=0.2'])).code, 4);
});

test('wait ready waits for the next ssd if the first one ends', async t => {
  const rig = await createRig(t);
  const first = rig.ssd(['--interval=1h']);
  await first.line(/spawned/);
  const waiting = following(rig, ['wait', 'ready']);
  first.kill('SIGTERM');
  await first.exit();
  const second = rig.ssd(['--interval=0.1']);
  await waiting.line(new RegExp(`generation 1 of perl \\(pid ${second.pid}\\) serves`));
  t.is((await waiting.exit()).code, 0);
});

test('wait gone waits until no ssd answers', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  await ssd.line(/generation 1 is ready/);
  const early = await rig.ssctl(['wait', 'gone', '--timeout=0.2']);
  t.deepEqual([early.code, early.stderr], [4, 'ssctl: not gone within 0.2 s\n']);
  const waiting = rig.ssctl(['wait', 'gone', '--json']);
  ssd.kill('SIGTERM');
  const {code, stdout} = await waiting;
  t.deepEqual([code, JSON.parse(stdout)], [0, {gone: true}]);
  t.is((await rig.ssctl(['wait', 'gone'])).stdout, 'no ssd is running\n');
});

test('wait gone counts a killed ssd as gone, although its socket remains', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  await ssd.line(/generation 1 is ready/);
  const waiting = rig.ssctl(['wait', 'gone']);
  ssd.kill('SIGKILL');
  t.is((await waiting).code, 0);
});
