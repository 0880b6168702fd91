import test, {type ExecutionContext} from 'ava';
import {following} from '../../helpers/clients/ssctl.js';
import {createRig} from '../../helpers/rig.js';

async function stubborn(t: ExecutionContext) {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  const worker = await rig.conductor.nextWorker();
  await worker.beStubborn();
  await ssd.line(/generation 1 is ready/);
  return {rig, ssd, worker};
}

test('stop --timeout gives up with 4, and the stop continues', async t => {
  const {rig, ssd, worker} = await stubborn(t);
  const {code, stdout, stderr} = await rig.ssctl(['stop', '--timeout=0.2']);
  t.is(code, 4);
  t.is(stdout, '');
  t.is(stderr, 'ssctl: stop did not finish within 0.2 s; it continues\n');
  t.is(await worker.nextSignal(), 'SIGTERM');
  worker.exit(0);
  t.is((await ssd.exit()).code, 0);
});

test('a stop says once what it waits for, if the workers are slow to finish', async t => {
  const {rig, worker} = await stubborn(t);
  const stopping = following(rig, ['stop']);
  await stopping.line(
    /^waiting for generation 1 to finish \(ssctl -s \S+ stop --force kills it, --stop-timeout of ssd limits it\)$/,
  );
  worker.exit(0);
  t.is((await stopping.exit()).code, 0);
  t.is(stopping.stderr().match(/waiting/g)?.length, 1);
});

test('stop --force kills workers that do not end, even after an earlier stop request', async t => {
  const {rig, ssd, worker} = await stubborn(t);
  ssd.kill('SIGTERM');
  await worker.nextSignal();
  const {code, stdout} = await rig.ssctl(['stop', '--force']);
  t.is(code, 0);
  t.is(stdout, `perl (pid ${ssd.pid}) is stopped\n`);
  t.is((await ssd.exit()).code, 0);
  t.regex(await ssd.told(), /generation 1, pid \d+, was killed by SIGKILL/);
});

test('stop --force --timeout asks first, and kills after that time', async t => {
  const {rig, ssd, worker} = await stubborn(t);
  const stopping = rig.ssctl(['stop', '--force', '--timeout=0.3', '--json']);
  t.is(await worker.nextSignal(), 'SIGTERM');
  const {code, stdout} = await stopping;
  t.is(code, 0);
  t.deepEqual(JSON.parse(stdout), {stopped: true, instance: 'perl', pid: ssd.pid});
  t.regex(await ssd.told(), /generation 1, pid \d+, was killed by SIGKILL/);
});
