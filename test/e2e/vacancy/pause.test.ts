/** A pause: no worker runs, clients wait in the queue of the listener, and all of them are answered after it. */
import test from 'ava';
import {startTraffic} from '../../helpers/clients/traffic.js';
import {ask, boundPort, createRig, type Rig, SERVER} from '../../helpers/rig.js';
import {HELLO} from '../../helpers/servers.js';
import {goodAndBroken} from '../release/stage.js';

async function statusOf(rig: Rig) {
  return JSON.parse((await rig.ssctl(['status', '--json'])).stdout);
}

test('clients wait through a pause, and all are answered after it', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--interval=0.3', '--workers=2'], HELLO);
  const port = await boundPort(ssd);
  await ssd.line(/generation 1 is ready/);
  const traffic = startTraffic(port);
  t.teardown(async () => void (await traffic.stop()));
  await traffic.answeredBy(1, 20);

  const paused = await rig.ssctl(['pause', '--max=60s']);

  t.is(paused.code, 0, paused.stderr);
  t.regex(
    paused.stdout,
    /^paused; no worker is left, clients wait, and ssd resumes by itself in (1m 0s|5\d)/,
  );
  const status = await rig.ssctl(['status']);
  t.is(status.code, 1);
  t.regex(status.stdout, /^paused +for .* left; clients wait$/m);
  t.regex(status.stderr, /no generation of \S+ serves: it is paused for .*; ssctl -s \S+ resume ends that$/m);
  t.regex((await rig.ssctl(['list'])).stdout, / paused$/m);
  t.regex((await rig.ssctl(['metrics'])).stdout, /^ssd_paused\{[^}]*\} 1$/m);
  const before = traffic.report().answered;

  const resumed = await rig.ssctl(['resume']);

  t.is(resumed.code, 0, resumed.stderr);
  t.regex(resumed.stdout, /^generation 2 \(.*\) serves, ready after /);
  await traffic.answeredBy(2, 20);
  const report = await traffic.stop();
  t.is(report.failed, 0, report.problems.join('\n'));
  t.true(report.answered > before);
  t.is((await statusOf(rig)).paused, undefined);
});

test('a pause ends by itself', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--interval=0.1'], SERVER);
  const port = await boundPort(ssd);
  await ssd.line(/generation 1 is ready/);
  t.is((await rig.ssctl(['pause', '--max=0.5'])).code, 0);
  const asked = ask(port);
  t.regex(await ssd.line(/resumed/), /resumed by itself after a pause of \d+ms$/);
  t.is((await asked).generation, 2);
  await ssd.line(/generation 2 is ready/);
});

test('a pause that is over before the last worker has finished says so', async t => {
  const rig = await createRig(t);
  const stubborn = ['sh', '-c', 'trap "" TERM; exec sleep 600'];
  const ssd = rig.ssd(['--interval=0.1', '--stop-timeout=1.5'], stubborn);
  await ssd.line(/generation 1 is ready/);
  const {code, stderr} = await rig.ssctl(['pause', '--max=0.3']);
  t.is(code, 1);
  t.regex(
    stderr,
    /pause cancelled: the pause was over before all workers had finished; give a longer --max, or --stop-timeout to ssd$/m,
  );
  await ssd.line(/generation 2 is ready/);
  t.is((await rig.ssctl(['stop', '--force'])).code, 0);
});

test('a restart ends a pause, and so does SIGHUP', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--interval=0.1'], SERVER);
  await ssd.line(/generation 1 is ready/);
  t.is((await rig.ssctl(['pause'])).code, 0);
  const restarted = await rig.ssctl(['restart']);
  t.is(restarted.code, 0, restarted.stderr);
  t.regex(restarted.stdout, /^generation 2 /);
  t.is((await rig.ssctl(['pause'])).code, 0);
  ssd.kill('SIGHUP');
  t.regex(await ssd.line(/resumed/), /resumed by a restart/);
  await ssd.line(/generation 3 is ready/);
  const again = await rig.ssctl(['resume']);
  t.is(again.code, 1);
  t.regex(again.stderr, /cannot resume: ssd is not paused$/m);
});

test('a pause cancels a restart that goes on, and a stop ends it', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--interval=600'], SERVER);
  await ssd.line(/generation 1 spawned/);
  const waiting = rig.ssctl(['restart']);
  await ssd.line(/restart requested/);
  t.is((await rig.ssctl(['pause'])).code, 0);
  const restarted = await waiting;
  t.is(restarted.code, 1);
  t.regex(restarted.stderr, /restart cancelled: a client paused ssd \(ssctl pause\)$/m);
  t.is((await rig.ssctl(['stop'])).code, 0);
  t.is((await ssd.exit()).code, 0);
});

test('with --release a pause is followed by the release that was good, and by what a restart asks for', async t => {
  const rig = await createRig(t);
  const releases = goodAndBroken(rig);
  const ssd = releases.ssd();
  await ssd.line(/generation 1 is ready/);
  releases.switchTo('broken');
  t.is((await rig.ssctl(['pause'])).code, 0);
  t.is((await rig.ssctl(['resume'])).code, 0);
  const status = await statusOf(rig);
  t.is(status.generations.at(-1).release, releases.good);
  t.is((await rig.ssctl(['pause'])).code, 0);

  const restarted = await rig.ssctl(['restart']);

  t.is(restarted.code, 1);
  t.regex(restarted.stderr, /exited with status 3/);
  await ssd.line(/generation 4 is ready/);
  t.is((await statusOf(rig)).generations.at(-1).release, releases.good);
});
