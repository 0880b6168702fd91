/** What ssd says to a service manager with `--fdstore`. A real one is in test/systemd/store.test.ts. */
import {existsSync, rmSync} from 'node:fs';
import test from 'ava';
import {openFakeManager} from '../../helpers/adapters/manager.js';
import {createRig} from '../../helpers/rig.js';

const stored = (texts: readonly string[]) => texts.filter(text => text.startsWith('FDSTORE'));

test('each listener is stored before ssd is ready, and its path stays at a stop', async t => {
  const rig = await createRig(t);
  const manager = openFakeManager(t, rig.directory);
  const path = rig.path('x');
  const env = {...manager.env, FDSTORE: '2'};
  const ssd = rig.ssd(['--fdstore', '--port=127.0.0.1:0', `--path=${path}`], undefined, {env});
  const worker = await rig.conductor.nextWorker();
  t.is(worker.env.FDSTORE, undefined);
  await manager.hear('READY');
  const [tcp, unix, ...others] = stored(manager.texts());
  t.is(tcp, 'FDSTORE=1\nFDNAME=ssd.kept.tcp.127.0.0.1%3a0\nFDPOLL=0');
  t.regex(unix ?? '', /^FDSTORE=1\nFDNAME=ssd\.kept\.unix\.\d+-\d+\.\/\S+\/x\nFDPOLL=0$/);
  t.deepEqual(others, []);
  ssd.kill('SIGTERM');
  await ssd.exit();
  t.true(existsSync(path));
});

test('a path that is bound anew has another socket in the store', async t => {
  const rig = await createRig(t);
  const manager = openFakeManager(t, rig.directory);
  const path = rig.path('x');
  const ssd = rig.ssd(['--fdstore', `--path=${path}`], undefined, manager);
  await manager.hear('READY');
  const [first = ''] = stored(manager.texts());
  rmSync(path);
  t.is((await rig.ssctl(['restart'])).code, 0);
  const [, name = ''] = /^FDNAME=(.*)$/m.exec(first) ?? [];
  const [, removed, second] = stored(manager.texts());
  t.is(removed, `FDSTOREREMOVE=1\nFDNAME=${name}`);
  t.regex(second ?? '', /^FDSTORE=1\n/);
  t.not(second, first);
  ssd.kill('SIGTERM');
  await ssd.exit();
});

test('without --fdstore nothing is stored', async t => {
  const rig = await createRig(t);
  const manager = openFakeManager(t, rig.directory);
  rig.ssd(['--port=127.0.0.1:0'], undefined, manager);
  await manager.hear('READY');
  t.deepEqual(stored(manager.texts()), []);
});

test('a start that needs more room than the unit gives is refused', async t => {
  const rig = await createRig(t);
  const manager = openFakeManager(t, rig.directory);
  const ports = ['--port=127.0.0.1:0', '--port=[::1]:0'];
  const {code, stderr} = await rig.runSsd(
    [`--control=${rig.control}`, '--fdstore', ...ports, '--', 'sleep', '9'],
    {
      env: {...manager.env, FDSTORE: '1'},
    },
  );
  t.is(code, 2);
  t.is(
    stderr,
    'ssd: --fdstore cannot keep the listeners: there are 2, and the store takes 1; the unit needs Type=notify and FileDescriptorStoreMax=N, where N is the number of listeners\n',
  );
});
