/**
 * The image of examples/docker, built and run by podman with the lines of its README. Nothing can be fetched in a test, so the
 * base image is made here: directories, with the programs of this machine mounted into /usr, and a stand-in for npm that links
 * the two programs. A container has no network, and is asked from its inside.
 */
import {spawnSync} from 'node:child_process';
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {needs} from '../helpers/programs.js';
import {createRig, type Finished, type Rig, ROOT, type Running} from '../helpers/rig.js';
import {asRoot} from '../helpers/root.js';
import {EXAMPLES} from './recipes.js';

const dockerfile = readFileSync(join(EXAMPLES, 'docker/Dockerfile'), 'utf8');
const readme = readFileSync(join(EXAMPLES, 'docker/README.md'), 'utf8');
const BASE = /^FROM (.*)$/m.exec(dockerfile)?.[1] ?? '';
export const USER = /^USER (\d+):/m.exec(dockerfile)?.[1] ?? '';

const PACKAGE = '/usr/local/lib/node_modules/ssd-superdaemon';
const NPM = `#!/bin/sh
for name in ssd ssctl; do ln -s ${PACKAGE}/dist/bundle/bin/$name.cjs /usr/local/bin/$name; done
`;

const LIMITS = ['--network=none', '--ulimit=nofile=1024:1024', '--ulimit=nproc=1024:1024'];
const MOUNTS = [
  ...['/usr/bin', '/usr/lib', '/usr/lib64'].map(path => [path, path]),
  [process.execPath, '/usr/local/bin/node'],
  [ROOT, PACKAGE],
].map(([from, to]) => `--volume=${from}:${to}:ro`);

/** The line of the README that begins with these words of docker. */
export function line(beginning: string): readonly string[] {
  const [found = ''] = new RegExp(`^docker ${beginning}.*$`, 'm').exec(readme) ?? [];
  return found.split(' ').slice(1);
}

/** The root of the base image. */
function makeBase({path}: Rig): string {
  const root = path('base');
  for (const name of ['tmp', 'run', 'etc', 'usr/bin', 'usr/lib', 'usr/lib64', 'usr/sbin', 'usr/local/bin'])
    mkdirSync(join(root, name), {recursive: true});
  mkdirSync(join(root, PACKAGE), {recursive: true});
  // A tmpfs takes the mode over.
  chmodSync(join(root, 'tmp'), 0o1777);
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    const stats = lstatSync(`/${name}`, {throwIfNoEntry: false});
    if (stats?.isSymbolicLink()) symlinkSync(readlinkSync(`/${name}`), join(root, name));
  }
  writeFileSync(join(root, 'usr/local/bin/node'), '', {mode: 0o755});
  writeFileSync(join(root, 'usr/local/bin/npm'), NPM, {mode: 0o755});
  return root;
}

export type Container = {
  readonly running: Running;
  /** Runs docker, here podman, with these words. */
  readonly docker: (...words: readonly string[]) => Promise<Finished>;
  /** Runs a program in the container. */
  readonly exec: (...words: readonly string[]) => Promise<Finished>;
};

/** podman copies the layers, which takes long on a machine that is busy. */
const PATIENCE_MS = 120_000;

/** Builds the image, and runs the container with further options. */
export async function createContainer(
  t: ExecutionContext,
  ...further: readonly string[]
): Promise<Container> {
  t.timeout(2 * PATIENCE_MS);
  const rig = await createRig(t);
  const context = rig.path('context');
  const stores = [`--root=${rig.path('store')}`, `--runroot=${rig.path('state')}`, '--storage-driver=vfs'];
  const podman = ['podman', ...stores, '--cgroup-manager=cgroupfs', '--runtime=runc'];
  const docker = async (...words: readonly string[]) =>
    rig.run([...podman, ...words], {cwd: context, patienceMs: PATIENCE_MS});
  t.teardown(() => spawnSync('podman', [...podman.slice(1), 'rm', '--force', '--time=0', 'app']));
  cpSync(join(EXAMPLES, 'docker'), context, {recursive: true});
  writeFileSync(join(context, 'ssd-superdaemon-0.0.0.tgz'), '');
  const packed = await rig.run(['tar', 'cf', rig.path('base.tar'), '-C', makeBase(rig), '.']);
  t.is(packed.code, 0, packed.stderr);
  t.is((await docker('import', rig.path('base.tar'), `docker.io/library/${BASE}`)).code, 0);
  const [build = '', ...words] = line('build');
  const built = await docker(build, '--format=docker', '--pull=never', ...LIMITS, ...MOUNTS, ...words);
  t.is(built.code, 0, built.stderr);
  const [run = '', ...options] = line('run').filter(word => !/^(--detach|--publish|8080:8080)$/.test(word));
  const running = rig.start([...podman, run, ...LIMITS, ...MOUNTS, ...further, ...options]);
  await running.line(/generation 1 is ready/);
  return {running, docker, exec: (...words) => docker('exec', 'app', ...words)};
}

/** A test that needs podman, as root. */
export function inContainer(title: string, run: (t: ExecutionContext) => Promise<void>): void {
  asRoot(title, run, needs('podman', 'runc'));
}

const ASK = "fetch('http://127.0.0.1:8080').then(answer => answer.text()).then(console.log)";

/** What the server in the container answers. */
export async function askInside({exec}: Container): Promise<string> {
  return (await exec('node', '-e', ASK)).stdout;
}

const STOP_WORKER =
  'kill -STOP $(ssctl status --json | node -pe "JSON.parse(fs.readFileSync(0)).generations[0].workers[0].pid")';

/** After this nothing serves. */
export function stopWorker({exec}: Container): Promise<Finished> {
  return exec('sh', '-c', STOP_WORKER);
}
