import {chmodSync, chownSync, readdirSync, statSync, unlinkSync} from 'node:fs';
import test from 'ava';
import {restart} from '../../helpers/clients/control.js';
import {needs} from '../../helpers/programs.js';
import {ask, createRig, INSTALLED, type Rig, SERVER} from '../../helpers/rig.js';
import {asRoot, STRANGER} from '../../helpers/root.js';

const accessOf = (path: string) => {
  const {mode, uid, gid} = statSync(path);
  return {mode: mode & 0o7777, uid, gid};
};

/** The command of an ssd on the path `x` of the rig. */
const onPath = (rig: Rig, ...args: readonly string[]) => [
  INSTALLED.ssd,
  `--control=${rig.control}`,
  `--path=${rig.path('x')}`,
  ...args,
  '--',
  ...SERVER,
];

test('--path-mode is the mode of a unix listener, whatever the umask', async t => {
  for (const [umask, mode] of [
    ['077', '0660'],
    ['000', '600'],
    ['022', '0777'],
  ]) {
    const rig = await createRig(t);
    const ssd = rig.start([
      'sh',
      '-c',
      `umask ${umask}; exec "$@"`,
      'sh',
      ...onPath(rig, `--path-mode=${mode}`),
    ]);
    await rig.conductor.nextWorker();
    t.is(accessOf(rig.path('x')).mode, Number.parseInt(mode ?? '', 8));
    ssd.kill('SIGTERM');
    await ssd.exit();
  }
});

asRoot('--path-owner gives it to a user and a group, by names and by numbers', async t => {
  for (const [owner, uid, gid] of [
    ['nobody:daemon', 65534, 1],
    ['1234:2345', 1234, 2345],
    ['nobody', 65534, 0],
    [':2345', 0, 2345],
  ] as const) {
    const rig = await createRig(t);
    const ssd = rig.ssd([`--path=${rig.path('x')}`, `--path-owner=${owner}`, '--path-mode=0600']);
    const {pid} = await rig.conductor.nextWorker();
    t.deepEqual(accessOf(rig.path('x')), {mode: 0o600, uid, gid}, owner);
    t.deepEqual(await ask(rig.path('x')), {generation: 1, pid});
    ssd.kill('SIGTERM');
    await ssd.exit();
  }
});

const connectAs = (rig: Rig, uid: number) =>
  rig.run([
    ...['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'],
    ...['perl', '-MSocket', '-e'],
    'socket(S, AF_UNIX, SOCK_STREAM, 0); connect(S, sockaddr_un(shift)) or die $!+0, "\\n"; print <S>',
    rig.path('x'),
  ]);

asRoot('the users who may connect are those of the mode and the owner', async t => {
  const rig = await createRig(t);
  chmodSync(rig.directory, 0o755);
  rig.ssd([`--path=${rig.path('x')}`, '--path-owner=1234:2345', '--path-mode=0600']);
  const {pid} = await rig.conductor.nextWorker();
  t.is((await connectAs(rig, 1234)).stdout, `1:${pid}\n`);
  t.is((await connectAs(rig, 2345)).stderr, '13\n');
});

