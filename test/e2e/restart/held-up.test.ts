/** SIGSTOP holds ssd up across a deadline: what was said before it counts, in whatever order ssd reads things. */
import test from 'ava';
import {status} from '../../helpers/clients/control.js';
import type {Worker} from '../../helpers/conductor.js';
import {createRig, type Rig} from '../../helpers/rig.js';

/** How a worker, or the command of --ready=exec, says that the worker is ready. */
const SAYS: Readonly<Record<string, (worker: Worker, rig: Rig) => Promise<unknown>>> = {
  fd: worker => worker.write(3, '\n'),
  notify: worker => worker.notify('READY=1'),
  exec: (_, rig) => rig.run(['sh', '-c', 'exec 4< gone; echo > go; cat <&4']),
};
for (const [how, say] of Object.entries(SAYS)) {
  test(`--ready=${how}: what was said in time counts, even if ssd was held up across the deadline`, async t => {
    const rig = await createRig(t);
    // The end of the command is seen by the end of the file `gone`, which it holds open.
    await rig.run(['mkfifo', 'go', 'gone']);
    const command = how === 'exec' ? '=exec 3<> gone; cat go' : '';
    const ssd = rig.ssd([`--ready=${how}${command}`, '--ready-timeout=4s']);
    const worker = await rig.conductor.nextWorker();
    await status(rig);
    ssd.kill('SIGSTOP');
    await say(worker, rig);
    // The deadline must pass while ssd is stopped: a program that takes that long is the clock here.
    await rig.run(['sleep', '4.2']);
    ssd.kill('SIGCONT');

    await ssd.line(/generation 1 is ready/);
    t.notRegex(ssd.stderr(), /failed/);
  });
}

test('a request for more time before the deadline counts, even if ssd was held up across it', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--ready=notify', '--ready-timeout=4s']);
  const worker = await rig.conductor.nextWorker();
  ssd.kill('SIGSTOP');
  await worker.notify('EXTEND_TIMEOUT_USEC=60000000');
  await rig.run(['sleep', '4.2']);
  ssd.kill('SIGCONT');

  t.like(await status(rig), {incoming: 1});
  await worker.notify('READY=1');
  await ssd.line(/generation 1 is ready/);
  t.notRegex(ssd.stderr(), /failed/);
});
