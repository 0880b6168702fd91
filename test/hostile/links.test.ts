/**
 * Another user puts a link where ssd of root has a file, or a directory on the way to it: what it leads to is neither written
 * nor read, and the refusal is one line. Links of root's own are followed as ever.
 */
import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type {ExecutionContext} from 'ava';
import {status, stop} from '../helpers/clients/control.js';
import {createRig, type Rig, SSD} from '../helpers/rig.js';
import {asRoot, STRANGER} from '../helpers/root.js';

const PRECIOUS = 'precious\n';

/** A rig with a file of root's, and a directory of a stranger's, `theirs`. */
async function stage(t: ExecutionContext): Promise<Rig> {
  const rig = await createRig(t);
  mkdirSync(rig.path('roots'));
  writeFileSync(rig.path('roots/file'), PRECIOUS);
  mkdirSync(rig.path('theirs'));
  chownSync(rig.path('theirs'), STRANGER, STRANGER);
  return rig;
}

function strangersLink(target: string, path: string): void {
  symlinkSync(target, path);
  lchownSync(path, STRANGER, STRANGER);
}

function assertUntouched(t: ExecutionContext, rig: Rig): void {
  t.deepEqual(readdirSync(rig.path('roots')), ['file']);
  t.is(readFileSync(rig.path('roots/file'), 'utf8'), PRECIOUS);
}

const WRITTEN = ['pid-file', 'status-file', 'metrics-file', 'log-file'];

for (const option of ['pid-file', 'log-file']) {
  for (const check of [[], ['--check']]) {
    asRoot(
      `--${option} ${check.join(' ')}: a stranger’s link in its place is refused, not followed`,
      async t => {
        const rig = await stage(t);
        for (const target of ['roots/file', 'roots/other']) {
          const path = rig.path(`theirs/${target.replace('/', '-')}`);
          strangersLink(rig.path(target), path);
          const {code, stderr} = await rig.runSsd([`--${option}=${path}`, ...check, '--', 'true']);
          t.is(code, 1);
          t.regex(
            stderr,
            new RegExp(
              `^ssd: cannot .*: \\S+ is a symbolic link of uid ${STRANGER}; name the file that is meant\n$`,
            ),
          );
          assertUntouched(t, rig);
        }
      },
    );
  }
}

for (const option of ['status-file', 'metrics-file']) {
  asRoot(`--${option}: a stranger’s link in its place is replaced; what it leads to stays`, async t => {
    const rig = await stage(t);
    const path = rig.path('theirs/file');
    strangersLink(rig.path('roots/file'), path);
    const ssd = rig.ssd(['--interval=0', `--${option}=${path}`]);
    await ssd.line(/generation 1 is ready/);
    await rig.ssctl(['restart']);
    t.true(lstatSync(path).isFile());
    assertUntouched(t, rig);
    t.deepEqual(readdirSync(rig.path('theirs')), ['file']);
    await stop(rig);
    await ssd.exit();
    t.deepEqual(readdirSync(rig.path('theirs')), []);
  });
}

for (const option of [...WRITTEN, 'path', 'control', 'config']) {
  asRoot(`--${option}: a stranger’s link on the way is refused`, async t => {
    const rig = await stage(t);
    strangersLink(rig.path('roots'), rig.path('theirs/way'));
    const value = rig.path(option === 'config' ? 'theirs/way/file' : 'theirs/way/new');
    const {code, stderr} = await rig.runSsd([`--${option}=${value}`, '--', 'true']);
    t.not(code, 0);
    t.regex(
      stderr,
      new RegExp(`theirs/way is a symbolic link of uid ${STRANGER}; name the file that is meant\n$`),
    );
    t.is(stderr.split('\n').length, 2);
    assertUntouched(t, rig);
  });
}

asRoot('--envdir: with a stranger’s link in it nothing is started', async t => {
  const rig = await stage(t);
  strangersLink(rig.path('roots/file'), rig.path('theirs/SECRET'));
  const {code, stderr} = await rig.runSsd([`--envdir=${rig.path('theirs')}`, '--', 'true']);
  t.is(code, 1);
  t.regex(stderr, /^ssd: cannot read envdir file \S+\/SECRET: \S+ is a symbolic link of uid 65534; .*\n$/);
});

asRoot(
  'links of root’s own are followed: to the file, on the way, relative or not, one after the other',
  async t => {
    const rig = await stage(t);
    for (const directory of ['real', 'env', 'env/..data']) mkdirSync(rig.path(directory));
    symlinkSync('real', rig.path('relative'));
    symlinkSync(rig.path('relative'), rig.path('absolute'));
    for (const file of ['pid', 'log']) symlinkSync(`../real/../real/${file}`, rig.path(`real/link-${file}`));
    writeFileSync(rig.path('env/..data/NAME'), 'value');
    symlinkSync('..data/NAME', rig.path('env/NAME'));
    const ssd = rig.ssd([
      '--interval=0',
      `--pid-file=${rig.path('absolute/link-pid')}`,
      `--log-file=${rig.path('absolute/link-log')}`,
      `--status-file=${rig.path('absolute/status')}`,
      `--path=${rig.path('absolute/socket')}`,
      `--envdir=${rig.path('env')}`,
    ]);
    const {env} = await rig.conductor.nextWorker();
    t.is(env.NAME, 'value');
    await status(rig);
    t.is(readFileSync(rig.path('real/pid'), 'utf8'), `${ssd.pid}\n`);
    t.regex(readFileSync(rig.path('real/log'), 'utf8'), /generation 1 spawned/);
    await stop(rig);
    await ssd.exit();
    t.deepEqual(readdirSync(rig.path('real')).sort(), ['link-log', 'link-pid', 'log']);
  },
);

asRoot(
  'in a directory where others may write, links of root’s own count only where they cannot be exchanged',
  async t => {
    const rig = await stage(t);
    mkdirSync(rig.path('open'));
    symlinkSync(rig.path('pid'), rig.path('open/link'));
    for (const [mode, code] of [
      [0o777, 1],
      [0o1777, 0],
    ] as const) {
      chmodSync(rig.path('open'), mode);
      t.is((await rig.runSsd(['--check', `--pid-file=${rig.path('open/link')}`, '--', 'true'])).code, code);
    }
    t.is(readlinkSync(rig.path('open/link')), rig.path('pid'));
  },
);

asRoot('--stop by a link of a stranger’s stops nothing', async t => {
  const rig = await stage(t);
  const ssd = rig.ssd(['--interval=0', `--pid-file=${rig.path('pid')}`]);
  await ssd.line(/generation 1 is ready/);
  strangersLink(rig.path('pid'), rig.path('theirs/pid'));
  const {code, stderr} = await rig.runSsd(['--stop', `--pid-file=${rig.path('theirs/pid')}`]);
  t.is(code, 1);
  t.regex(stderr, /is a symbolic link of uid 65534/);
  t.like(await status(rig), {wanted: 'running'});
});

asRoot('a log file that is a descriptor is opened as such', async t => {
  const rig = await stage(t);
  for (const name of ['/dev/stderr', '/dev/fd/2', '/proc/self/fd/2']) {
    // The rig's own is a socket, which cannot be opened by a name.
    const command = `"$@" 2>&1 >/dev/null | cat >&2`;
    const args = ['--check', '--port=127.0.0.1:0', `--control=${rig.control}`, `--log-file=${name}`];
    const ssd = [process.execPath, SSD, ...args, '--', 'true'];
    const {stderr} = await rig.run(['sh', '-c', command, 'sh', ...ssd]);
    t.is(stderr, '', name);
  }
});
