import {mkdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {problemsOf, restart, status} from '../../helpers/clients/control.js';
import type {Worker} from '../../helpers/conductor.js';
import {createRig, type Rig, SERVER, SSD} from '../../helpers/rig.js';
import {asRoot, POWERLESS} from '../../helpers/root.js';

/** A rig with an envdir of these files, and ssd's arguments for it. */
function envdir(rig: Rig, files: Readonly<Record<string, string | Buffer>>): readonly string[] {
  mkdirSync(rig.path('env'));
  for (const [name, content] of Object.entries(files)) set(rig, name, content);
  return [`--envdir=${rig.path('env')}`, '--interval=0'];
}

const set = (rig: Rig, name: string, content: string | Buffer) =>
  writeFileSync(rig.path(`env/${name}`), content);

async function restarted(rig: Rig): Promise<Worker> {
  await restart(rig);
  return rig.conductor.nextWorker();
}

test('the files of envdir are read again at every restart', async t => {
  const rig = await createRig(t);
  const args = envdir(rig, {CHANGED: 'old', REMOVED: 'x', COVERED: 'from envdir\nsecond line\n'});
  rig.ssd(args, SERVER, {env: {COVERED: 'own', KEPT: 'own'}});
  const first = await rig.conductor.nextWorker();
  t.like(first.env, {
    CHANGED: 'old',
    REMOVED: 'x',
    COVERED: 'from envdir',
    KEPT: 'own',
    ENVDIR: rig.path('env'),
  });

  set(rig, 'CHANGED', 'new');
  set(rig, 'ADDED', 'added = 1; "quoted" \u00fc\n');
  rmSync(rig.path('env/REMOVED'));
  rmSync(rig.path('env/COVERED'));
  const {env} = await restarted(rig);
  t.like(env, {CHANGED: 'new', ADDED: 'added = 1; "quoted" \u00fc', COVERED: 'own', KEPT: 'own'});
  t.false('REMOVED' in env);
});

test('envdir cannot change the variables that ssd sets for workers', async t => {
  const rig = await createRig(t);
  const wrong = {SERVER_STARTER_PORT: 'x', SERVER_STARTER_GENERATION: '99', SSD_SOCKET_TYPES: 'y'};
  rig.ssd([...envdir(rig, wrong), `--path=${rig.path('x')}`]);
  const {env} = await rig.conductor.nextWorker();
  t.is(env.SERVER_STARTER_PORT, `${rig.path('x')}=3`);
  t.is(env.SERVER_STARTER_GENERATION, '1');
  t.is(env.SSD_SOCKET_TYPES, '3=unix');
});

test('a missing envdir is a warning, and is read once it exists', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([`--envdir=${rig.path('env')}`, '--interval=0']);
  t.regex(
    await ssd.line(/warning: (?!no listener)/),
    /warning: envdir \S+\/env is ignored: ENOENT \(no such file or directory\)$/,
  );
  await rig.conductor.nextWorker();
  envdir(rig, {LATE: '1'});
  t.like((await restarted(rig)).env, {LATE: '1'});
});

test('a name with "=" in envdir is ignored with a warning', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(envdir(rig, {'A=B': 'x', GOOD: '1'}));
  t.is((await rig.conductor.nextWorker()).env.GOOD, '1');
  t.regex(
    await ssd.line(/warning: (?!no listener)/),
    /envdir file \S+\/env\/A=B is ignored: a name cannot contain "="$/,
  );
});

type Unreadable = {readonly spoil: (rig: Rig) => unknown; readonly problem: RegExp};

/** The envdir is made unreadable while generation 1 serves, then mended. */
const unreadable = test.macro({
  exec: async (t, {spoil, problem}: Unreadable) => {
    const rig = await createRig(t);
    const ssd = rig.ssd([...envdir(rig, {SECRET: 'one'}), '--workers=2']);
    const [first, second] = [await rig.conductor.nextWorker(), await rig.conductor.nextWorker()];
    await ssd.line(/generation 1 is ready/);
    await spoil(rig);

    const failed = await rig.ssctl(['restart']);
    t.is(failed.code, 1);
    t.regex(failed.stderr, /^ssctl: restart failed: generation 2 could not be started: cannot read envdir /m);
    t.regex(failed.stderr, problem);
    t.regex(failed.stderr, /generation 1 keeps serving$/m);

    // A lost worker is replaced all the same, as it was.
    first.exit(1);
    t.like((await rig.conductor.nextWorker()).env, {SECRET: 'one', SERVER_STARTER_GENERATION: '1'});
    const {problems} = await status(rig);
    t.is(
      (problems as readonly {readonly code: string}[]).filter(({code}) => code === 'environment-unreadable')
        .length,
      1,
    );

    rmSync(rig.path('env'), {recursive: true, force: true});
    envdir(rig, {SECRET: 'two'});
    t.like((await restarted(rig)).env, {SECRET: 'two'});
    t.deepEqual((await status(rig)).problems, []);
    second.exit(0);
  },
  title: (given = '') =>
    `a restart fails and the old generation serves on when the envdir cannot be read: ${given}`,
});

test('if the envdir cannot be read, the only worker is replaced with the values that were read last', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([...envdir(rig, {SECRET: 'one'}), '--max-attempts=2']);
  const only = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  rmSync(rig.path('env'), {recursive: true});
  only.exit(1);
  t.like((await rig.conductor.nextWorker()).env, {SECRET: 'one', SERVER_STARTER_GENERATION: '2'});
  await ssd.line(/generation 2 is ready/);
  t.like(await problemsOf(rig), [{code: 'environment-unreadable'}]);
  t.is((await rig.ssctl(['restart'])).code, 1);
});

