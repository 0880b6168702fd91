/**
 * Containers as workers: `podman run` passes the listeners on, the server inside says when it is ready, and a container is
 * replaced while clients come. The command is that of ssd(8). The root of the container is made here, of the programs of this
 * machine, and it has no network: the listener is all it needs.
 */
import {spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {startTraffic} from '../helpers/clients/traffic.js';
import {needs} from '../helpers/programs.js';
import {createRig, type Rig} from '../helpers/rig.js';
import {asRoot} from '../helpers/root.js';
import {example} from '../helpers/servers.js';
import {freePort} from '../helpers/sockets.js';
import {display} from '../manual/page.js';

/** Without the right to raise a limit, the lower ones of podman must be asked for. */
const MODEST = ['--ulimit=nofile=1024:1024', '--ulimit=nproc=1000:1000', '--network=none'];
const REPLACEMENTS = 20;

const root = mkdtempSync('/tmp/ssdt-container-');
for (const name of ['usr', 'srv', 'proc', 'sys', 'dev', 'etc', 'run', 'tmp']) mkdirSync(join(root, name));
for (const name of ['bin', 'lib', 'lib64']) symlinkSync(`usr/${name}`, join(root, name));
test.after.always(() => rmSync(root, {recursive: true, force: true}));
const MOUNTS = ['--volume=/usr:/usr:ro', `--volume=${dirname(example('listen-fds.py'))}:/srv:ro`];

/** crun refuses a machine with control groups of both versions, and runc one without. */
const runtime = ['crun', 'runc'].find(
  name => process.getuid?.() === 0 && spawnSync('podman', run(name, '/usr/bin/true')).status === 0,
);

function onPodman(title: string, implementation: (t: ExecutionContext) => Promise<void>): void {
  const isThere = spawnSync('podman', ['--version']).status === 0;
  if (runtime || !isThere) asRoot(title, implementation, needs('podman', 'python3'));
  else test.skip(`${title} (podman cannot run a container here)`, implementation);
}

function run(name: string, ...program: readonly string[]): string[] {
  return ['--runtime', name, 'run', '--rm', ...MODEST, ...MOUNTS, '--rootfs', root, ...program];
}

onPodman('a container is replaced 20 times under traffic, and no request fails', async t => {
  const {rig, ssd, port} = await serve(t);
  await ssd.line(/generation 1 is ready/);
  const traffic = startTraffic(port);
  t.teardown(async () => void (await traffic.stop()));
  await traffic.answeredBy(1);
  for (let generation = 2; generation <= REPLACEMENTS + 1; generation += 1) {
    const {code, stderr} = await rig.ssctl(['restart']);
    t.is(code, 0, stderr);
    await traffic.answeredBy(generation);
  }
  const report = await traffic.stop();
  t.is(report.failed, 0, report.problems.join('\n'));
  t.log(`${report.answered} requests`);
  ssd.kill('SIGTERM');
  t.deepEqual(await ssd.exit(), {code: 0, signal: null}, ssd.stderr());
});

onPodman('a container whose program cannot be loaded replaces nothing', async t => {
  const {rig, ssd, port} = await serve(t);
  await ssd.line(/generation 1 is ready/);
  writeFileSync(rig.path('env/BROKEN'), '1');
  const {code, stderr} = await rig.ssctl(['restart']);
  t.is(code, 1);
  t.regex(stderr, /ImportError: this release is broken/);
  const traffic = startTraffic(port);
  await traffic.answeredBy(1);
  t.is((await traffic.stop()).failed, 0);
});

/** Runs the command of the manual, with this container in the place of its image. */
async function serve(t: ExecutionContext): Promise<{rig: Rig; ssd: ReturnType<Rig['ssd']>; port: number}> {
  const rig = await createRig(t);
  const port = await freePort();
  mkdirSync(rig.path('env'));
  const words = display('ssd.8', 'EXAMPLES', 'podman run').replaceAll('\\\n', ' ').trim().split(/\s+/);
  const [options, program] = [words.slice(1, words.indexOf('--')), words.slice(words.indexOf('--') + 1)];
  t.deepEqual(program.slice(0, 3), ['podman', 'run', '--rm']);
  const ours = run(runtime ?? '', 'python3', '/srv/listen-fds.py');
  const kept = program.slice(3, -1);
  const variables = ['SERVER_STARTER_GENERATION', 'BROKEN'].map(name => `--env=${name}`);
  const command = ['podman', ...ours.slice(0, 4), ...kept, ...variables, ...ours.slice(4)];
  const given = options.map(word => word.replace('8080', String(port)));
  const ssd = rig.ssd([...given, '--capture-stderr', `--envdir=${rig.path('env')}`], command);
  return {rig, ssd, port};
}
