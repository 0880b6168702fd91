/** ssctl outside of the PID namespace of ssd, as on the host of a container: the pids that ssd reports belong to other processes here. */
import type {ExecutionContext} from 'ava';
import {createRig, type Rig, type Running, SERVER, SSD} from '../../helpers/rig.js';
import {asRoot} from '../../helpers/root.js';

async function contained(t: ExecutionContext): Promise<{rig: Rig; ssd: Running}> {
  const rig = await createRig(t);
  const command = [process.execPath, SSD, `--control=${rig.control}`, '--interval=0.1', '--', ...SERVER];
  // As PID 1 of the namespace, a number that always belongs to a living process outside of it.
  const ssd = rig.start(['unshare', '-p', '-f', '--kill-child', '--mount-proc', ...command]);
  await ssd.line(/generation 1 is ready/);
  return {rig, ssd};
}

asRoot('ssctl stop ends when an ssd of another PID namespace has ended', async t => {
  const {rig, ssd} = await contained(t);
  const {code, stdout, stderr} = await rig.ssctl(['stop']);
  t.deepEqual({code, stdout, stderr}, {code: 0, stdout: 'perl (pid 1) is stopped\n', stderr: ''});
  t.is((await ssd.exit()).code, 0);
});

asRoot(
  'a restart that an ssd of another PID namespace does not finish is reported as unfinished',
  async t => {
    const {rig, ssd} = await contained(t);
    const worker = await rig.conductor.nextWorker();
    await worker.beStubborn();
    const restarting = rig.ssctl(['restart']);
    await worker.nextSignal();
    await rig.run(['pkill', '-KILL', '-P', String(ssd.pid)]);
    const {code, stderr} = await restarting;
    t.is(code, 1);
    t.regex(stderr, /restart did not finish: ssd \(pid 1\) has ended/);
  },
);

asRoot('ssctl wait gone ends when an ssd of another PID namespace has ended', async t => {
  const {rig} = await contained(t);
  const worker = await rig.conductor.nextWorker();
  await worker.beStubborn();
  const gone = rig.ssctl(['wait', 'gone', '--timeout=10']);
  t.is((await rig.ssctl(['status'])).code, 0);
  t.is((await rig.ssctl(['stop', '--force'])).code, 0);
  t.is((await gone).code, 0);
});
