import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, closeSync, openSync, readFileSync, writeFileSync} from 'node:fs';
import {constants} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {
  collectChild,
  groupOf,
  openPid,
  type SpawnOrder,
  signalPid,
  spawnProcess,
} from '../../../src/daemon/system/posix-process.js';
import {flagsOf} from '../../helpers/adapters/descriptors.js';
import {jsonOf, scriptCommand, source} from '../../helpers/adapters/script.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';
import {watched} from '../../helpers/mailbox.js';
import {createRig} from '../../helpers/rig.js';

process.setMaxListeners(100);

const NOTHING: Omit<SpawnOrder, 'path' | 'argv'> = {env: {}, directory: null, descriptors: []};

/** The wait status of a child, when it has ended: SIGCHLD tells of it. */
function statusOf(pid: number): Promise<number | 'lost' | 'unknown'> {
  const status = new Promise<number | 'lost' | 'unknown'>(resolve => {
    const look = () => {
      const found = collectChild(pid);
      if (found === null) return;
      process.off('SIGCHLD', look);
      resolve(found);
    };
    process.on('SIGCHLD', look);
    look();
  });
  return watched(status, () => `${pid} has not ended`);
}

/** What a shell script prints, run with what the order says. */
async function outputOf(
  t: ExecutionContext,
  script: string,
  order: Partial<SpawnOrder> & {readonly args?: readonly string[]} = {},
): Promise<string> {
  const path = join(temporaryDirectory(t), 'output');
  const fd = openSync(path, 'w');
  const {args = [], descriptors = [], ...rest} = order;
  const argv = ['sh', '-c', script, ...args];
  const pid = spawnProcess({
    ...NOTHING,
    path: '/bin/sh',
    argv,
    ...rest,
    descriptors: [[fd, 1], ...descriptors],
  });
  closeSync(fd);
  t.is(await statusOf(pid), 0);
  return readFileSync(path, 'utf8');
}

test('arguments and environment arrive as they are, and nothing else does', async t => {
  const odd = ['', 'two words', '"\'$x\n', 'ü€'];
  const said = await outputOf(t, 'printf "%s|" "$0" "$@"; tr "\\0" "|" </proc/$$/environ', {
    args: odd,
    env: {A: 'x=y', B: '', C: 'ü\n€'},
  });
  t.is(said, `${odd.join('|')}|A=x=y|B=|C=ü\n€|`);
});

test('no signal is blocked, and only SIGPIPE is ignored, whatever this process does', async t => {
  const said = await outputOf(t, "sed -n '/^Sig[BIC]/p' /proc/self/status");
  const SIGPIPE = (1n << 12n).toString(16).padStart(16, '0');
  t.is(said, `SigBlk:\t${'0'.repeat(16)}\nSigIgn:\t${SIGPIPE}\nSigCgt:\t${'0'.repeat(16)}\n`);
});

test('the program runs in the directory', async t => {
  const directory = temporaryDirectory(t);
  t.is(await outputOf(t, 'pwd', {directory}), `${directory}\n`);
});

test('a descriptor is at its number, also where it has that number already, and no other is handed over', async t => {
  const fd = openSync('/dev/zero', 'r');
  const other = openSync('/dev/full', 'w');
  t.true(flagsOf(fd).closeOnExec);
  const said = await outputOf(t, 'cd /proc/$$/fd && for n in *; do echo "$n $(readlink $n)"; done', {
    descriptors: [
      [fd, fd],
      [fd, 100],
    ],
  });
  const lines = said.trim().split('\n');
  t.true(lines.includes(`${fd} /dev/zero`), said);
  t.true(lines.includes('100 /dev/zero'), said);
  t.false(said.includes('/dev/full'));
  t.true(flagsOf(fd).closeOnExec, 'its flag is as before here');
  closeSync(fd);
  closeSync(other);
});

test('it is in this process group, or leads one of its own', async t => {
  const here = groupOf(process.pid);
  const print = 'cut -d" " -f5 /proc/$$/stat; echo $$';
  const [group, pid] = (await outputOf(t, print)).split('\n').map(Number);
  t.is(group, here ?? 0);
  t.not(group, pid);
  const [ownGroup, leader] = (await outputOf(t, print, {leadsGroup: true})).split('\n').map(Number);
  t.is(ownGroup, leader);
});

const fails = test.macro({
  exec: (t, cause: string, make: (directory: string) => Partial<SpawnOrder>) => {
    const order = make(temporaryDirectory(t));
    t.throws(() => spawnProcess({...NOTHING, path: '/bin/true', argv: ['true'], ...order}), {code: cause});
  },
  title: (given = '') => `${given} is an error of the spawn, not an exit`,
});