asRoot(
  'at every moment nobody can connect, or those who are to',
  async t => {
    const rig = await createRig(t);
    chmodSync(rig.directory, 0o755);
    // The first bind is that of the control socket. SIGSTOP comes as the second returns.
    const calls = 'bind,listen,umask,chmod,fchmod,fchmodat,chown,lchown,fchown,fchownat,rename,linkat,link';
    const strace = ['strace', '-y', '-e', `trace=${calls}`, '-e', 'inject=bind:signal=SIGSTOP:when=2'];
    const ssd = rig.start([...strace, ...onPath(rig, '--path-owner=1234:2345', '--path-mode=0660')]);
    await ssd.line(/stopped by SIGSTOP/);
    t.is(accessOf(rig.path('x')).mode, 0o660, 'the mode is final before anybody listens');
    t.is((await connectAs(rig, 0)).stderr, '111\n', 'nobody listens yet, so even root is refused');
    process.kill(-ssd.pid, 'SIGCONT');
    await rig.conductor.nextWorker();
    t.deepEqual(accessOf(rig.path('x')), {mode: 0o660, uid: 1234, gid: 2345});
    const lines = ssd.stderr().split('\n');
    const from = lines.findIndex(line => line.startsWith('bind(') && line.includes(`"${rig.path('x')}"`));
    const after = lines
      .slice(from)
      .filter(line => !/\/ssd-notify-|control\.state/.test(line))
      .flatMap(line => /^(\w+)\(/.exec(line)?.[1] ?? [])
      .filter(call => call !== 'umask');
    // The second listen is that of the control socket.
    t.deepEqual(after, ['bind', 'fchownat', 'listen', 'listen']);
  },
  needs('strace'),
);

asRoot('a path that is bound anew has the same mode and owner', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([
    `--path=${rig.path('x')}`,
    '--path-owner=1234:2345',
    '--path-mode=0640',
    '--ready=fd',
  ]);
  const first = await rig.conductor.nextWorker();
  await first.write(4, '\n');
  await ssd.line(/generation 1 is ready/);
  unlinkSync(rig.path('x'));
  const restarting = restart(rig);
  const second = await rig.conductor.nextWorker();
  t.deepEqual(accessOf(rig.path('x')), {mode: 0o640, uid: 1234, gid: 2345});
  await second.write(4, '\n');
  t.is((await restarting).verdict, 'completed');
  t.deepEqual(await ask(rig.path('x')), {generation: 2, pid: second.pid});
});

asRoot('a socket that root has given away is bound anew as that of ssd, which may not give it', async t => {
  const rig = await createRig(t);
  chmodSync(rig.directory, 0o777);
  chmodSync(rig.path('conductor'), 0o777);
  const ssd = rig.ssd([`--path=${rig.path('x')}`, '--ready=fd'], SERVER, {uid: STRANGER});
  await (await rig.conductor.nextWorker()).write(4, '\n');
  await ssd.line(/generation 1 is ready/);
  chownSync(rig.path('x'), 1234, 2345);
  chmodSync(rig.path('x'), 0o640);
  // Asked for its status, ssd looks at its sockets.
  t.is((await rig.ssctl(['status'])).code, 0);
  unlinkSync(rig.path('x'));
  const restarting = restart(rig);
  const second = await rig.conductor.nextWorker();
  t.deepEqual(accessOf(rig.path('x')), {mode: 0o640, uid: STRANGER, gid: STRANGER});
  await second.write(4, '\n');
  t.is((await restarting).verdict, 'completed');
});

asRoot('an owner that ssd may not give it to is refused, and nothing is left behind', async t => {
  const rig = await createRig(t);
  chmodSync(rig.directory, 0o777);
  const {code, stderr} = await rig.runSsd(
    [`--control=${rig.control}`, `--path=${rig.path('x')}`, '--path-owner=0', '--', 'true'],
    {uid: STRANGER},
  );
  t.is(code, 1);
  t.is(
    stderr,
    `ssd: cannot give unix socket ${rig.path('x')} to the owner of --path-owner: EPERM (operation not permitted); only root can give it to another user\n`,
  );
  t.deepEqual(readdirSync(rig.directory), ['conductor']);
});

test('a user or group that is not there is refused before anything is made', async t => {
  const rig = await createRig(t);
  for (const [owner, problem] of [
    ['no-such-user', 'there is no user no-such-user'],
    ['0:no-such-group', 'there is no group no-such-group'],
  ] as const) {
    const line = [
      `--control=${rig.control}`,
      `--path=${rig.path('x')}`,
      `--path-owner=${owner}`,
      '--',
      'true',
    ];
    for (const mode of [[], ['--check']]) {
      const {code, stderr} = await rig.runSsd([...mode, ...line]);
      t.is(code, 2);
      t.is(stderr, `ssd: --path-owner=${owner}: ${problem}\n`);
    }
  }
  t.deepEqual(readdirSync(rig.directory), ['conductor']);
});
