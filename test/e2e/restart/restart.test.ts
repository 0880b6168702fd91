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
