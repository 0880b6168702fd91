/** The path of a unix listener that was removed while ssd runs is a problem, and the next generation is reached by it. */
import {chmodSync, existsSync, mkdirSync, renameSync, statSync, unlinkSync} from 'node:fs';
import net from 'node:net';
import test from 'ava';
import {removeAtOnce} from '../../helpers/adapters/temporary.js';
import {problemsOf, restart, status} from '../../helpers/clients/control.js';
import {ask, createRig, fixture} from '../../helpers/rig.js';

const BREAKER = fixture('breaker.pl');
const program = () => ['perl', BREAKER];

const generationAt = async (path: string) => (await ask(path)).generation;

test('a path that was removed is a problem; the next generation is reached by it again', async t => {
  const rig = await createRig(t);
  const path = rig.path('x');
  const ssd = rig.ssd([`--path=${path}`, '--ready=fd', '--interval=0.1'], program());
  await ssd.line(/generation 1 is ready/);
  chmodSync(path, 0o640);
  await status(rig);
  unlinkSync(path);
  await ssd.line(
    /warning: path \S+\/x no longer leads to the listener: it is bound anew at the next restart/,
  );
  t.like(await problemsOf(rig), [{code: 'path-removed', subject: path}]);
  await restart(rig);
  t.is(await generationAt(path), 2);
  t.is(statSync(path).mode & 0o777, 0o640);
  t.deepEqual(await problemsOf(rig), []);
  unlinkSync(path);
  await ssd.line(/warning: path \S+\/x no longer leads to the listener/);
});

test('a path that was renamed and is back is no longer a problem', async t => {
  const rig = await createRig(t);
  const path = rig.path('x');
  const ssd = rig.ssd([`--path=${path}`, '--ready=fd'], program());
  await ssd.line(/generation 1 is ready/);
  renameSync(path, rig.path('y'));
  await ssd.line(/warning: path \S+\/x no longer leads to the listener/);
  renameSync(rig.path('y'), path);
  t.deepEqual(await problemsOf(rig), []);
  t.is(await generationAt(path), 1);
});

test('the path is bound anew even where its directory is gone and back, and removed at the end', async t => {
  const rig = await createRig(t);
  mkdirSync(rig.path('d'));
  const path = rig.path('d/x');
  const ssd = rig.ssd([`--path=${path}`, '--ready=fd', '--interval=0.1'], program());
  await ssd.line(/generation 1 is ready/);
  removeAtOnce(rig.path('d'));
  await restart(rig);
  t.like(await problemsOf(rig), [{code: 'path-removed', cause: 'ENOENT'}]);
  mkdirSync(rig.path('d'));
  await restart(rig);
  t.is(await generationAt(path), 3);
  ssd.kill('SIGTERM');
  await ssd.exit();
  t.false(existsSync(path));
});

test('a path that somebody else has taken is left to them', async t => {
  const rig = await createRig(t);
  const path = rig.path('x');
  const ssd = rig.ssd([`--path=${path}`, '--ready=fd', '--interval=0.1'], program());
  await ssd.line(/generation 1 is ready/);
  unlinkSync(path);
  const other = net.createServer(socket => void socket.on('error', () => {}).end('0:0'));
  await new Promise<void>(resolve => other.listen(path, resolve));
  t.teardown(() => other.close());
  await restart(rig);
  t.like(await problemsOf(rig), [{code: 'path-removed', cause: 'another process is listening there'}]);
  t.is(await generationAt(path), 0);
});
