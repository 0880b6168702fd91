/** Workers of root's ssd that are another user, and what they may still do. */
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import {statusOf} from '../../helpers/adapters/proc-status.js';
import {createRig, fixture, INSTALLED, type Rig, SERVER, type StartOptions} from '../../helpers/rig.js';
import {asRoot, STRANGER} from '../../helpers/root.js';
import {freeLowPort} from '../../helpers/sockets.js';

const NOBODY = `${STRANGER} ${STRANGER} ${STRANGER} ${STRANGER}`;
const NO_CAPABILITY = '0'.repeat(16);
const EMPTY = {CapInh: NO_CAPABILITY, CapPrm: NO_CAPABILITY, CapEff: NO_CAPABILITY, CapAmb: NO_CAPABILITY};

/** A rig whose fixture server any user can execute. */
async function stage(t: Parameters<typeof createRig>[0]): Promise<{rig: Rig; server: readonly string[]}> {
  const rig = await createRig(t);
  chmodSync(rig.directory, 0o755);
  chmodSync(rig.conductor.path, 0o777);
  copyFileSync(fixture('server.pl'), rig.path('server.pl'));
  chmodSync(rig.path('server.pl'), 0o755);
  return {rig, server: [SERVER[0] ?? 'perl', rig.path('server.pl')]};
}

asRoot(
  'a worker of --user serves a port of root, and has no capability and nothing of what root has',
  async t => {
    const {rig, server} = await stage(t);
    const port = await freeLowPort();
    writeFileSync(rig.path('precious'), 'gold', {mode: 0o600});
    mkdirSync(rig.path('out'));
    chmodSync(rig.path('out'), 0o777);
    const ssd = rig.ssd(
      [`--port=127.0.0.1:${port}`, '--user=nobody', '--no-new-privs', '--interval=0.2'],
      server,
    );
    const worker = await rig.conductor.nextWorker();
    await ssd.line(/generation 1 is ready/);

    const {Uid, Gid, Groups, CapBnd, NoNewPrivs, ...rest} = statusOf(worker.pid);
    t.like(
      {Uid, CapBnd, NoNewPrivs, ...rest},
      {Uid: NOBODY, CapBnd: NO_CAPABILITY, NoNewPrivs: '1', ...EMPTY},
    );
    t.is(Gid, NOBODY);
    t.is(Groups, String(STRANGER));
    t.like(worker.env, {USER: 'nobody', LOGNAME: 'nobody', HOME: '/nonexistent', SHELL: undefined});
    t.regex(await answerOf('127.0.0.1', port), new RegExp(`^1:${worker.pid}`));

    const out = rig.path('out');
    await worker.run(`(echo x >> ${rig.path('precious')}; cat ${rig.path('precious')}) > ${out}/tried 2>&1`);
    await worker.run(`kill -TERM ${ssd.pid} 2>> ${out}/tried; touch ${rig.path('new')} 2>> ${out}/tried`);
    t.notRegex(readFileSync(`${out}/tried`, 'utf8'), /gold/);
    t.is(readFileSync(rig.path('precious'), 'utf8'), 'gold');
    t.false(readdirSync(rig.directory).includes('new'));

    t.is(statusOf(ssd.pid).Uid, '0 0 0 0');
    t.is(statusOf(ssd.pid).NoNewPrivs, '0');
    ssd.kill('SIGTERM');
    t.is(await worker.nextSignal(), 'SIGTERM');
    t.deepEqual(await ssd.exit(), {code: 0, signal: null});
  },
);

asRoot('a user keeps the bounding set, and --group and a number without a name are taken', async t => {
  const {rig, server} = await stage(t);
  rig.ssd(['--user=64711', '--group=64712'], server);
  const worker = await rig.conductor.nextWorker();
  const {Uid, Gid, Groups, CapBnd, ...rest} = statusOf(worker.pid);
  t.is(Uid, '64711 64711 64711 64711');
  t.is(Gid, '64712 64712 64712 64712');
  t.is(Groups, '');
  t.is(CapBnd, statusOf(process.pid).CapBnd);
  t.like(rest, EMPTY);
  t.like(worker.env, {HOME: '/', USER: undefined, LOGNAME: undefined, SHELL: undefined});
});

asRoot('--group alone leaves the user, and takes all other groups', async t => {
  const {rig, server} = await stage(t);
  rig.ssd(['--group=nogroup'], server);
  const worker = await rig.conductor.nextWorker();
  const {Uid, Gid, Groups} = statusOf(worker.pid);
  t.deepEqual([Uid, Gid, Groups], ['0 0 0 0', NOBODY, '']);
  t.is(worker.env.HOME, process.env.HOME);
});

asRoot('envdir overrides the variables that name the user', async t => {
  const {rig, server} = await stage(t);
  mkdirSync(rig.path('env'));
  writeFileSync(rig.path('env/HOME'), '/srv/app');
  rig.ssd(['--user=nobody', `--envdir=${rig.path('env')}`], server);
  t.like((await rig.conductor.nextWorker()).env, {HOME: '/srv/app', USER: 'nobody'});
});

asRoot('what a worker of another user notifies is heard', async t => {
  const {rig, server} = await stage(t);
  const ssd = rig.ssd(['--user=nobody', '--ready=notify', '--ready-timeout=20s'], server);
  const worker = await rig.conductor.nextWorker();
  await worker.notify('READY=1');
  await ssd.line(/generation 1 is ready/);
  t.is(statusOf(worker.pid).Uid, NOBODY);
});