test('it is gone', unreadable, {
  spoil: rig => rmSync(rig.path('env'), {recursive: true}),
  problem: /envdir \S+\/env: ENOENT/,
});
test('it is a file now', unreadable, {
  spoil: rig => {
    rmSync(rig.path('env'), {recursive: true});
    writeFileSync(rig.path('env'), '');
  },
  problem: /envdir \S+\/env: ENOTDIR/,
});
test('a value has a NUL byte', unreadable, {
  spoil: rig => set(rig, 'SECRET', 'a\0b\n'),
  problem: /envdir file \S+\/env\/SECRET: it contains a NUL byte/,
});
test('a first line is huge', unreadable, {
  spoil: rig => set(rig, 'SECRET', Buffer.alloc(65_537, 'x')),
  problem: /env\/SECRET: its first line is longer than 65536 bytes/,
});
test('a file is a link that leads nowhere', unreadable, {
  spoil: rig => {
    rmSync(rig.path('env/SECRET'));
    symlinkSync('/nonexistent', rig.path('env/SECRET'));
  },
  problem: /env\/SECRET: ENOENT/,
});
test('a file is a loop of links', unreadable, {
  spoil: rig => {
    rmSync(rig.path('env/SECRET'));
    symlinkSync('SECRET', rig.path('env/SECRET'));
  },
  problem: /env\/SECRET: ELOOP/,
});
test('there are too many files', unreadable, {
  // By another process: that takes seconds on a busy disk, and the tests of this file share an event loop.
  spoil: rig => rig.run(['sh', '-c', 'cd env && seq -f V%g 4096 | xargs touch']),
  problem: /envdir \S+\/env: it has 4097 files, and at most 4096 are read/,
});

test('a start whose envdir has a file that cannot be read is refused', async t => {
  const rig = await createRig(t);
  const {code, stderr} = await rig.runSsd([...envdir(rig, {SECRET: 'a\0b\n'}), '--', 'true']);
  t.is(code, 1);
  t.regex(stderr, /^ssd: cannot read envdir file \S+\/env\/SECRET: it contains a NUL byte\n$/);
});

test('a FIFO and a directory in envdir are ignored with a warning, and nothing waits for them', async t => {
  const rig = await createRig(t);
  const args = envdir(rig, {GOOD: '1'});
  mkdirSync(rig.path('env/DIRECTORY'));
  await rig.run(['mkfifo', rig.path('env/FIFO')]);
  const ssd = rig.ssd(args);
  const {env} = await rig.conductor.nextWorker();
  t.is(env.GOOD, '1');
  t.regex(await ssd.line(/warning: (?!no listener)/), /env\/DIRECTORY is ignored: it is not a regular file$/);
  t.regex(await ssd.line(/warning: (?!no listener)/), /env\/FIFO is ignored: it is not a regular file$/);
});

test('an empty file and a file with a leading dot leave the variable unchanged', async t => {
  const rig = await createRig(t);
  rig.ssd(envdir(rig, {EMPTY: '', '.HIDDEN': 'x'}), SERVER, {env: {EMPTY: 'own'}});
  const {env} = await rig.conductor.nextWorker();
  t.is(env.EMPTY, 'own');
  t.false('.HIDDEN' in env || 'HIDDEN' in env);
});

test('a huge file with a short first line is read', async t => {
  const rig = await createRig(t);
  rig.ssd(envdir(rig, {LONG: `${'x'.repeat(60_000)}\n${'y'.repeat(1_000_000)}`}));
  const {env} = await rig.conductor.nextWorker();
  t.is(env.LONG?.length, 60_000);
});

asRoot('an unreadable secret fails the restart, and the error names the file', async t => {
  const rig = await createRig(t);
  const args = envdir(rig, {SECRET: 'x', GOOD: '1'});
  const ssd = rig.start([
    ...[...POWERLESS, process.execPath, SSD, `--control=${rig.control}`],
    ...[...args, '--', ...SERVER],
  ]);
  await ssd.line(/generation 1 is ready/);
  await rig.run(['sh', '-c', `chown 65534 ${rig.path('env/SECRET')}; chmod 0600 ${rig.path('env/SECRET')}`]);
  const {code, stderr} = await rig.ssctl(['restart']);
  t.is(code, 1);
  t.regex(stderr, /cannot read envdir file \S+\/env\/SECRET: EACCES \(permission denied\)/);
});

test('the delays in envdir count from the next restart on, and an invalid one is a warning', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(envdir(rig, {KILL_OLD_DELAY: '300'}));
  await ssd.line(/generation 1 is ready/);
  ssd.kill('SIGHUP');
  await ssd.line(/generation 1 will be told to finish in 5m 0s/);
  set(rig, 'KILL_OLD_DELAY', 'soon');
  ssd.kill('SIGHUP');
  t.regex(
    await ssd.line(/warning: (?!no listener)/),
    /KILL_OLD_DELAY=soon is ignored: it is not a duration; the default is used$/,
  );
  await ssd.line(/sending TERM to generation 2/);
});

test('the program is searched in the PATH from envdir, and relative to --dir', async t => {
  const rig = await createRig(t);
  mkdirSync(rig.path('bin'));
  const script = `#!/bin/sh\nexec ${SERVER.join(' ')}\n`;
  writeFileSync(rig.path('bin/my-server'), script, {mode: 0o755});
  rig.ssd(envdir(rig, {PATH: rig.path('bin')}), ['my-server']);
  await rig.conductor.nextWorker();
  rig.ssd([`--dir=${rig.path('bin')}`, `--control=${rig.path('c2')}`], ['./my-server']);
  t.is((await rig.conductor.nextWorker()).cwd, rig.path('bin'));
});
