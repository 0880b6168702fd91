import {existsSync, mkdirSync, readdirSync, readFileSync, statSync} from 'node:fs';
import test from 'ava';
import {removeAtOnce} from '../../helpers/adapters/temporary.js';
import {restart, status} from '../../helpers/clients/control.js';
import {spawnedPid} from '../../helpers/processes.js';
import {createRig, type Rig} from '../../helpers/rig.js';

const contents = (rig: Rig) => readFileSync(rig.path('status'), 'utf8');

test('the status file lists the generations that serve or finish, and is removed at the end', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([`--status-file=${rig.path('status')}`, '--interval=0.1']);
  const first = await rig.conductor.nextWorker();
  await first.beStubborn();
  await ssd.line(/generation 1 is ready/);
  t.is(contents(rig), `1:${first.pid}\n`);
  t.is(statSync(rig.path('status')).mode & 0o777, 0o644 & ~process.umask());

  ssd.kill('SIGHUP');
  const second = await rig.conductor.nextWorker();
  t.is(await first.nextSignal(), 'SIGTERM');
  t.is(contents(rig), `1:${first.pid}\n2:${second.pid}\n`);

  first.exit(0);
  await ssd.line(/restart completed/);
  t.is(contents(rig), `2:${second.pid}\n`);

  ssd.kill('SIGTERM');
  await ssd.exit();
  t.deepEqual(
    readdirSync(rig.directory).filter(name => name.startsWith('status')),
    [],
  );
});

test('a generation that is starting is not in the status file', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([`--status-file=${rig.path('status')}`, '--interval=600']);
  await ssd.line(/generation 1 spawned/);
  await status(rig);
  t.false(existsSync(rig.path('status')));
});

test('an unwritable status file is a warning, and the restart completes', async t => {
  const rig = await createRig(t);
  mkdirSync(rig.path('directory'));
  const file = rig.path('directory/status');
  const ssd = rig.ssd([`--status-file=${file}`, '--interval=0.1'], ['sleep', '1000']);
  await spawnedPid(ssd, 1);
  await ssd.line(/generation 1 is ready/);
  removeAtOnce(rig.path('directory'));

  t.is((await restart(rig)).verdict, 'completed');
  t.regex(
    await ssd.line(/warning: (?!no listener)/),
    /warning: cannot write status file \S+\/directory\/status: ENOENT \(no such file or directory\)$/,
  );

  mkdirSync(rig.path('directory'));
  t.is((await restart(rig)).verdict, 'completed');
  const pid = await spawnedPid(ssd, 3);
  t.is(readFileSync(file, 'utf8'), `3:${pid}\n`);
  ssd.kill('SIGTERM');
  t.deepEqual(await ssd.exit(), {code: 0, signal: null});
  t.false(existsSync(file));
});
