/** Two services of one program have one default name. What the one leaves is not taken over by the other. */
import {alive} from '../../helpers/processes.js';
import {ask, boundPort} from '../../helpers/rig.js';
import {asRoot, somebody} from '../../helpers/root.js';

asRoot('an ssd that has the name of a dead one by chance leaves its workers and its name alone', async t => {
  const {rig, ssd, ssctl} = await somebody(t);
  const list = async () => JSON.parse((await ssctl(['list', '--json'])).stdout).instances;
  const first = ssd(['--port=127.0.0.1:0']);
  const port = await boundPort(first);
  const worker = await rig.conductor.nextWorker();
  await first.line(/generation 1 is ready/);
  first.kill('SIGKILL');
  await first.exit();

  const other = ssd(['--path=other.sock']);
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

  const next = ssd(['--port=127.0.0.1:0']);
  await next.line(/generation 1 is taken over from an ssd that has died/);
  await next.line(/restart completed: generation 2 replaced 1/);
  t.is((await ask(port)).generation, 2);
});

asRoot(
  'without listeners, the one that runs the same program in the same directory is the successor',
  async t => {
    const {rig, ssd} = await somebody(t);
    const first = ssd([]);
    const worker = await rig.conductor.nextWorker();
    await first.line(/generation 1 is ready/);
    first.kill('SIGKILL');
    await first.exit();

    const other = ssd(['--dir=/']);
    await other.line(/another ssd by this name has died/);
    await other.line(/generation 1 is ready/);
    other.kill('SIGTERM');
    await other.exit();
    t.true(alive(worker.pid));

    const next = ssd([]);
    await next.line(/generation 1 is taken over from an ssd that has died/);
    await next.line(/restart completed: generation 2 replaced 1/);
  },
);
