/** Nothing grows and nothing changes by a replacement: descriptors, what a worker inherits, counts, files. */
import {chmodSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {metrics} from '../../helpers/clients/control.js';
import {createRig, type Rig, SERVER} from '../../helpers/rig.js';
import {asRoot, STRANGER} from '../../helpers/root.js';
import {installIn, watchState} from './refused/installed.js';
import {statusOf} from './stage.js';

const TIMES = 5;

async function replace(rig: Rig): Promise<string> {
  const {code, stdout, stderr} = await rig.ssctl(['reexec']);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

/** What a descriptor is, without what differs from one to the next. */
const kindsOf = (descriptors: readonly string[]) =>
  descriptors.map(text => text.replace(/^\d+ /, '').replace(/\[\d+\]/, '')).sort();

const FILES = ['pid', 'status', 'metrics', 'log'];

test('ssd has the same descriptors after five replacements, and removes its files at the end', async t => {
  const rig = await createRig(t);
  const files = ['--pid-file=pid', '--status-file=status', '--metrics-file=metrics', '--log-file=log'];
  const args = [
    ...files,
    '--port=127.0.0.1:0',
    '--path=web',
    '--ready=notify',
    '--capture-stderr',
    '--kill-group',
  ];
  const ssd = rig.ssd(args);
  await (await rig.conductor.nextWorker()).notify('READY=1');
  t.is((await rig.ssctl(['wait', 'ready'])).code, 0);
  t.is((await rig.ssctl(['reexec', '--', '--nonsense'])).code, 1);
  const {state} = await watchState(rig, ssd);
  const before = await state();
  await replace(rig);
  const last = await state();
  for (let nth = 0; nth < TIMES; nth += 1) {
    await replace(rig);
    const after = await state();
    t.true(after.descriptors.length <= before.descriptors.length, `after ${nth + 1}`);
    t.deepEqual(kindsOf(after.descriptors), kindsOf(last.descriptors), `after ${nth + 1}`);
    t.deepEqual({...after, descriptors: 0}, {...before, descriptors: 0});
  }
  for (const name of FILES) t.true(readdirSync(rig.directory).includes(name), name);
  t.regex(readFileSync(rig.path('status'), 'utf8'), /^1:\d+\n/);
  t.is((await rig.ssctl(['stop'])).code, 0);
  await ssd.exit();
  t.deepEqual(readdirSync(rig.directory).sort(), ['conductor', 'log']);
});

/** What the kernel tells of a worker, but for numbers of its own. */
function inheritanceOf(pid: number) {
  const read = (name: string) => readFileSync(`/proc/${pid}/${name}`, 'utf8');
  const kept = /^(Umask|Sig(Ign|Blk)|Cap\w+|NoNewPrivs|Seccomp|Uid|Gid|Groups|Cpus_allowed):/;
  return {
    limits: read('limits'),
    status: read('status')
      .split('\n')
      .filter(line => kept.test(line)),
    oom: read('oom_score_adj'),
    nice: read('stat')
      .replace(/^.*\) /, '')
      .split(' ')[16],
    environ: read('environ')
      .split('\0')
      .filter(line => !line.startsWith('SERVER_STARTER_GENERATION'))
      .sort(),
  };
}

const ODD = {
  'spring.profiles': "it's\n$HOME",
  '1st': 'x',
  NODE_OPTIONS: '--max-old-space-size=300',
  NODE_EXTRA_CA_CERTS: '/no/such/file',
  IFS: 'x',
  NODE_CHANNEL_FD: undefined,
};

test('a worker gets the same limits, signals, rights and environment from the next image', async t => {
  const rig = await createRig(t);
  const command = [
    'prlimit',
    '--nofile=600:700',
    '--core=0',
    'nice',
    '-n',
    '3',
    'sh',
    '-c',
    'umask 027; exec "$@"',
    'sh',
  ];
  const installed = installIn(rig);
  const ssd = rig.start(
    [
      ...command,
      installed.command,
      `--control=${rig.control}`,
      '--interval=0',
      '--port=127.0.0.1:0',
      '--',
      ...SERVER,
    ],
    {env: ODD},
  );
  const old = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  const before = inheritanceOf(old.pid);
  const first = await statusOf(rig);
  for (let nth = 0; nth < 2; nth += 1) await replace(rig);
  t.is((await rig.ssctl(['restart'])).code, 0);
  const young = await rig.conductor.nextWorker();
  t.deepEqual(inheritanceOf(young.pid), before);
  t.is(young.cwd, old.cwd);
  const last = await statusOf(rig);
  t.deepEqual(
    {...last, uptimeMs: 0, generations: [], current: 0, sinceMs: 0},
    {...first, uptimeMs: 0, generations: [], current: 0, sinceMs: 0},
  );
  t.is(readFileSync(`/proc/${ssd.pid}/comm`, 'utf8'), 'ssd\n');
});

test('counts go on', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0', '--port=127.0.0.1:0']);
  await ssd.line(/generation 1 is ready/);
  t.is((await rig.ssctl(['restart'])).code, 0);
  const counts = async () =>
    (await metrics(rig))
      .split('\n')
      .filter(line => /_total(\{.*\})? \d+$/.test(line) && !/cpu|gc|events_total/.test(line));
  const before = await counts();
  t.true(before.length > 0);
  await replace(rig);
  t.deepEqual(await counts(), before);
});

test('the client and the greeting have the new version, and the old one can take over again', async t => {
  const rig = await createRig(t);
  const installed = installIn(rig);
  const ssd = installed.ssd(['--interval=0', '--port=127.0.0.1:0']);
  await ssd.line(/generation 1 is ready/);
  const {version} = await statusOf(rig);
  const manifest = installed.file('package.json');
  const text = readFileSync(manifest, 'utf8');
  const newer = '99.1.2';
  await rig.run(['sed', '-i', `s/"version": "${version}"/"version": "${newer}"/`, manifest]);
  t.not(readFileSync(manifest, 'utf8'), text);
  t.regex(
    await replace(rig),
    new RegExp(`ssd ${newer} has taken the place of ssd ${version}; its workers go on`),
  );
  await ssd.line(new RegExp(`ssd ${newer} has taken the place of ssd ${version}`));
  t.is((await statusOf(rig)).version, newer);
  await rig.run(['sed', '-i', `s/"version": "${newer}"/"version": "${version}"/`, manifest]);
  t.regex(await replace(rig), new RegExp(`ssd ${version} has taken the place of ssd ${newer}`));
});

asRoot('without a control socket, SIGUSR2 replaces ssd all the same', async t => {
  const rig = await createRig(t);
  const installed = installIn(rig);
  chmodSync(rig.directory, 0o777);
  writeFileSync(rig.path('file'), '');
  const options = {uid: STRANGER, env: {XDG_RUNTIME_DIR: rig.path('file')}};
  const args = ['--interval=0', '--port=127.0.0.1:0', `--pid-file=${rig.path('pid')}`];
  const ssd = rig.start([installed.command, ...args, '--', ...SERVER], options);
  await ssd.line(/running without a control socket/);
  await ssd.line(/generation 1 is ready/);
  for (let nth = 0; nth < 2; nth += 1) {
    ssd.kill('SIGUSR2');
    await ssd.line(/has taken the place/);
  }
  ssd.kill('SIGTERM');
  t.is((await ssd.exit()).code, 0);
});
