/** Workers are passed their listeners as a service manager does it (--listen-fds), and in other forms (--fds-as). */
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {activated} from '../../helpers/adapters/activated.js';
import {restart} from '../../helpers/clients/control.js';
import {ask, boundPort, createRig, SERVER} from '../../helpers/rig.js';

const QUICK = '--interval=0.1';

test('a worker gets LISTEN_FDS, LISTEN_PID with its own pid, and names without a colon', async t => {
  const rig = await createRig(t);
  const ports = ['--port=127.0.0.1:0', '--port=[::1]:u0=4', `--path=${rig.path('ä')}`];
  const ssd = rig.ssd(['--listen-fds', ...ports, QUICK]);
  const port = await boundPort(ssd);
  const first = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  t.like(first.env, {
    LISTEN_FDS: '3',
    LISTEN_PID: String(first.pid),
    LISTEN_FDNAMES: `127.0.0.1_0:[__1]_0:${rig.path('_')}`,
    SERVER_STARTER_PORT: `127.0.0.1:0=3;[::1]:0=4;${rig.path('ä')}=5`,
  });
  t.deepEqual(Object.keys(first.descriptors), ['0', '1', '2', '3', '4', '5']);
  await restart(rig);
  const second = await rig.conductor.nextWorker();
  t.is(second.env.LISTEN_PID, String(second.pid));
  t.is((await ask(port)).pid, second.pid);
  await first.gone;
});

test('what was passed to ssd goes on under its names and in its order', async t => {
  const rig = await createRig(t);
  const sockets = ['tcp:127.0.0.1:0', 'tcp:127.0.0.1:0', `unix:${rig.path('x')}`];
  activated(rig, sockets, ['--listen-fds', QUICK], {names: 'web:web:a;b'});
  const {env} = await rig.conductor.nextWorker();
  t.like(env, {LISTEN_FDS: '3', LISTEN_FDNAMES: 'web:web:a;b'});
});

test('without listeners there is nothing to count', async t => {
  const rig = await createRig(t);
  rig.ssd(['--listen-fds', QUICK]);
  const {env} = await rig.conductor.nextWorker();
  t.deepEqual([env.LISTEN_FDS, env.LISTEN_PID, env.LISTEN_FDNAMES], [undefined, undefined, undefined]);
});

for (const how of ['fd', 'notify'] as const) {
  test(`with --listen-fds a worker tells that it is ready by --ready=${how}, and leads its own group`, async t => {
    const rig = await createRig(t);
    const ssd = rig.ssd(['--listen-fds', '--port=127.0.0.1:0', `--ready=${how}`, '--kill-group']);
    const worker = await rig.conductor.nextWorker();
    if (how === 'fd') t.is(worker.env.SSD_READY_FD, '4');
    await (how === 'fd' ? worker.write(4, '\n') : worker.notify('READY=1'));
    t.regex(await ssd.line(/generation 1 is ready/), new RegExp(`pid ${worker.pid}$`));
    t.deepEqual(
      Object.keys(worker.descriptors),
      how === 'fd' ? ['0', '1', '2', '3', '4'] : ['0', '1', '2', '3'],
    );
    await worker.run('readlink /proc/$PPID/exe > exe; ps -o pgid= -p $PPID > group');
    const group = await rig.run(['sh', '-c', 'grep -c perl exe; cat group']);
    t.is(group.stdout.replace(/\s+/g, ' ').trim(), `1 ${worker.pid}`);
  });
}

test('the environment comes through the shell as it is, whatever its names are', async t => {
  const rig = await createRig(t);
  const odd = {
    'spring.profiles': "it's\n$HOME",
    '1st': 'x',
    PWD: '/nowhere',
    OLDPWD: '/a',
    SHLVL: '7',
    UID: '5',
    IFS: ',',
    PPID: '1',
  };
  writeFileSync(
    rig.path('show.pl'),
    // In a file, for lines of ssd stand between what a worker prints.
    'open my $f, ">", "env"; print $f map { "$_=$ENV{$_}\\0" } sort keys %ENV; close $f; print STDERR "shown\\n"; sleep',
  );
  const bare = {'1st': 'x', PWD: undefined, OLDPWD: undefined, SHLVL: undefined};
  const show = async (env: Readonly<Record<string, string | undefined>>, ...args: string[]) => {
    const run = await createRig(t);
    const ssd = run.ssd(['--port=127.0.0.1:0', ...args], ['perl', rig.path('show.pl')], {env});
    await ssd.line(/^shown/);
    const shown = readFileSync(run.path('env'), 'utf8').split('\0');
    return shown.filter(entry => !/^(LISTEN_|NOTIFY_SOCKET=|SSD_TEST_|_=)/.test(entry));
  };
  for (const env of [odd, bare]) t.deepEqual(await show(env, '--listen-fds'), await show(env));
});

