/**
 * Writes down what this version hands over, as fixtures for later versions: `node dist/test/e2e/reexec/capture.js DIRECTORY`.
 * A version that changes the shape of the handover adds its own files to those of test/fixtures/handover.
 */
import {copyFileSync} from 'node:fs';
import {join} from 'node:path';
import {HANDOVER_VERSION} from '../../../src/daemon/upgrade/handover.js';
import {rawClient, request} from '../../helpers/clients/raw-client.js';
import {createRig, type Rig, type Running, SERVER} from '../../helpers/rig.js';
import {installIn} from './refused/installed.js';

const PORTS = ['--port=127.0.0.1:0', '--port=[::1]:u0=5', '--path=@ssd-capture', '--path=web'];
const WRAPPED = ['sh', '-c', '"$@"; true', 'wrapper', ...SERVER];

type Start = (args: readonly string[], program?: readonly string[]) => Running;
type Scene = (rig: Rig, start: Start) => Promise<void>;

/** A restart in progress, clients that wait, a part of a line, a stopped worker, files. */
const notify: Scene = async (rig, start) => {
  const files = ['--pid-file=pid', '--status-file=status', '--metrics-file=metrics', '--log-file=log'];
  start([...PORTS, ...files, '--ready=notify', '--capture-stderr', '--workers=2', '--stop-timeout=60']);
  const old = [await rig.conductor.nextWorker(), await rig.conductor.nextWorker()];
  for (const worker of old) await worker.notify('READY=1\nSTATUS=warm');
  await rig.ssctl(['wait', 'ready']);
  await old[0]?.write(2, 'a part of a line');
  process.kill(old[1]?.pid ?? 0, 'SIGSTOP');
  const client = rawClient(rig.control);
  await client.next();
  client.say(request(1, 'restart') + request(2, 'events', {follow: true}));
  const young = [await rig.conductor.nextWorker(), await rig.conductor.nextWorker()];
  await young[0]?.notify('READY=1');
};

/** A trial with a check that runs, a group whose leader has ended, a log command, scaled workers. */
const fd: Scene = async (rig, start) => {
  const trial = ['--bake=600', '--bake-check=exec=sleep 600', '--bake-every=1'];
  const ssd = start([...PORTS, ...trial, '--ready=fd', '--kill-group', '--log-file=| exec cat >&2'], WRAPPED);
  const ready = async () => {
    const worker = await rig.conductor.nextWorker();
    await worker.write(Number(worker.env.SSD_READY_FD), '\n');
    return worker;
  };
  const old = await ready();
  await rig.ssctl(['wait', 'ready']);
  const scaling = rig.ssctl(['scale', '2']);
  await ready();
  await scaling;
  await old.beStubborn();
  void rig.ssctl(['restart']);
  await ready();
  await ready();
  await ssd.line(/is on trial/);
};

/** A generation that was adopted, and one whose readiness is being asked for. */
const exec: Scene = async (rig, start) => {
  const first = start([...PORTS, '--interval=0']);
  await rig.conductor.nextWorker();
  await rig.ssctl(['wait', 'ready']);
  first.kill('SIGKILL');
  await first.exit();
  const ssd = start([...PORTS, '--ready=exec=sleep 600', '--ready-timeout=600', '--subreaper']);
  await rig.conductor.nextWorker();
  await ssd.line(/generation 2 spawned/);
};

/** A pause for which its client waits, since a worker is finishing. */
const pause: Scene = async (rig, start) => {
  const ssd = start([...PORTS, '--interval=0', '--stop-timeout=600', '--rolling=1', '--max-memory=100M']);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  await worker.beStubborn();
  void rig.ssctl(['pause', '--max=600']);
  await worker.nextSignal();
};

async function capture(directory: string, name: string, scene: Scene): Promise<void> {
  const ends: (() => unknown)[] = [];
  const rig = await createRig({teardown: end => void ends.push(end)});
  const installed = installIn(rig);
  // The environment goes over as well, and that of whoever captures is nobody's business.
  const env = ['env', '-i', 'PATH=/usr/bin:/bin', `SSD_TEST_CONDUCTOR=${rig.conductor.path}`];
  const start: Start = (args, program = SERVER) =>
    rig.start([
      ...env,
      installed.command,
      `--control=${rig.control}`,
      '--name=captured',
      ...args,
      '--',
      ...program,
    ]);
  await scene(rig, start);
  installed.putScript(`cat <&3 >${rig.path('handover')}; echo captured; exit 1`);
  await rig.ssctl(['reexec']);
  copyFileSync(rig.path('handover'), join(directory, `version-${HANDOVER_VERSION}-${name}.handover`));
  for (const end of ends.reverse()) await end();
}

const [directory = '.'] = process.argv.slice(2);
for (const [name, scene] of Object.entries({notify, fd, exec, pause})) await capture(directory, name, scene);
process.exit();
