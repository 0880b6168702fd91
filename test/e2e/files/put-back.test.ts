/** ssd makes its files anew after somebody removed them, and they work as before. */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import test from 'ava';
import {removeAtOnce} from '../../helpers/adapters/temporary.js';
import {problemsOf, restart, status} from '../../helpers/clients/control.js';
import {createRig, type Rig, type Running, SERVER} from '../../helpers/rig.js';

async function started(rig: Rig, ...args: readonly string[]): Promise<Running> {
  const ssd = rig.ssd([...args, '--interval=0.1']);
  await ssd.line(/generation 1 is ready/);
  return ssd;
}

test('a pid file that was removed is there again, locked, and --stop finds ssd by it', async t => {
  const rig = await createRig(t);
  const ssd = await started(rig, `--pid-file=${rig.path('pid')}`);
  unlinkSync(rig.path('pid'));
  await ssd.line(/solved after \S+: pid file \S+ was removed; ssd made it again/);
  t.is(readFileSync(rig.path('pid'), 'utf8'), `${ssd.pid}\n`);
  const second = await rig.runSsd([`--pid-file=${rig.path('pid')}`, '--', ...SERVER]);
  t.regex(second.stderr, new RegExp(`the process with pid ${ssd.pid} has locked it`));
  t.is((await rig.runSsd(['--stop', `--pid-file=${rig.path('pid')}`])).code, 0);
  t.false(existsSync(rig.path('pid')));
});

test('where its directory is gone too, it is a problem until that is back', async t => {
  const rig = await createRig(t);
  mkdirSync(rig.path('d'));
  const ssd = await started(rig, `--pid-file=${rig.path('d/pid')}`);
  removeAtOnce(rig.path('d'));
  await ssd.line(/warning: cannot keep pid file \S+ in its place: ENOENT/);
  mkdirSync(rig.path('d'));
  await restart(rig);
  t.deepEqual(await problemsOf(rig), []);
  t.is(readFileSync(rig.path('d/pid'), 'utf8'), `${ssd.pid}\n`);
});

test('a file that somebody has put in its place is left alone, and is a problem until it is gone', async t => {
  const rig = await createRig(t);
  const ssd = await started(rig, `--pid-file=${rig.path('pid')}`);
  writeFileSync(rig.path('new'), 'precious');
  await rig.run(['mv', rig.path('new'), rig.path('pid')]);
  await ssd.line(/warning: cannot keep pid file \S+ in its place: EEXIST/);
  t.like(await problemsOf(rig), [{code: 'pid-file', subject: rig.path('pid'), cause: 'EEXIST'}]);
  t.is(readFileSync(rig.path('pid'), 'utf8'), 'precious');
  unlinkSync(rig.path('pid'));
  t.deepEqual(await problemsOf(rig), []);
  t.is(readFileSync(rig.path('pid'), 'utf8'), `${ssd.pid}\n`);
});

test('a pid file by way of a link is written through it, put back through it, and removed through it', async t => {
  const rig = await createRig(t);
  mkdirSync(rig.path('run'));
  symlinkSync('run/real', rig.path('pid'));
  const ssd = await started(rig, `--pid-file=${rig.path('pid')}`);
  t.is(readFileSync(rig.path('run/real'), 'utf8'), `${ssd.pid}\n`);
  unlinkSync(rig.path('run/real'));
  await ssd.line(/solved after \S+: pid file \S+ was removed; ssd made it again/);
  t.is(readFileSync(rig.path('pid'), 'utf8'), `${ssd.pid}\n`);
  ssd.kill('SIGTERM');
  await ssd.exit();
  t.false(existsSync(rig.path('run/real')));
});

test('a status file that was removed is there again without a change of workers', async t => {
  const rig = await createRig(t);
  const ssd = await started(rig, `--status-file=${rig.path('status')}`);
  const before = readFileSync(rig.path('status'), 'utf8');
  for (const _ of [1, 2]) {
    unlinkSync(rig.path('status'));
    await ssd.line(/solved after \S+: status file \S+ was removed; ssd made it again/);
    t.is(readFileSync(rig.path('status'), 'utf8'), before);
  }
  await restart(rig);
  unlinkSync(rig.path('status'));
  await ssd.line(/solved after \S+: status file \S+ was removed; ssd made it again/);
  t.regex(readFileSync(rig.path('status'), 'utf8'), /^2:\d+\n$/);
});

test('files that were only out of reach for a while are a problem for that while', async t => {
  const rig = await createRig(t);
  mkdirSync(rig.path('d'));
  const ssd = await started(rig, `--pid-file=${rig.path('d/pid')}`, `--status-file=${rig.path('d/status')}`);
  renameSync(rig.path('d'), rig.path('away'));
  t.like(await problemsOf(rig), [
    {code: 'pid-file', subject: rig.path('d/pid'), cause: 'ENOENT'},
    {code: 'status-file', subject: rig.path('d/status'), cause: 'ENOENT'},
  ]);
  await restart(rig);
  renameSync(rig.path('away'), rig.path('d'));
  t.deepEqual(await problemsOf(rig), []);
  t.regex(readFileSync(rig.path('d/status'), 'utf8'), /^2:\d+\n$/);
  t.is(readFileSync(rig.path('d/pid'), 'utf8'), `${ssd.pid}\n`);
  t.notRegex(ssd.stderr(), /was removed/);
});

test('two ssd that write the same status file do not fight for it', async t => {
  const rig = await createRig(t);
  const first = await started(rig, `--status-file=${rig.path('status')}`);
  const second = rig.ssd([
    `--status-file=${rig.path('status')}`,
    `--control=${rig.path('c2')}`,
    '--interval=0.1',
  ]);
  await second.line(/generation 1 is ready/);
  await status(rig);
  t.notRegex(first.stderr(), /warning: (?!no listener)/);
});