test('no variable and no program is an option or a variable of what executes the program', async t => {
  const rig = await createRig(t);
  mkdirSync(rig.path('a=b'));
  const show = 'print STDERR "$_=$ENV{$_}\\n" for keys %ENV; print STDERR "done\\n"; sleep';
  writeFileSync(rig.path('a=b/server'), `#!/usr/bin/perl\n${show}\n`, {mode: 0o755});
  const env = {'db.password': 'secret', '--chdir': '/', '--unset': 'PATH', SHLVL: undefined, IFS: ','};
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--listen-fds'], ['./a=b/server'], {env});
  await ssd.line(/^done/);
  for (const line of ['db.password=secret', '--chdir=/', '--unset=PATH', 'IFS=,'])
    t.true(ssd.stderr().includes(`\n${line}\n`), line);
  t.notRegex(ssd.stderr(), /^SHLVL=/m);
});

test('a program that cannot be executed is told as without the shell', async t => {
  const rig = await createRig(t);
  writeFileSync(rig.path('server'), '#!/no/such/perl\n', {mode: 0o755});
  for (const args of [[], ['--listen-fds']]) {
    const {code, stderr} = await rig.runSsd([
      ...args,
      `--control=${rig.control}`,
      '--port=127.0.0.1:0',
      '--',
      './server',
    ]);
    t.is(code, 1);
    t.regex(
      stderr,
      /^ssd: cannot execute \.\/server: its interpreter \/no\/such\/perl \(the #! line\) does not exist\n$/,
    );
  }
  const ssd = rig.ssd(
    ['--listen-fds', '--port=127.0.0.1:0', '--interval=0.1'],
    SERVER.with(0, rig.path('perl')),
  );
  t.regex(await ssd.line(/^ssd: /), /no such program/);
});

test('a program that is gone at a restart fails it, and is named', async t => {
  const rig = await createRig(t);
  await rig.run(['cp', '/bin/sleep', 'server']);
  const ssd = rig.ssd(['--listen-fds', '--port=127.0.0.1:0', QUICK], ['./server', '1000']);
  await ssd.line(/generation 1 is ready/);
  await rig.run(['rm', 'server']);
  const {code, stderr} = await rig.ssctl(['restart']);
  t.is(code, 1);
  t.regex(
    stderr,
    /could not be started: cannot start \.\/server: no such program; generation 1 keeps serving/,
  );
});

for (const [what, args, name, fd] of [
  ['at 0', ['--port=127.0.0.1:0=0'], '127.0.0.1:0', 0],
  ['beyond a gap', ['--port=127.0.0.1:0', '--port=127.0.0.2:0=7'], '127.0.0.2:0', 7],
] as const) {
  test(`a fixed descriptor ${what} does not go with --listen-fds`, async t => {
    const rig = await createRig(t);
    const {code, stderr} = await rig.runSsd(['--listen-fds', ...args, '--check', '--', 'sleep', '1']);
    t.is(code, 2);
    t.is(
      stderr,
      `ssd: cannot place ${name} at descriptor ${fd}: --listen-fds passes the listeners at 3, 4 and so on without a gap; leave out =${fd}\n`,
    );
  });
}

test('--fds-as tells of the listeners in the forms of servers and in one of our own, at every restart', async t => {
  const rig = await createRig(t);
  const forms = [
    'unicorn',
    'php-fpm',
    'nginx',
    'puma',
    'nghttpx',
    'MOJO_LISTEN=http://*?fd={fd}[,]',
    'N={count}',
  ];
  const ssd = rig.ssd([
    '--port=127.0.0.1:0',
    `--path=${rig.path('x')}`,
    ...forms.map(form => `--fds-as=${form}`),
    QUICK,
  ]);
  const port = await boundPort(ssd);
  await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  await restart(rig);
  t.like((await rig.conductor.nextWorker()).env, {
    UNICORN_FD: '3,4',
    FPM_SOCKETS: `127.0.0.1:${port}=3,${rig.path('x')}=4`,
    NGINX: '3;4;',
    PUMA_INHERIT_0: `3:tcp://127.0.0.1:${port}`,
    PUMA_INHERIT_1: `4:unix://${rig.path('x')}`,
    NGHTTPX_ACCEPT_1: 'tcp,3',
    NGHTTPX_ACCEPT_2: `unix,4,${rig.path('x')}`,
    MOJO_LISTEN: 'http://*?fd=3,http://*?fd=4',
    N: '2',
  });
});
