/** Starts that take over and fail half-way, that come two at a time, in the background, and again and again. */
import {once} from 'node:events';
import {existsSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {problemsOf, status, stop} from '../../helpers/clients/control.js';
import {closedTo, descriptorOf, openIn} from '../../helpers/processes.js';
import {ask, boundPort, createRig, type Rig, SERVER} from '../../helpers/rig.js';
import {orphaned, settled, stateOf, statePath} from './stage.js';

const ADOPTIONS = 20;

type Failing = (rig: Rig, busy: number) => readonly string[];

const FAILING: Readonly<Record<string, readonly [Failing, RegExp]>> = {
  'a second port is in use': [(_, busy) => [`--port=127.0.0.1:${busy}`], /EADDRINUSE/],
  'a unix path is no socket': [rig => [`--path=${rig.directory}`], /is not a socket|EISDIR|exists/],
  'the log file cannot be opened': [rig => [`--log-file=${rig.path('no/log')}`], /no\/log/],
  'the status file cannot be written': [rig => [`--status-file=${rig.path('no/status')}`], /no\/status/],
  'the store of systemd is not there': [() => ['--fdstore'], /--fdstore|NOTIFY_SOCKET/],
};

for (const [what, [failing, reason]] of Object.entries(FAILING))
  test(`a start that fails because ${what} leaves workers, path and state file for the next one`, async t => {
    const {rig, old, port} = await orphaned(t, ['--path=web.sock']);
    const left = readFileSync(statePath(rig), 'utf8');
    const args = ['--port=127.0.0.1:0', '--path=web.sock', '--ready=fd'];
    const stranger = net.createServer().listen(0, '127.0.0.1');
    t.teardown(() => stranger.close());
    await once(stranger, 'listening');
    const {port: busy} = stranger.address() as net.AddressInfo;
    const failed = rig.ssd([...args, ...failing(rig, busy)]);
    const {code} = await failed.exit();
    t.true(code === 1 || code === 2, failed.stderr());
    t.regex(failed.stderr(), reason);
    t.is(readFileSync(statePath(rig), 'utf8'), left);
    t.deepEqual(old.signals, []);
    t.deepEqual(await ask(port), {generation: 1, pid: old.pid});
    t.deepEqual(await ask(rig.path('web.sock')), {generation: 1, pid: old.pid});
    const ssd = rig.ssd(args);
    t.is(await boundPort(ssd), port);
    const next = await rig.conductor.nextWorker();
    await next.write(5, '\n');
    await ssd.line(/restart completed: generation 2 replaced 1/);
    t.deepEqual(await ask(rig.path('web.sock')), {generation: 2, pid: next.pid});
  });

test('of two starts at once one takes over, and the other one is refused and changes nothing', async t => {
  const {rig, old} = await orphaned(t);
  const starts = [1, 2].map(() => rig.ssd(['--port=127.0.0.1:0', '--ready=fd']));
  const next = await rig.conductor.nextWorker();
  const [loser, winner] = await Promise.race(
    starts.map(async (start, nth) => {
      await start.exit();
      return [start, starts[1 - nth]];
    }),
  );
  t.regex(loser?.stderr() ?? '', /control socket .* (is in use|in use)|another/);
  await next.write(4, '\n');
  await winner?.line(/restart completed: generation 2 replaced 1/);
  await old.gone;
  t.deepEqual(old.signals, ['SIGTERM']);
  t.deepEqual((await status(rig)).current, 2);
});

test('an ssd in the background takes over, and what it has bound before is where it was', async t => {
  const rig = await createRig(t);
  const args = [
    ...['--port=127.0.0.1:0', '--port=127.0.0.1:u0', '--path=web.sock', `--path=@${rig.directory}`],
    ...[`--pid-file=${rig.path('pid')}`, '--ready=fd'],
  ];
  const first = rig.ssd(args);
  const old = await rig.conductor.nextWorker();
  await old.write(7, '\n');
  await first.line(/generation 1 is ready/);
  await settled(rig);
  const inodes = inodesOf(old.pid);
  t.is(new Set(inodes).size, 4);
  first.kill('SIGKILL');
  await first.exit();
  const background = [`--control=${rig.control}`, '--daemonize', `--log-file=${rig.path('log')}`, ...args];
  t.like(await rig.runSsd([...background, '--', ...SERVER]), {code: 0});
  const next = await rig.conductor.nextWorker();
  t.deepEqual(inodesOf(next.pid), inodes);
  await next.write(7, '\n');
  await old.gone;
  t.is(stateOf(rig).writer.pid, Number(readFileSync(rig.path('pid'), 'utf8')));
  await stop(rig);
  for (const path of ['web.sock', 'pid']) t.false(existsSync(rig.path(path)), path);
  t.false(existsSync(statePath(rig)));
});

test('a path that was taken over and removed is bound anew, and taken over again as what it is then', async t => {
  const {rig, old} = await orphaned(t, ['--path=web.sock']);
  const args = ['--port=127.0.0.1:0', '--path=web.sock', '--ready=fd'];
  const second = rig.ssd(args);
  await (await rig.conductor.nextWorker()).write(5, '\n');
  await second.line(/restart completed: generation 2 replaced 1/);
  await old.gone;
  rmSync(rig.path('web.sock'));
  const restarting = rig.ssctl(['restart']);
  const worker = await rig.conductor.nextWorker();
  await worker.write(5, '\n');
  t.is((await restarting).code, 0);
  t.is((await ask(rig.path('web.sock'))).pid, worker.pid);
  await settled(rig);
  const inode = descriptorOf(worker.pid, 4);
  second.kill('SIGKILL');
  await second.exit();
  rig.ssd(args);
  const next = await rig.conductor.nextWorker();
  t.is(descriptorOf(next.pid, 4), inode);
  await next.write(5, '\n');
  await worker.gone;
  t.is((await ask(rig.path('web.sock'))).pid, next.pid);
});

test('a state file that was removed is put back, and says the same', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--ready=fd']);
  await (await rig.conductor.nextWorker()).write(3, '\n');
  await ssd.line(/generation 1 is ready/);
  await settled(rig);
  const text = readFileSync(statePath(rig), 'utf8');
  rmSync(statePath(rig));
  await ssd.line(/state file/);
  t.is(readFileSync(statePath(rig), 'utf8'), text);
  t.deepEqual(await problemsOf(rig), []);
});

