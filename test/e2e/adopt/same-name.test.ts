/** Two services of one program have one default name. What the one leaves is not taken over by the other. */
import test from 'ava';
import {alive} from '../../helpers/processes.js';
import {ask, boundPort, createRig, INSTALLED, SERVER} from '../../helpers/rig.js';

test('an ssd that has the name of a dead one by chance leaves its workers and its name alone', async t => {
  const rig = await createRig(t);
  const env = {XDG_RUNTIME_DIR: rig.directory};
  const start = (...args: readonly string[]) => rig.start([INSTALLED.ssd, ...args, '--', ...SERVER], {env});
  const list = async () => {
    const {stdout} = await rig.run([INSTALLED.ssctl, 'list', '--json'], {env});
    return JSON.parse(stdout).instances;
  };
  const first = start('--port=127.0.0.1:0', '--interval=0.1');
  const port = await boundPort(first);
  const worker = await rig.conductor.nextWorker();
  await first.line(/generation 1 is ready/);
  first.kill('SIGKILL');
  await first.exit();

  const other = start('--path=other.sock', '--interval=0.1');
  await other.line(
    /another ssd by this name has died, and its workers serve on \(pid \d+\); give this one a --name/,
  );
  await other.line(/generation 1 is ready/);
  t.is((await ask(port)).pid, worker.pid);
  const [left] = (await list()).filter(({orphans}: {readonly orphans?: object}) => orphans);
  t.like(left, {state: 'orphaned', orphans: [worker.pid]});
  other.kill('SIGTERM');
  await other.exit();
  t.true(alive(worker.pid));

  const next = start('--port=127.0.0.1:0', '--interval=0.1');
  await next.line(/generation 1 is taken over from an ssd that has died/);
  await next.line(/restart completed: generation 2 replaced 1/);
  t.is((await ask(port)).generation, 2);
});
