/**
 * The image of examples/docker, in podman. No base image can be fetched in a test, so its root file system is made here: the
 * programs of this machine in /usr, ssd where npm would put it, and what the Dockerfile copies. All that the Dockerfile says
 * of the user, the entry point and the health check is taken from it, and the container is run by the lines of the README.
 */
import {spawnSync} from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {basename, join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {needs} from '../helpers/programs.js';
import {createRig, type Rig, ROOT} from '../helpers/rig.js';
import {asRoot} from '../helpers/root.js';
import {EXAMPLES} from './recipes.js';

const dockerfile = readFileSync(join(EXAMPLES, 'docker/Dockerfile'), 'utf8');
const readme = readFileSync(join(EXAMPLES, 'docker/README.md'), 'utf8');

/** The words of an instruction in exec form. */
function words(instruction: string): readonly string[] {
  const [, list = ''] = new RegExp(`^${instruction}.*?(\\[.*\\])$`, 'm').exec(dockerfile) ?? [];
  return JSON.parse(list) as readonly string[];
}

function value(instruction: string): string {
  return new RegExp(`^${instruction} (.*)$`, 'm').exec(dockerfile)?.[1] ?? '';
}

/** The line of the README that begins with these words of docker. */
function line(beginning: string): readonly string[] {
  const [found = ''] = new RegExp(`^docker ${beginning}.*$`, 'm').exec(readme) ?? [];
  return found.split(' ').slice(1);
}

/** Makes the root file system. @returns the options that mount the rest of it */
function makeRoot({path}: Rig): readonly string[] {
  const [root, local] = [path('root'), path('local')];
  for (const name of ['usr', 'proc', 'sys', 'dev', 'tmp', 'run', 'etc', 'srv/app'])
    mkdirSync(join(root, name), {recursive: true});
  // As in every image; a tmpfs takes its mode over.
  chmodSync(join(root, 'tmp'), 0o1777);
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    if (lstatSync(`/${name}`, {throwIfNoEntry: false})?.isSymbolicLink())
      symlinkSync(readlinkSync(`/${name}`), join(root, name));
  }
  copyFileSync(join(EXAMPLES, 'docker/server.js'), join(root, 'srv/app/server.js'));
  for (const name of ['bin', 'lib/node_modules/ssd-superdaemon'])
    mkdirSync(join(local, name), {recursive: true});
  writeFileSync(join(local, 'bin/node'), '');
  for (const name of ['ssd', 'ssctl'])
    symlinkSync(`../lib/node_modules/ssd-superdaemon/dist/bundle/bin/${name}.cjs`, join(local, 'bin', name));
  const mounts = [
    ['/usr', '/usr'],
    [local, '/usr/local'],
    [process.execPath, '/usr/local/bin/node'],
    [ROOT, '/usr/local/lib/node_modules/ssd-superdaemon'],
  ];
  return mounts.map(([from, to]) => `--volume=${from}:${to}:ro`);
}

/** Runs the container, with further options. */
async function container(t: ExecutionContext, ...further: readonly string[]) {
  const rig = await createRig(t);
  const stores = [`--root=${rig.path('store')}`, `--runroot=${rig.path('state')}`, '--storage-driver=vfs'];
  const podman = ['podman', ...stores, '--cgroup-manager=cgroupfs', '--runtime=runc'];
  const limits = ['--network=none', '--ulimit=nofile=1024:1024', '--ulimit=nproc=1024:1024'];
  const given = line('run').filter(word => !/^(run|--detach|--publish|8080:8080|app)$/.test(word));
  const at = given.indexOf('--name');
  const options = [...given.slice(0, at + 1), 'app', ...given.slice(at + 1), `--user=${value('USER')}`];
  const place = [`--workdir=${value('WORKDIR')}`, '--env=PATH=/usr/local/bin:/usr/bin:/bin', '--entrypoint='];
  t.teardown(() => spawnSync('podman', [...podman.slice(1), 'rm', '--force', '--time=0', 'app']));
  const command = [...words('ENTRYPOINT'), ...words('CMD')];
  const running = rig.start([
    ...[...podman, 'run', ...options, ...place, ...limits, ...makeRoot(rig), ...further],
    ...['--rootfs', rig.path('root'), ...command],
  ]);
  await running.line(/generation 1 is ready/);
  const docker = (...of: readonly string[]) => rig.run([...podman, ...of]);
  return {rig, running, docker, exec: (...of: readonly string[]) => docker('exec', 'app', ...of)};
}

const ASK = "fetch('http://127.0.0.1:8080').then(answer => answer.text()).then(console.log)";
const podmanTest = (title: string, run: (t: ExecutionContext) => Promise<void>) =>
  asRoot(title, run, needs('podman', 'runc'));

podmanTest(
  'the container serves without root and without a place to write, and restarts and stops as its README says',
  async t => {
    const {running, docker, exec} = await container(t);
    t.is((await exec('id', '-u')).stdout, `${value('USER').split(':')[0]}\n`);
    t.not((await exec('touch', '/srv/app/x')).code, 0);
    const healthy = await exec(...words('HEALTHCHECK'));
    t.is(healthy.code, 0, healthy.stderr);
    t.regex((await exec('node', '-e', ASK)).stdout, /^generation 1,/);

    for (const command of ['exec app ssctl restart', 'exec app ssctl status']) {
      const {code, stderr} = await docker(...line(command));
      t.is(code, 0, stderr);
    }
    t.regex((await exec('node', '-e', ASK)).stdout, /^generation 2,/);

    t.is((await docker(...line('stop'))).code, 0);
    await running.line(/stop requested \(TERM\)/);
    t.is((await running.exit()).code, 0);
  },
);

podmanTest('the container stops gracefully at the SIGQUIT of a base image', async t => {
  const {running, docker} = await container(t, '--stop-signal=SIGQUIT');
  t.is((await docker(...line('stop'))).code, 0);
  await running.line(/stop requested \(QUIT\)/);
  t.is((await running.exit()).code, 0);
});

podmanTest('the health check fails when nothing serves', async t => {
  const {exec} = await container(t);
  t.is(
    (
      await exec(
        'sh',
        '-c',
        'kill -STOP $(ssctl status --json | node -pe "JSON.parse(fs.readFileSync(0)).generations[0].workers[0].pid")',
      )
    ).code,
    0,
  );
  const ill = await exec(...words('HEALTHCHECK'));
  t.is(ill.code, 1, ill.stdout);
});

podmanTest('the files that the Dockerfile copies are there', async t => {
  for (const [, file = ''] of dockerfile.matchAll(/^COPY (\S+\.js) /gm))
    t.true(existsSync(join(EXAMPLES, 'docker', basename(file))), file);
  t.true(line('build').includes('.'));
});