const file = (directory: string, content: string, mode: number) => {
  const path = join(directory, 'program');
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
};
test('no such program', fails, 'ENOENT', directory => ({path: join(directory, 'no')}));
test('a program that is not executable', fails, 'EACCES', d => ({path: file(d, '#!/bin/sh\n', 0o644)}));
test('a program without #!', fails, 'ENOEXEC', d => ({path: file(d, 'exit 0\n', 0o755)}));
test('an empty program', fails, 'ENOEXEC', d => ({path: file(d, '', 0o755)}));
test('a program without its interpreter', fails, 'ENOENT', d => ({path: file(d, '#!/no/such\n', 0o755)}));
test('a directory for a program', fails, 'EACCES', directory => ({path: directory}));
test('a program in a file', fails, 'ENOTDIR', d => ({path: join(file(d, '', 0o644), 'x')}));
test('no such directory to run in', fails, 'ENOENT', d => ({directory: join(d, 'no')}));
test('a file for a directory to run in', fails, 'ENOTDIR', d => ({directory: file(d, '', 0o644)}));
test('a descriptor that is not open', fails, 'EBADF', () => ({descriptors: [[999, 3]]}));
test('an argument that is too long', fails, 'E2BIG', () => ({argv: ['true', 'x'.repeat(200_000)]}));

test('a program that somebody is still writing is ETXTBSY', t => {
  const path = file(temporaryDirectory(t), readFileSync('/bin/true').toString('latin1'), 0o755);
  const fd = openSync(path, 'r+');
  t.throws(() => spawnProcess({...NOTHING, path, argv: ['true']}), {code: 'ETXTBSY'});
  closeSync(fd);
});

test('an exit status is collected once; a death by a signal has its number', async t => {
  const sh = (script: string) => spawnProcess({...NOTHING, path: '/bin/sh', argv: ['sh', '-c', script]});
  const ended = sh('exit 7');
  t.is(await statusOf(ended), 7 << 8);
  t.is(collectChild(ended), 'lost');
  t.is(await statusOf(sh('kill -9 $$')), constants.signals.SIGKILL);
});

test('a child that lives is not collected', async t => {
  const pid = spawnProcess({...NOTHING, path: '/bin/sleep', argv: ['sleep', '1000']});
  t.is(collectChild(pid), null);
  process.kill(pid, 'SIGTERM');
  t.is(await statusOf(pid), constants.signals.SIGTERM);
});

test('a process that is no child is lost', t => {
  t.is(collectChild(process.ppid), 'lost');
});

test('the group of a process that is gone is not known', async t => {
  const child = spawn('true');
  await once(child, 'exit');
  t.is(groupOf(child.pid ?? 0), null);
});

test('a pid descriptor stands for its process and is close-on-exec; when that is gone nobody is signalled', async t => {
  const child = spawn('sleep', ['1000']);
  const exit = once(child, 'exit');
  const fd = openPid(child.pid ?? 0);
  t.true(flagsOf(fd).closeOnExec);
  signalPid(fd, constants.signals.SIGTERM);
  t.deepEqual(await exit, [null, 'SIGTERM']);
  t.throws(() => signalPid(fd, constants.signals.SIGTERM), {code: 'ESRCH'});
  t.throws(() => openPid(child.pid ?? 0), {code: 'ESRCH'});
  closeSync(fd);
  t.throws(() => signalPid(fd, 0), {code: 'EBADF'});
});

test('any child that has ended is reported until it is collected', async t => {
  const rig = await createRig(t);
  const script = `
    import {once} from 'node:events';
    import {collectChild, endedChild, spawnProcess} from '${source('daemon/system/posix-process')}';
    const alive = setInterval(() => {}, 20_000);
    const told = [endedChild()];
    const ended = once(process, 'SIGCHLD');
    const pid = spawnProcess({path: '/bin/true', argv: ['true'], env: {}, directory: null, descriptors: []});
    const living = spawnProcess({path: '/bin/sleep', argv: ['sleep', '9'], env: {}, directory: null, descriptors: []});
    await ended;
    told.push(endedChild() === pid, endedChild() === pid, collectChild(pid), endedChild());
    process.kill(living, 'SIGKILL');
    clearInterval(alive);
    console.log(JSON.stringify(told));`;
  t.deepEqual(await jsonOf(rig, scriptCommand(script)), [null, true, true, 0, null]);
});
