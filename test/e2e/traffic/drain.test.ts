/** `ssctl drain`, and what `ssctl restart` says while connections keep the old generation. */
import test, {type ExecutionContext} from 'ava';
import {HOLDER, hold} from '../../helpers/clients/held.js';
import {following} from '../../helpers/clients/ssctl.js';
import {boundPort, createRig} from '../../helpers/rig.js';

/** A first generation that two connections keep, and a second that serves. */
async function kept(t: ExecutionContext) {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--interval=0.1'], HOLDER);
  const target = {host: '127.0.0.1', port: await boundPort(ssd)};
  const clients = [await hold(t, target), await hold(t, target)];
  t.is((await rig.ssctl(['restart', '--until=ready'])).code, 0);
  return {rig, ssd, clients};
}

test('drain shows what keeps a generation, and ends when that is gone', async t => {
  const {rig, clients} = await kept(t);
  const drain = following(rig, ['drain']);
  await drain.line(/^generation 1 is still there, kept by 2 connections, the oldest \S+ old$/);
  for (const {end} of clients) await end();
  await drain.line(/^generation 1 has finished$/);
  t.is((await drain.exit()).code, 0);
  const {code, stdout} = await rig.ssctl(['--json', 'drain', '--generation=1']);
  t.deepEqual([code, JSON.parse(stdout)], [0, {drained: true, generations: []}]);
  t.is((await rig.ssctl(['drain'])).stdout, 'no generation is retiring\n');
});

test('drain gives up after --timeout, and refuses a generation that was not replaced', async t => {
  const {rig} = await kept(t);
  const late = await rig.ssctl(['drain', '--timeout=0.2']);
  t.is(late.code, 4);
  t.regex(late.stderr, /ssctl: drain did not finish within 0\.2 s; it continues\n$/);
  const current = await rig.ssctl(['drain', '--generation=2']);
  t.is(current.code, 1);
  t.is(current.stderr, 'ssctl: cannot wait for the end of generation 2: it serves\n');
  t.regex((await rig.ssctl(['drain', '--generation=9'])).stderr, /there is no such generation$/m);
});

test('a restart that waits says how many connections keep the old generation', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--interval=0.1'], HOLDER);
  const client = await hold(t, {host: '127.0.0.1', port: await boundPort(ssd)});
  const restart = following(rig, ['restart']);
  await restart.line(/^generation 2 serves; waiting for generation 1 to finish, kept by 1 connection \(/);
  await client.end();
  t.is((await restart.exit()).code, 0);
});
