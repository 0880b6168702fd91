import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {takePidFile} from '../../../src/daemon/files/pid-file.js';
import {findHolder, isHeldBy, releaseHolder} from '../../../src/daemon/files/pid-holder.js';
import {tryLock} from '../../../src/daemon/system/posix.js';
import {closing, makeFifo, openDescriptors} from '../../helpers/adapters/descriptors.js';
import {EXHAUST, jsonOf, limited, scriptCommand, source} from '../../helpers/adapters/script.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';
import {refusalOf} from '../../helpers/refusal.js';
import {createRig, type Rig, type Running} from '../../helpers/rig.js';
import {asRoot, STRANGER} from '../../helpers/root.js';

const newPath = (t: ExecutionContext) => join(temporaryDirectory(t), 'pid');

/** A process that has taken the pid file, and keeps it until it ends. */
async function holder(rig: Rig): Promise<Running> {
  const script = `
    import {takePidFile} from '${source('daemon/files/pid-file')}';
    takePidFile('pid');
    console.error('taken');
    setInterval(() => {}, 20_000);`;
  const running = rig.start(scriptCommand(script));
  await running.line(/taken/);
  return running;
}

test('the pid is in the file while it is held; then the file is gone and the next one can have it', t => {
  const path = newPath(t);
  const {release} = takePidFile(path);
  t.is(readFileSync(path, 'utf8'), `${process.pid}\n`);
  release();
  t.false(existsSync(path));
  takePidFile(path).release();
});

test('what was in a file that nobody holds is replaced', t => {
  const path = newPath(t);
  writeFileSync(path, '1234567890123\nand more');
  const {release} = takePidFile(path);
  t.is(readFileSync(path, 'utf8'), `${process.pid}\n`);
  release();
});

test('the second process is refused and gets the pid; the file is left as it is', async t => {
  const rig = await createRig(t);
  const {pid} = await holder(rig);
  const path = rig.path('pid');
  t.deepEqual(
    refusalOf(() => takePidFile(path)),
    {code: 'pid-file-locked', path, pid},
  );
  t.is(readFileSync(path, 'utf8'), `${pid}\n`);
});

test('a lock counts, whatever is in the file', t => {
  const path = newPath(t);
  writeFileSync(path, 'nonsense');
  t.true(tryLock(closing(t, openSync(path, 'r'))));
  t.deepEqual(
    refusalOf(() => takePidFile(path)),
    {code: 'pid-file-locked', path, pid: null},
  );
  t.is(readFileSync(path, 'utf8'), 'nonsense');
  t.deepEqual(
    refusalOf(() => findHolder(path)),
    {code: 'pid-file-unreadable', path, cause: 'it does not contain a pid'},
  );
});

test('a file that somebody has put in its place is left at the end', t => {
  const path = newPath(t);
  const {release} = takePidFile(path);
  writeFileSync(`${path}.new`, 'precious');
  renameSync(`${path}.new`, path);
  release();
  t.is(readFileSync(path, 'utf8'), 'precious');
});

const refused = test.macro({
  exec: (t, name: string, cause: string) => {
    const directory = temporaryDirectory(t);
    mkdirSync(join(directory, 'sub'));
    writeFileSync(join(directory, 'file'), '');
    const path = join(directory, name);
    t.deepEqual(
      refusalOf(() => takePidFile(path)),
      {code: 'file-unusable', what: 'pid file', path, cause},
    );
  },
  title: (given = '') => `${given} is refused`,
});

test('a directory', refused, 'sub', 'EISDIR');
test('a file in no directory', refused, 'no/pid', 'ENOENT');
test('a file in a file', refused, 'file/pid', 'ENOTDIR');

test('a FIFO or a device is refused, without waiting', t => {
  for (const path of [makeFifo(t).path, '/dev/null']) {
    t.like(
      refusalOf(() => takePidFile(path)),
      {code: 'file-unusable', cause: 'it is not a regular file'},
    );
  }
});

