/** Which processes are taken for workers that a killed ssd had not written down. */
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {fstatSync} from 'node:fs';
import net from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {readStat} from '../../../src/shared/process-stat.js';
import {withMissed} from '../../../src/shared/state/missed.js';
import {lives, markOf} from '../../../src/shared/state/read-state.js';
import {STATE_VERSION, type State} from '../../../src/shared/state/state.js';
import {alive} from '../../helpers/processes.js';

const WORKER = {SERVER_STARTER_GENERATION: '4', SSD_WORKER_INDEX: '1'};

test('a worker of a generation that the file does not know is one, and what it has started is none', async t => {
  const {state, start} = await stage(t);
  const worker = await start(WORKER, ['sh', '-c', 'sleep 600 & echo; wait']);
  await once(worker.stdout ?? process.stdin, 'data');
  const {generations, last} = withMissed(state(), lives);
  t.is(last, 4);
  t.like(generations, [
    {generation: 3},
    {generation: 4, workers: [{pid: worker.pid, index: 1, phase: 'starting'}]},
  ]);
  t.is(generations[1]?.workers.length, 1);
});

test('a worker at a place where nobody lives is one, and one at the place of a worker that lives is none', async t => {
  const {state, start} = await stage(t);
  const worker = await start({...WORKER, SERVER_STARTER_GENERATION: '3'});
  const {generations} = withMissed(state(), lives);
  t.like(generations, [{generation: 3, workers: [{pid: process.pid}, {pid: worker.pid, id: 1, index: 1}]}]);
  const helper = await start({SERVER_STARTER_GENERATION: '3', SSD_WORKER_INDEX: '0'});
  const pids = withMissed(state(), lives).generations.flatMap(one => one.workers.map(({pid}) => pid));
  t.false(pids.includes(helper.pid ?? 0));
});

test('one that is older than the file, holds none of its listeners or has no place is none', async t => {
  const {state, start} = await stage(t);
  const old = await start(WORKER);
  const later = Number(readStat(old.pid ?? 0)?.startedAt) + 1;
  t.is(withMissed({...state(), writtenAt: String(later)}, lives).last, 3);
  t.is(withMissed({...state(), writtenAt: null}, lives).last, 3);
  t.is(withMissed({...state(), listeners: []}, lives).last, 3);
  const [listener] = state().listeners;
  const other = listener ? [{...listener, inode: '1'}] : [];
  t.is(withMissed({...state(), listeners: other}, lives).last, 3);
  old.kill('SIGKILL');
  await once(old, 'exit');
  await start({SERVER_STARTER_GENERATION: '4'});
  t.is(withMissed(state(), lives).last, 3);
});

test('what a worker has forked and left is none, and neither are several that could have one place', async t => {
  const {state, start} = await stage(t);
  const prefork = 'if (fork) { exit } print "forked $$\\n"; close STDOUT; sleep 600';
  const master = await start(WORKER, ['perl', '-e', `$| = 1; ${prefork}`]);
  const [said] = await once(master.stdout ?? process.stdin, 'data');
  const child = Number(String(said).split(' ')[1]);
  if (master.exitCode === null) await once(master, 'exit');
  t.true(alive(child));
  t.is(withMissed(state(), lives).last, 3);
  const other = {...WORKER, SERVER_STARTER_GENERATION: '5'};
  for (const _ of [1, 2]) await start(other);
  t.is(withMissed(state(), lives).last, 3);
  const last = {...WORKER, SERVER_STARTER_GENERATION: '6'};
  const worker = await start(last);
  const {generations} = withMissed({...state(), killGroup: true}, lives);
  t.like(generations, [{generation: 3}, {generation: 6, workers: [{pid: worker.pid, hasGroup: true}]}]);
});

/** A state with one worker, this process, and one listener; and how to start what holds that. */
async function stage(t: ExecutionContext) {
  const server = net.createServer().listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const {fd} = (server as unknown as {_handle: {fd: number}})._handle;
  const inode = String(fstatSync(fd).ino);
  const own = markOf(process.pid) ?? {pid: 0, startedAt: '0'};
  const place = {id: 0, index: 0, phase: 'ready', onDeath: 'keep', hasGroup: false, uid: null} as const;
  const state = (): State => ({
    ...{
      version: STATE_VERSION,
      ssd: '0',
      boot: '',
      pids: '',
      writer: own,
      since: '0',
      killGroup: false,
      writtenAt: own.startedAt,
    },
    ...{last: 3, workers: {wanted: 2, asked: 2}, stopSignal: 'TERM', service: null, good: null, former: null},
    generations: [{generation: 3, phase: 'ready', release: null, workers: [{...own, ...place}]}],
    listeners: [{name: 'x', type: 'tcp', address: '127.0.0.1:1', fd: 3, inode, file: null}],
  });
  const start = async (env: object, command: readonly string[] = ['sleep', '600']): Promise<ChildProcess> => {
    const [program = '', ...args] = command;
    const child = spawn(program, args, {
      env: {PATH: process.env.PATH, ...env},
      stdio: ['ignore', 'pipe', 'ignore', fd],
      detached: true,
    });
    t.teardown(() => kill(child));
    await once(child, 'spawn');
    return child;
  };
  return {state, start};
}

/** With what it has started. */
function kill({pid}: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
