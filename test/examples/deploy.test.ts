/** The deploy script of examples/: its exit status and the link tell which release serves. */
import {once} from 'node:events';
import {chmodSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync} from 'node:fs';
import http from 'node:http';
import {basename, join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {startTraffic} from '../helpers/clients/traffic.js';
import {needs} from '../helpers/programs.js';
import {type Finished, type Running, SERVER, SSCTL, SSD, type StartOptions} from '../helpers/rig.js';
import {asRoot} from '../helpers/root.js';
import {alike, steps} from '../manual/session.js';
import {createKitchen, EXAMPLES, type Kitchen, readRecipe} from './recipes.js';

const test = needs('flock');

type Site = {
  readonly kitchen: Kitchen;
  readonly ssd: Running;
  readonly root: string;
  /** Deploys the release that is in the recipe's folder. */
  readonly deploy: () => Promise<Finished>;
  /** The release that the link points to. */
  readonly current: () => string;
  /** The release that answers. */
  readonly serving: () => Promise<unknown>;
  /** Gives the release in the recipe's folder another program. */
  readonly rewrite: (program: 'build' | 'server', script: string) => void;
};

test('a release that comes up is deployed, and no request fails', async t => {
  const {kitchen, ssd, deploy, current, serving} = await openSite(t);
  const first = current();
  t.is(await serving(), first);

  const traffic = startTraffic(kitchen.port);
  t.teardown(async () => void (await traffic.stop()));
  await traffic.answeredBy(1, 20);
  const {code, stderr} = await deploy();
  t.is(code, 0, stderr);
  await traffic.answeredBy(2, 20);
  await ssd.line(/restart completed: generation 2 replaced 1/);
  const report = await traffic.stop();
  t.is(report.failed, 0, report.problems.join('\n'));
  t.not(current(), first);
  t.is(await serving(), current());
});

test('a release that does not come up is taken back, with its last output, and the old one keeps serving', async t => {
  const {deploy, current, serving, rewrite} = await openSite(t);
  const first = current();
  rewrite('build', 'exit 0');
  rewrite('server', 'echo no such key: listen >&2; exit 3');

  const {code, stderr} = await deploy();
  t.is(code, 1, stderr);
  t.regex(stderr, /no such key: listen/);
  t.is(current(), first);
  t.is(await serving(), first);
});

test('a release that cannot be built is removed, and nothing is restarted', async t => {
  const {kitchen, root, deploy, current, rewrite} = await openSite(t);
  const first = current();
  rewrite('build', 'exit 1');

  const {code, stderr} = await deploy();
  t.is(code, 1, stderr);
  t.is(current(), first);
  t.deepEqual(readdirSync(join(root, 'releases')), [first]);
  const status = JSON.parse((await kitchen.run('ssctl --json status')).stdout);
  t.is(status.generations.length, 1);
  t.is(status.generations[0].generation, 1);
});

test('a second deployment at the same time is refused, and so is one without a release', async t => {
  const {kitchen, root, current} = await openSite(t);
  const first = current();
  const second = await kitchen.run(`flock ${root}/lock ./deploy.sh release ${root}`);
  t.is(second.code, 1, second.stderr);
  t.regex(second.stderr, /another deployment/);
  t.is((await kitchen.run('./deploy.sh')).code, 2);
  t.like(await kitchen.run(`./deploy.sh nowhere ${root}`), {
    code: 2,
    stderr: 'deploy: there is no directory nowhere\n',
  });
  t.is(current(), first);
  t.deepEqual(readdirSync(join(root, 'releases')), [first]);
});

test('a deployment looks as the README prints it', async t => {
  const {kitchen, root} = await openSite(t);
  const readme = readFileSync(join(EXAMPLES, 'deploy/README.md'), 'utf8');
  const [{command = '', printed = ''} = {}] = steps(/^```\n(\$ .*?)^```$/ms.exec(readme)?.[1] ?? '');
  const {code, stdout} = await kitchen.run(
    `{ ${command.replace('./deploy.sh release', `./deploy.sh release ${root}`)}; } 2>&1`,
  );
  t.is(code, 0, stdout);
  t.is(alike(stdout.replaceAll(root, '/srv/app')), alike(printed));
});

test('the deploy script is told which ssd is meant, as the READMEs print it', async t => {
  const {kitchen, root, current} = await openSite(t);
  const printed = ['deploy', 'systemd'].flatMap(name =>
    readFileSync(join(EXAMPLES, name, 'README.md'), 'utf8').match(/SSCTL='[^']*' \.\/deploy\.sh release/g),
  );
  t.is(printed.length, 2);
  for (const line of printed) {
    const before = current();
    const own = (line ?? '').replace('/run/app/control', kitchen.rig.control).replace('-n app', '');
    t.is((await kitchen.run(`${own} ${root}`)).code, 0, own);
    t.not(current(), before);
  }
  const [, status = ''] =
    /^ *(ssctl -s .* status)$/m.exec(readFileSync(join(EXAMPLES, 'systemd/README.md'), 'utf8')) ?? [];
  const shown = await kitchen.run(status.replace('/run/app/control', kitchen.rig.control));
  t.regex(shown.stdout, /^wanted +running$/m);
});

asRoot(
  'where nothing was restarted the script says so, and the link stays',
  async t => {
    const {rig, run} = await createKitchen(t, 'deploy');
    chmodSync(rig.directory, 0o777);
    chmodSync(rig.conductor.path, 0o777);
    // Root's instances would be in /run/ssd, with those of others.
    const somebody: StartOptions = {uid: 54_321, env: {XDG_RUNTIME_DIR: rig.directory}};
    const root = rig.path('srv');
    const deploy = (ssctl: string) => run(`SSCTL='${ssctl}' ./deploy.sh release ${root}`, somebody);
    const any = `${process.execPath} ${SSCTL}`;
    t.is((await deploy(any)).code, 3);
    const first = readlinkSync(join(root, 'current'));

    for (const name of ['one', 'two']) {
      const command = [process.execPath, SSD, `--name=${name}`, '--interval=0.1', '--', ...SERVER];
      await rig.start(command, somebody).line(/generation 1 is ready/);
    }
    const undecided = await deploy(any);
    t.is(undecided.code, 2);
    t.regex(undecided.stderr, /nothing was restarted; choose an instance with SSCTL='ssctl -n NAME'$/m);
    t.is(readlinkSync(join(root, 'current')), first);

    const missing = await deploy('nowhere');
    t.is(missing.code, 127);
    t.regex(missing.stderr, /nothing was restarted; nowhere cannot be run$/m);
    t.is(readlinkSync(join(root, 'current')), first);
  },
  test,
);

/** What the recipe's README says to do first: a deployment while no ssd runs, and then ssd. */
async function openSite(t: ExecutionContext): Promise<Site> {
  const kitchen = await createKitchen(t, 'deploy');
  const {prepare, ssd: commandLine} = readRecipe('deploy');
  t.deepEqual(prepare, ['./deploy.sh release']);
  const root = kitchen.rig.path('srv');
  const deploy = () => kitchen.run(`./deploy.sh release ${root}`);
  const first = await deploy();
  t.is(first.code, 3, first.stderr);
  const ssd = kitchen.ssd(commandLine.replace('/srv/app/', `${root}/`));
  await ssd.line(/generation 1 is ready/);
  return {
    kitchen,
    ssd,
    root,
    deploy,
    current: () => basename(readlinkSync(join(root, 'current'))),
    serving: () => releaseAt(kitchen.port),
    rewrite: (program, script) => {
      const file = join(kitchen.folder, 'release', program);
      rmSync(file);
      writeFileSync(file, `#!/bin/sh\n${script}\n`, {mode: 0o755});
    },
  };
}

/** Asked for over a connection of its own. */
async function releaseAt(port: number): Promise<unknown> {
  const [response] = await once(http.get({port, host: '127.0.0.1', agent: false}), 'response');
  response.resume();
  return response.headers['x-release'];
}
