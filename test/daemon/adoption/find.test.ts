/** What of a dead ssd is found, with real processes. */
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {findOrphans} from '../../../src/daemon/adoption/find.js';
import {closeOrphans} from '../../../src/daemon/adoption/orphans.js';
import {here, markOf} from '../../../src/shared/state/read-state.js';
import {STATE_VERSION, type State} from '../../../src/shared/state/state.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';

const OWN = process.getuid?.() ?? 0;

test.serial('a worker that lives is found, and all that was opened is closed again', async t => {
  const {pid} = await sleeper(t);
  const before = readdirSync('/proc/self/fd').length;
  const orphans = findOrphans(left(t, {pid}), OWN);
  t.like(orphans.workers, [{pid, generation: 3, id: 0}]);
  t.is(orphans.state?.last, 3);
  closeOrphans(orphans);
  t.is(readdirSync('/proc/self/fd').length, before);
});

test.serial('a process that has the pid of a worker by now is left alone', async t => {
  const {pid} = await sleeper(t);
  const {workers, leftOut, state} = findOrphans(left(t, {pid, startedAt: '17'}), OWN);
  t.deepEqual(workers, []);
  t.is(state, null);
  t.like(leftOut, [{what: 'worker', pid, cause: 'another process has this pid now'}]);
});

test.serial('ssd does not take itself over', async t => {
  const {workers, leftOut} = findOrphans(left(t, {pid: process.pid}), OWN);
  t.deepEqual(workers, []);
  t.like(leftOut, [{what: 'worker', pid: process.pid, cause: 'it is this ssd'}]);
});

test.serial('a worker that is gone needs no word of its own', async t => {
  const child = await sleeper(t);
  const path = left(t, {pid: child.pid});
  child.process.kill('SIGKILL');
  await once(child.process, 'exit');
  t.like(findOrphans(path, OWN).leftOut, [{what: 'remains', cause: 'none of its workers lives'}]);
});

test.serial('nothing is taken over while the ssd lives that wrote the file', async t => {
  const {pid} = await sleeper(t);
  const path = left(t, {pid, writer: process.pid});
  t.like(findOrphans(path, OWN).leftOut, [
    {what: 'state', cause: `the ssd that wrote it lives, pid ${process.pid}`},
  ]);
});

test.serial('the pids of another boot or another container mean nothing', async t => {
  const {pid} = await sleeper(t);
  const path = left(t, {pid});
  t.like(findOrphans(path, OWN, {...here(), boot: 'x'}), {workers: [], leftOut: [{what: 'remains'}]});
  t.like(findOrphans(path, OWN, {...here(), pids: 'x'}), {workers: [], leftOut: [{what: 'remains'}]});
});

async function sleeper(t: ExecutionContext): Promise<{pid: number; process: ChildProcess}> {
  const child = spawn('sleep', ['600'], {stdio: 'ignore'});
  t.teardown(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  return {pid: child.pid ?? 0, process: child};
}

type Left = {readonly pid: number; readonly startedAt?: string; readonly writer?: number};

/** The state file of an ssd with one worker. */
function left(t: ExecutionContext, {pid, startedAt, writer}: Left): string {
  const path = join(temporaryDirectory(t), 'a.state');
  const mark = {pid, startedAt: startedAt ?? markOf(pid)?.startedAt ?? ''};
  const state: State = {
    version: STATE_VERSION,
    ssd: '0',
    ...here(),
    writer: (writer === undefined ? null : markOf(writer)) ?? {pid: 2 ** 22, startedAt: '1'},
    since: '1',
    killGroup: false,
    writtenAt: null,
    last: 3,
    workers: {wanted: 1, asked: 1},
    stopSignal: 'TERM',
    service: null,
    good: null,
    former: null,
    generations: [
      {
        generation: 3,
        phase: 'ready',
        release: null,
        workers: [{...mark, id: 0, index: 0, phase: 'ready', onDeath: 'keep', hasGroup: false, uid: null}],
      },
    ],
    listeners: [],
  };
  writeFileSync(path, JSON.stringify(state), {mode: 0o600});
  return path;
}
