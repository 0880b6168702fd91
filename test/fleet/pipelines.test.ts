/** The jobs of examples/github-action and examples/gitlab: the shell text in them, run against real sshds as the runners run it. */
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {EXAMPLES} from '../examples/recipes.js';
import {type Parsed, readYaml} from '../examples/yaml.js';
import type {Finished} from '../helpers/rig.js';
import {createMachines, type Machines, onMachines} from './machines.js';

type Job = {
  /** The command that runs a script. */
  readonly shell: readonly string[];
  readonly script: string;
  /** What the variables of the script are set to. */
  readonly variables: Readonly<Record<string, string>>;
};

const github = read('github-action/action.yml');
const gitlab = read('gitlab/deploy.gitlab-ci.yml').deploy;

const STEP = github.runs.steps[0];
const JOBS: Readonly<Record<string, Job>> = {
  // docs.github.com, workflow syntax: what `shell: bash` stands for.
  'the GitHub Action': {
    shell: ['bash', '--noprofile', '--norc', '-eo', 'pipefail', '-c'],
    script: STEP.run,
    variables: STEP.env,
  },
  'the job of GitLab': {shell: ['dash', '-c'], script: gitlab.script.join('\n'), variables: gitlab.variables},
};

/** Nine connections, each with a shell that reads its start-up files. */
const PATIENCE_MS = 60_000;

/** What every run sets; the rest is as the files have it. */
const SET = ['HOSTS', 'SSH_KEY', 'KNOWN_HOSTS', 'DIRECTORY', 'VERSION'];

for (const [name, job] of Object.entries(JOBS)) {
  const declare = onMachines('dash', 'tar');

  declare(`${name} deploys to one host after the other`, async t => {
    const {deploy, serving, links} = await createSite(t, job);
    const {code, stdout, stderr} = await deploy('release', '42');
    t.is(code, 0, stdout + stderr);
    t.deepEqual(await serving(), ['42', '42', '42']);
    t.deepEqual(await links(), ['42', '42', '42']);
    const again = await deploy('release', '42');
    t.not(again.code, 0);
    t.regex(again.stderr, /File exists/);
  });

  declare(`${name} fails when the restart fails, and leaves the hosts behind alone`, async t => {
    const {deploy, serving, links, machines} = await createSite(t, job);
    // The release is the same; the second host lacks what it needs.
    for (const machine of [machines[0], machines[2]]) await machine?.run('touch /srv/app/settings');
    const {code, stdout, stderr} = await deploy('picky', '43');
    t.is(code, 1, stdout + stderr);
    t.regex(stderr, /^ssctl: restart failed: generation 2 .* exited with status 3/m);
    t.regex(stderr, /^ {4}no such key: listen$/m);
    t.deepEqual(await serving(), ['43', 'first', 'first']);
    t.deepEqual(await links(), ['43', 'first', 'first']);
    t.is((await machines[2]?.run('ls /srv/app/releases'))?.stdout, 'first\n');
  });

  declare(`${name} fails when ssh does, and runs nothing that is in a variable`, async t => {
    const {deploy, serving, rig, fleet} = await createSite(t, job);
    t.is((await deploy('release', '44', {HOSTS: 'nowhere web1'})).code, 255);
    t.is((await deploy('release', '44', {KNOWN_HOSTS: ''})).code, 255);
    t.is((await deploy('release', '44', {HOSTS: '-oProxyCommand=id'})).code, 255);
    t.is((await deploy('release', '44', {HOSTS: ' '})).code, 2);
    for (const word of ['', '-x', '$(touch ran)', 'a;touch ran', 'a b'])
      t.is((await deploy('release', '44', {VERSION: word})).code, 2, word);
    t.deepEqual(await serving(), ['first', 'first', 'first']);
    t.deepEqual((await fleet.run(['ls', rig.path('tmp')])).stdout, '');
  });
}

test('both have the same lines, and every variable of them', async t => {
  const [one = '', two = ''] = Object.values(JOBS).map(({script}) => script.trim());
  t.is(two.replace('set -eu\n', ''), one);
  for (const {script, variables} of Object.values(JOBS)) {
    const used = new Set([...script.matchAll(/\$([A-Z_]+)/g)].map(([, variable = '']) => variable));
    // GitLab gives KNOWN_HOSTS, a variable of the project, to every job.
    t.deepEqual([...new Set([...Object.keys(variables), 'KNOWN_HOSTS'])].sort(), [...used].sort());
  }
});

test('the workflow gives the action what it asks for, and nothing else', async t => {
  const {jobs} = read('github-action/workflow.yml');
  const {with: given} = jobs.deploy.steps.find((step: Parsed) => step.with !== undefined);
  const inputs = Object.entries<Parsed>(github.inputs);
  t.deepEqual(
    Object.keys(given).sort(),
    inputs.flatMap(([name, {required}]) => (required ? [name] : [])).sort(),
  );
  for (const [name, {required, default: value}] of inputs) t.is(required === true, value === undefined, name);
});

type Site = {
  readonly fleet: Machines;
  readonly machines: Machines['machines'];
  readonly rig: Machines['rig'];
  readonly deploy: (
    directory: string,
    version: string,
    variables?: Readonly<Record<string, string>>,
  ) => Promise<Finished>;
  readonly serving: () => Promise<readonly string[]>;
  readonly links: () => Promise<readonly string[]>;
};

async function createSite(t: ExecutionContext, {shell, script, variables}: Job): Promise<Site> {
  t.timeout(2 * PATIENCE_MS);
  const fleet = await createMachines(t, ['web1', 'web2', 'web3']);
  const {rig, machines, key, knownHosts} = fleet;
  await fleet.run(['mkdir', rig.path('tmp')]);
  fleet.release('release');
  const server = `${rig.path('release')}/server`;
  fleet.release(
    'picky',
    `[ -e /srv/app/settings ] || { echo no such key: listen >&2; exit 3; }\nexec node ${server}`,
  );
  const kept = Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) =>
      SET.includes(name) ? [] : [[name, inputOr(value)]],
    ),
  );
  return {
    fleet,
    machines,
    rig,
    deploy: (directory, version, further) => {
      const set = {HOSTS: 'web1 web2 web3', SSH_KEY: key, KNOWN_HOSTS: knownHosts};
      const env = {...kept, ...set, DIRECTORY: directory, VERSION: version, TMPDIR: rig.path('tmp')};
      return fleet.run([...shell, script], {env: {...env, ...further}, patienceMs: PATIENCE_MS});
    },
    serving: () => Promise.all(machines.map(({serving}) => serving())),
    links: () => Promise.all(machines.map(({link}) => link())),
  };
}

/** An expression of GitHub that names an input stands for its default. */
function inputOr(value: string): string {
  const [, input] = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(value) ?? [];
  return input === undefined ? value : github.inputs[input].default;
}

function read(file: string): Parsed {
  return readYaml(join(EXAMPLES, file))[0];
}
