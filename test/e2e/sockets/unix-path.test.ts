import {once} from 'node:events';
import {
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import test from 'ava';
import {Mailbox} from '../../helpers/mailbox.js';
import {ask, createRig, type Exit, type Rig, type Running, SERVER} from '../../helpers/rig.js';

/** ssd on the path `x`; several of them have control sockets of their own. */
async function startOnPath(rig: Rig, control = 'control'): Promise<Running> {
  const ssd = rig.ssd([`--path=${rig.path('x')}`, `--control=${rig.path(control)}`]);
  await ssd.line(/generation 1 spawned/);
  return ssd;
}

const startAgain = (rig: Rig) =>
  rig.runSsd([`--path=${rig.path('x')}`, `--control=${rig.path('c2')}`, '--', ...SERVER]);

const inUse = (rig: Rig, who: string) =>
  `ssd: cannot listen on unix ${rig.path('x')}: ${who} is listening there\n`;

async function end(ssd: Running): Promise<void> {
  ssd.kill('SIGTERM');
  await ssd.exit();
}

test('a second ssd is refused the path of the first, and names that one', async t => {
  const rig = await createRig(t);
  const first = rig.ssd([`--path=${rig.path('x')}`], ['sleep', '1000']);
  await first.line(/generation 1 spawned/);
  const {ino} = statSync(rig.path('x'));
  const {code, stderr} = await startAgain(rig);
  t.is(code, 1);
  t.is(stderr, inUse(rig, `the process with pid ${first.pid}`));
  t.is(statSync(rig.path('x')).ino, ino);
  await end(first);
  t.false(existsSync(rig.path('x')));
});

test('if the worker has called listen itself, as Node does, the worker is named', async t => {
  const rig = await createRig(t);
  await startOnPath(rig);
  const {pid} = await rig.conductor.nextWorker();
  const {code, stderr} = await startAgain(rig);
  t.is(code, 1);
  t.is(stderr, inUse(rig, `the process with pid ${pid}`));
  t.deepEqual(await ask(rig.path('x')), {generation: 1, pid});
});

test('a path on which any other program listens is refused too', async t => {
  const rig = await createRig(t);
  const other = net.createServer(socket => void socket.destroy());
  await new Promise<void>(resolve => other.listen(rig.path('x'), resolve));
  t.teardown(() => other.close());
  const {code, stderr} = await startAgain(rig);
  t.is(code, 1);
  t.is(stderr, inUse(rig, `the process with pid ${process.pid}`));
  t.true(existsSync(rig.path('x')));
});

test('a path on which the worker of a killed ssd keeps serving is refused until that worker has ended', async t => {
  const rig = await createRig(t);
  const killed = await startOnPath(rig);
  const orphan = await rig.conductor.nextWorker();
  killed.kill('SIGKILL');
  await killed.exit();
  const {code, stderr} = await startAgain(rig);
  t.is(code, 1);
  t.is(stderr, inUse(rig, `the process with pid ${orphan.pid}`));
  t.deepEqual(await ask(rig.path('x')), {generation: 1, pid: orphan.pid});

  orphan.exit(0);
  await orphan.gone;
  await startOnPath(rig, 'c3');
  const {pid} = await rig.conductor.nextWorker();
  t.deepEqual(await ask(rig.path('x')), {generation: 1, pid});
});

test('a path that is a symbolic link is refused, and what it leads to is left', async t => {
  const rig = await createRig(t);
  writeFileSync(rig.path('file'), 'precious');
  symlinkSync(rig.path('file'), rig.path('x'));
  const {code, stderr} = await startAgain(rig);
  t.is(code, 1);
  t.regex(stderr, /it exists and is not a socket; ssd left it alone\n$/);
  t.is(readFileSync(rig.path('x'), 'utf8'), 'precious');
});

test('a path that another ssd has taken meanwhile is left at the end', async t => {
  const rig = await createRig(t);
  const first = await startOnPath(rig);
  await rig.conductor.nextWorker();
  unlinkSync(rig.path('x'));
  await startOnPath(rig, 'c2');
  const {pid} = await rig.conductor.nextWorker();
  await end(first);
  t.deepEqual(await ask(rig.path('x')), {generation: 1, pid});
});

test('a path that is a file by now is left at the end', async t => {
  const rig = await createRig(t);
  const ssd = await startOnPath(rig);
  rmSync(rig.path('x'));
  writeFileSync(rig.path('x'), 'precious');
  await end(ssd);
  t.is(readFileSync(rig.path('x'), 'utf8'), 'precious');
});

test('a path that was given another name keeps that', async t => {
  const rig = await createRig(t);
  const ssd = await startOnPath(rig);
  const {pid} = await rig.conductor.nextWorker();
  renameSync(rig.path('x'), rig.path('y'));
  t.deepEqual(await ask(rig.path('y')), {generation: 1, pid});
  await end(ssd);
  t.true(existsSync(rig.path('y')));
});

test('a control socket that belongs to another process by now is left alone at the end', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([]);
  await ssd.line(/generation 1 spawned/);
  const other = net.createServer(socket => void socket.on('error', () => {}).end('mine'));
  await new Promise<void>(resolve => other.listen(rig.path('other'), resolve));
  t.teardown(() => other.close());
  renameSync(rig.path('other'), rig.control);
  await ssd.line(/running without a control socket/);
  await end(ssd);
  const [answer] = await once(net.connect({path: rig.control}), 'data');
  t.is(String(answer), 'mine');
});

test('if three start at once on a stale path, one gets it', async t => {
  const rig = await createRig(t);
  const dead = await startOnPath(rig);
  const orphan = await rig.conductor.nextWorker();
  // Its ssd first, which would replace it.
  dead.kill('SIGKILL');
  await dead.exit();
  orphan.die('SIGKILL');
  await orphan.gone;
  const exits = new Mailbox<Exit>('an ssd that has lost');
  for (const control of ['c1', 'c2', 'c3']) {
    const args = [`--path=${rig.path('x')}`, `--control=${rig.path(control)}`];
    rig
      .ssd(args)
      .exit()
      .then(
        exit => exits.put(exit),
        () => {},
      );
  }
  const losers = [await exits.take(), await exits.take()];
  t.deepEqual(losers, Array(2).fill({code: 1, signal: null}));
  const {pid} = await rig.conductor.nextWorker();
  t.deepEqual(await ask(rig.path('x')), {generation: 1, pid});
});