test('a worker that the state file has missed serves on, and is named as a problem', async t => {
  const rig = await createRig(t);
  const args = ['--port=127.0.0.1:0', '--ready=fd'];
  const first = rig.ssd([...args, '--workers=2']);
  const workers = [await rig.conductor.nextWorker(), await rig.conductor.nextWorker()];
  for (const worker of workers) await worker.write(4, '\n');
  await first.line(/generation 1 is ready/);
  await settled(rig);
  first.kill('SIGKILL');
  await first.exit();
  const {generations, ...state} = stateOf(rig);
  const [known, missed] = generations[0]?.workers ?? [];
  const left = generations.map(one => ({...one, workers: known ? [known] : []}));
  writeFileSync(statePath(rig), JSON.stringify({...state, generations: left}));
  const ssd = rig.ssd(args);
  await (await rig.conductor.nextWorker()).write(4, '\n');
  await ssd.line(/restart completed: generation 2 replaced 1/);
  await ssd.line(new RegExp(`pid ${missed?.pid} `));
  t.like(await problemsOf(rig), [{code: 'listener-held'}]);
  t.deepEqual(workers.find(({pid}) => pid === missed?.pid)?.signals, []);
});

test('a worker that was started after the last word of the state file is found, and finishes', async t => {
  const {rig, workers} = await missedOne(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd']);
  await (await rig.conductor.nextWorker()).write(4, '\n');
  await ssd.line(/restart completed: generation 2 replaced 1/);
  for (const worker of workers) {
    await worker.gone;
    t.deepEqual(worker.signals, ['SIGTERM']);
  }
  t.deepEqual(await problemsOf(rig), []);
});

test('ssctl stop --orphans ends such a worker as well', async t => {
  const {rig, workers} = await missedOne(t);
  const {code, stdout} = await rig.ssctl(['stop', '--orphans', '--json']);
  t.is(code, 0);
  t.deepEqual(JSON.parse(stdout).orphans.sort(), workers.map(({pid}) => pid).sort());
  for (const worker of workers) await worker.gone;
});

test('after twenty deaths nothing more is open, in ssd and in its worker', async t => {
  const rig = await createRig(t);
  const args = ['--port=127.0.0.1:0', '--path=web.sock', '--ready=fd'];
  const seen: (readonly [ssd: number, worker: number])[] = [];
  for (let generation = 1; generation <= ADOPTIONS; generation += 1) {
    const ssd = rig.ssd(args);
    const worker = await rig.conductor.nextWorker();
    await worker.write(5, '\n');
    await ssd.line(new RegExp(`generation ${generation} is ready`));
    if (generation > 1) await ssd.line(/restart completed/);
    await settled(rig);
    seen.push([openIn(ssd.pid), Object.keys(worker.descriptors).length]);
    if (generation === ADOPTIONS) {
      // The last ssd may not have seen yet that the ssctl before has hung up.
      const least = Math.min(...seen.map(([open]) => open));
      await closedTo(ssd.pid, least);
      break;
    }
    ssd.kill('SIGKILL');
    await ssd.exit();
  }
  const [first] = seen;
  t.true(
    seen.every(([, open]) => open === first?.[1]),
    JSON.stringify(seen),
  );
  t.is(stateOf(rig).listeners.length, 2);
});

/** Two workers of a killed ssd whose state file is from before the second one. */
async function missedOne(t: ExecutionContext) {
  const rig = await createRig(t);
  const first = rig.ssd(['--port=127.0.0.1:0', '--ready=fd', '--workers=2']);
  const workers = [await rig.conductor.nextWorker(), await rig.conductor.nextWorker()];
  for (const worker of workers) await worker.write(4, '\n');
  await first.line(/generation 1 is ready/);
  await settled(rig);
  first.kill('SIGKILL');
  await first.exit();
  const {generations, ...state} = stateOf(rig);
  const [known, missed] = generations[0]?.workers ?? [];
  const left = generations.map(one => ({...one, workers: known ? [known] : []}));
  const before = {...state, generations: left, writtenAt: missed?.startedAt};
  writeFileSync(statePath(rig), JSON.stringify(before));
  return {rig, workers};
}

function inodesOf(pid: number): readonly string[] {
  return [3, 4, 5, 6].map(fd => descriptorOf(pid, fd));
}
