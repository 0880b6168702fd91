/** flock(2) needs only the right to read. So a lock of another user must not hinder ssd. */
import {chmodSync, chownSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {restart, stop} from '../helpers/clients/control.js';
import {createRig, type Rig} from '../helpers/rig.js';
import {asRoot, STRANGER} from '../helpers/root.js';

type By = {readonly uid: number; readonly byChild?: boolean};

/** Holds the lock of a file or a directory. If the process that took it is to be gone, a child holds it. */
async function lock(rig: Rig, path: string, {uid, byChild = false}: By): Promise<void> {
  const take = 'sysopen my $file, $ARGV[0], O_RDONLY or die; flock $file, LOCK_EX or die';
  const rest = `${byChild ? 'exit if fork;' : ''} print STDERR "held\\n"; sleep 1000`;
  const holder = rig.start(['perl', '-MFcntl=:DEFAULT,:flock', '-e', `${take}; ${rest}`, path], {uid});
  await holder.line(/held/);
  if (byChild) await holder.exit();
}

for (const byChild of [false, true]) {
  asRoot(
    `a pid file that a stranger has locked${byChild ? ', by a child of theirs,' : ''} is made anew`,
    async t => {
      const rig = await createRig(t);
      chmodSync(rig.directory, 0o755);
      const path = rig.path('pid');
      writeFileSync(path, '999999\n');
      const {ino} = statSync(path);
      await lock(rig, path, {uid: STRANGER, byChild});

      const checked = await rig.runSsd(['--check', `--pid-file=${path}`, '--', 'true']);
      t.is(checked.code, 0, checked.stderr);
      t.is(statSync(path).ino, ino);
      const none = await rig.runSsd(['--stop', `--pid-file=${path}`]);
      t.is(none.code, 3, none.stderr);

      const ssd = rig.ssd(['--interval=0', `--pid-file=${path}`]);
      await ssd.line(/generation 1 is ready/);
      t.is(readFileSync(path, 'utf8'), `${ssd.pid}\n`);
      const second = await rig.runSsd([`--pid-file=${path}`, '--', 'true']);
      t.regex(second.stderr, new RegExp(`the process with pid ${ssd.pid} has locked it`));
      t.is((await rig.runSsd(['--stop', `--pid-file=${path}`])).code, 0);
      t.throws(() => statSync(path), {code: 'ENOENT'});
    },
  );
}

for (const [who, uid] of [
  ['root', 0],
  ['the user whose file it is', STRANGER],
] as const) {
  asRoot(`a pid file that ${who} has locked is held`, async t => {
    const rig = await createRig(t);
    chmodSync(rig.directory, 0o755);
    const path = rig.path('pid');
    writeFileSync(path, '');
    chownSync(path, uid, uid);
    await lock(rig, path, {uid});
    const {code, stderr} = await rig.runSsd([`--pid-file=${path}`, '--', 'true']);
    t.is(code, 1);
    t.is(stderr, `ssd: cannot lock pid file ${path}: another process has locked it\n`);
  });
}

asRoot(
  'a lock on the directory of its sockets neither keeps ssd from starting nor from putting one back',
  async t => {
    const rig = await createRig(t);
    chmodSync(rig.directory, 0o755);
    await lock(rig, rig.directory, {uid: STRANGER});
    const ssd = rig.ssd(['--interval=0', `--path=${rig.path('one')}`, `--path=${rig.path('two')}`]);
    await ssd.line(/generation 1 is ready/);
    rmSync(rig.control);
    await ssd.line(/control socket \S+ was removed; ssd made it again/);
    t.like(await restart(rig), {verdict: 'completed'});
    await stop(rig);
    t.is((await ssd.exit()).code, 0);
  },
);
