/** Workers that are no children of ssd are still reached when it is replaced by execve(2). */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import test from 'ava';
import {acrossExec} from '../../helpers/adapters/reexec.js';
import {source} from '../../helpers/adapters/script.js';
import {createRig} from '../../helpers/rig.js';

const common = `
  import {holdAdopted} from '${source('daemon/adoption/adopted-workers')}';
  import {openPid} from '${source('daemon/system/posix-process')}';
  import {readableOf} from '${source('daemon/system/processes/pid-descriptors')}';
  const told = [];
  let heard = () => {};
  const until = count => new Promise(resolve => {
    heard = () => { if (told.length >= count) resolve(); };
    heard();
  });
  const context = {onEnd: ({worker}) => { told.push(worker); heard(); }, onFailed: error => { throw error; }};`;

test('the ends of adopted workers are told once across an exec, and after it they are signalled', async t => {
  const rig = await createRig(t);
  const workers = [0, 1, 2].map(() =>
    spawn('sh', ['-c', 'read line'], {stdio: ['pipe', 'ignore', 'ignore']}),
  );
  t.teardown(() => {
    for (const worker of workers) worker.kill('SIGKILL');
  });
  await Promise.all(workers.map(worker => once(worker, 'spawn')));
  const pids = workers.map(({pid}) => pid);
  const found = acrossExec(rig, {
    common,
    before: `
      const workers = ${JSON.stringify(pids)}.map((pid, worker) => ({generation: 2, worker, pid, pidFd: openPid(pid), hasGroup: false}));
      const adopted = holdAdopted(workers, context);
      adopted.handFor(workers[0].pid).kill();
      await until(1);
      adopted.handFor(workers[1].pid).kill();
      while (!readableOf([workers[1].pidFd])[0]);
      adopted.handOver();
      handOver(adopted.handOver(), told);`,
    after: `
      const adopted = holdAdopted([], context, state);
      await until(1);
      const hand = adopted.handOf({generation: 2, worker: 2});
      const others = [0, 1, 3].map(worker => adopted.handOf({generation: 2, worker}) !== null);
      hand.signal(0, 'TERM');
      await until(2);
      const {held, gone} = adopted.handOver().state;
      print({before: rest, told, others, held, gone: gone.map(({worker}) => worker).sort()});`,
  });
  t.deepEqual(await found, {
    before: [0],
    told: [1, 2],
    others: [true, true, false],
    held: [],
    gone: [0, 1, 2],
  });
});
