import test from 'ava';
import {ask, boundPort, createRig} from '../../helpers/rig.js';

test('a restart starts the next generation and then tells the old one to finish', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--interval=0.1']);
  const port = await boundPort(ssd);
  const first = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  t.deepEqual(await ask(port), {generation: 1, pid: first.pid});

  const restarted = rig.ssctl(['restart', '--json']);
  const second = await rig.conductor.nextWorker();
  t.is(await first.nextSignal(), 'SIGTERM');
  const {code, stdout} = await restarted;

  t.is(code, 0);
  const verdict = JSON.parse(stdout);
  t.like(verdict, {verdict: 'completed', generation: 2, pids: [second.pid], replaced: [1], attempts: 1});
  t.deepEqual(await ask(port), {generation: 2, pid: second.pid});
});

/** CONTRIBUTING.md shows this one. */
test('a restart that fails leaves the old generation serving', async t => {
  const rig = await createRig(t); // a directory of its own; everything ends with the test
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd']); // no time decides what is ready
  const port = await boundPort(ssd);
  const old = await rig.conductor.nextWorker();
  await old.write(4, '\n'); // the listener is 3, and $SSD_READY_FD is 4
  await ssd.line(/generation 1 is ready/);
  const restarting = rig.ssctl(['restart']);
  (await rig.conductor.nextWorker()).exit(1);
  t.is((await restarting).code, 1);
  t.is((await ask(port)).pid, old.pid); // `generation:pid` is what the fixture server answers
});