asRoot(
  'a worker of another user says by its descriptor that it is ready; its output is passed on',
  async t => {
    const {rig, server} = await stage(t);
    const ssd = rig.ssd(['--user=nobody', '--ready=fd', '--capture-output', '--kill-group'], server);
    const worker = await rig.conductor.nextWorker();
    await worker.print('said by nobody');
    await ssd.line(/said by nobody/);
    await worker.run('echo said by name > /dev/stderr');
    await ssd.line(/said by name/);
    await worker.write(3, '\n');
    await ssd.line(/generation 1 is ready/);
    ssd.kill('SIGTERM');
    t.deepEqual(await ssd.exit(), {code: 0, signal: null});
  },
);

asRoot('the command of --ready=exec runs as the user of the worker', async t => {
  const {rig, server} = await stage(t);
  mkdirSync(rig.path('out'));
  chmodSync(rig.path('out'), 0o777);
  const check = `touch ${rig.path('out/checked')}`;
  const ssd = rig.ssd(['--user=nobody', '--umask=0077', `--ready=exec=${check}`], server);
  await ssd.line(/generation 1 is ready/);
  const {uid, mode} = statSync(rig.path('out/checked'));
  t.is(uid, STRANGER);
  t.is(mode & 0o777, 0o600);
});

asRoot('a program that the user may not execute any more is a failed restart', async t => {
  const {rig} = await stage(t);
  copyFileSync('/bin/sleep', rig.path('sleep'));
  chmodSync(rig.path('sleep'), 0o755);
  const ssd = rig.ssd(['--user=nobody', '--capture-stderr', '--interval=0.3'], [rig.path('sleep'), '1000']);
  await ssd.line(/generation 1 is ready/);
  chmodSync(rig.path('sleep'), 0o700);
  const {code, stderr} = await rig.ssctl(['restart']);
  t.is(code, 1);
  t.regex(stderr, /exited with status 126/);
  t.regex(stderr, /env: .*\/sleep.*: Permission denied/);
});

asRoot('a worker is in the other groups of its user', async t => {
  const {rig, server} = await stage(t);
  const others = 'ssd-one:x:64721:nobody\nssd-two:x:64722:root,nobody\nssd-three:x:64723:root\n';
  writeFileSync(rig.path('group'), readFileSync('/etc/group', 'utf8') + others);
  const mount = 'mount --bind "$0" /etc/group && exec "$@"';
  const ssd = [INSTALLED.ssd, `--control=${rig.control}`, '--user=nobody', '--group=ssd-three'];
  rig.start(['unshare', '--mount', 'sh', '-c', mount, rig.path('group'), ...ssd, '--', ...server]);
  const {Gid, Groups} = statusOf((await rig.conductor.nextWorker()).pid);
  t.is(Gid, '64723 64723 64723 64723');
  t.is(Groups, `64721 64722 ${STRANGER}`);
});

asRoot('a variable that loads code acts only when the user is changed', async t => {
  const {rig, server} = await stage(t);
  mkdirSync(rig.path('env'));
  mkdirSync(rig.path('out'));
  chmodSync(rig.path('out'), 0o777);
  // The loader writes a file for each program that obeys these, as the user of that program.
  writeFileSync(rig.path('env/LD_DEBUG'), 'statistics');
  writeFileSync(rig.path('env/LD_DEBUG_OUTPUT'), rig.path('out/loaded'));
  rig.ssd(['--user=nobody', '--rlimit=core=0', `--envdir=${rig.path('env')}`], server);
  const worker = await rig.conductor.nextWorker();
  t.is(worker.env.LD_DEBUG, 'statistics');
  const files = readdirSync(rig.path('out'));
  t.deepEqual(files, [`loaded.${worker.pid}`]);
  t.is(statSync(rig.path(`out/${files[0]}`)).uid, STRANGER);
});

const CAPABILITIES = '+setuid,+setgid,+kill,+dac_read_search';

asRoot('an ssd that is not root, but may change the user, starts workers without any right', async t => {
  const {rig, server} = await stage(t);
  chownSync(rig.directory, 64001, 64001);
  const become = ['setpriv', '--reuid=64001', '--regid=64001', '--clear-groups'];
  const rights = [`--inh-caps=${CAPABILITIES}`, `--ambient-caps=${CAPABILITIES}`];
  const options: StartOptions = {env: {XDG_RUNTIME_DIR: rig.directory}};
  const args = [`--control=${rig.control}`, '--user=nobody', '--ready=notify'];
  const ssd = rig.start([...become, ...rights, INSTALLED.ssd, ...args, '--', ...server], options);
  const worker = await rig.conductor.nextWorker();
  await worker.notify('READY=1');
  await ssd.line(/generation 1 is ready/);
  t.like(statusOf(worker.pid), {Uid: NOBODY, ...EMPTY});
  t.is(statusOf(ssd.pid).Uid, '64001 64001 64001 64001');
  ssd.kill('SIGTERM');
  t.is(await worker.nextSignal(), 'SIGTERM');
  t.deepEqual(await ssd.exit(), {code: 0, signal: null});
});

function answerOf(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = net.connect({host, port});
    socket.setEncoding('utf8');
    socket.on('data', chunk => {
      received += chunk;
    });
    socket.on('error', reject);
    socket.on('end', () => resolve(received));
  });
}