asRoot('a file of another user is refused', async t => {
  const rig = await createRig(t);
  writeFileSync(rig.path('pid'), '');
  const script = `
    import {takePidFile} from '${source('daemon/files/pid-file')}';
    try { takePidFile(process.argv[1]); } catch (error) { console.log(error.failure.cause); }`;
  const {stdout} = await rig.run(scriptCommand(script, rig.path('pid')), {uid: STRANGER, cwd: '/'});
  t.is(stdout, 'EACCES\n');
});

test('if the pid cannot be written, the start is refused and no file is left', async t => {
  const rig = await createRig(t);
  const script = `
    import {takePidFile} from '${source('daemon/files/pid-file')}';
    // The kernel also sends this signal (setrlimit(2)), which would end the process.
    process.on('SIGXFSZ', () => {});
    try { takePidFile('pid'); } catch (error) { console.log(error.failure.cause); }`;
  t.is((await rig.run(limited('f', 0, scriptCommand(script)))).stdout, 'EFBIG\n');
  t.false(existsSync(rig.path('pid')));
});

test('where no descriptor is left that is the reason', async t => {
  const rig = await createRig(t);
  const script = `${EXHAUST}
    import {takePidFile} from '${source('daemon/files/pid-file')}';
    import {findHolder} from '${source('daemon/files/pid-holder')}';
    const {release} = takePidFile('held');
    leave(0);
    const causes = [causeOf(() => takePidFile('pid')), causeOf(() => findHolder('held'))];
    causes.push(causeOf(release));
    console.log(JSON.stringify(causes));`;
  t.deepEqual(await jsonOf(rig, limited('n', 100, scriptCommand(script))), ['EMFILE', 'EMFILE', 'EMFILE']);
  t.false(existsSync(rig.path('pid')));
});

test.serial('a refusal leaves no descriptor open', t => {
  const path = newPath(t);
  const {release} = takePidFile(path);
  const before = openDescriptors().length;
  refusalOf(() => takePidFile(path));
  refusalOf(() => takePidFile(join(path, 'below')));
  findHolder(`${path}.no`);
  t.is(openDescriptors().length, before);
  release();
});

test('the holder is found by a descriptor that stands for it, until it has ended', async t => {
  const rig = await createRig(t);
  const running = await holder(rig);
  const path = rig.path('pid');
  const found = findHolder(path);
  t.is(found?.pid, running.pid);
  if (!found) return;
  t.teardown(() => releaseHolder(found));
  t.is(readlinkSync(`/proc/self/fd/${found.fd}`), 'anon_inode:[pidfd]');
  t.true(isHeldBy(path, found));
  running.kill('SIGKILL');
  await running.exit();
  t.false(isHeldBy(path, found));
  t.is(findHolder(path), null);
});

test('without a file, or if nobody holds it, there is no holder', t => {
  const path = newPath(t);
  t.is(findHolder(path), null);
  writeFileSync(path, `${process.pid}\n`);
  t.is(findHolder(path), null, 'it is only a number');
  t.is(findHolder(makeFifo(t).path), null);
});

test('a pid of a process that does not have the file open, or is gone, is never taken for the holder', async t => {
  const path = newPath(t);
  const fd = closing(t, openSync(path, 'w+'));
  t.true(tryLock(fd));
  const elsewhere = (pid: number | undefined) => {
    writeFileSync(path, `${pid}\n`);
    const failure = refusalOf(() => findHolder(path));
    t.like(failure, {code: 'holder-elsewhere', path, pid});
  };
  elsewhere(process.ppid);
  const child = spawn('true');
  await once(child, 'exit');
  elsewhere(child.pid);
  writeFileSync(path, `${process.pid}\n`);
  const found = findHolder(path);
  t.is(found?.pid, process.pid);
  if (found) releaseHolder(found);
});

test('a holder that was replaced holds it no more', t => {
  const path = newPath(t);
  const {release} = takePidFile(path);
  const found = findHolder(path);
  t.is(found?.pid, process.pid);
  if (!found) return;
  t.teardown(() => releaseHolder(found));
  t.true(isHeldBy(path, found));
  t.false(isHeldBy(path, {...found, pid: found.pid + 1}));
  unlinkSync(path);
  t.false(isHeldBy(path, found));
  release();
});
