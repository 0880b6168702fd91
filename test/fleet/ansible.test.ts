/** The playbook of examples/ansible, by the command of its README, over three machines. */
import {cpSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {EXAMPLES} from '../examples/recipes.js';
import type {Finished} from '../helpers/rig.js';
import {createMachines, type Machines, onMachines} from './machines.js';

const test = onMachines('ansible-playbook');

/** Each task of a host starts ssh, sshd, a shell and Python: seconds in all, and minutes on a machine that is busy. */
const PATIENCE_MS = 300_000;

const [, COMMAND = ''] =
  /^```sh\n(ansible-playbook .*)\n```$/m.exec(readFileSync(join(EXAMPLES, 'ansible/README.md'), 'utf8')) ??
  [];

type Site = Machines & {
  /** Deploys by the command of the README. `of` has variables of a machine. */
  readonly deploy: (version: string, of?: Readonly<Record<string, string>>) => Promise<Finished>;
  readonly serving: () => Promise<readonly string[]>;
  readonly links: () => Promise<readonly string[]>;
};

async function createSite(t: ExecutionContext): Promise<Site> {
  t.timeout(2 * PATIENCE_MS);
  const fleet = await createMachines(t, ['web1', 'web2', 'web3']);
  const {rig, machines} = fleet;
  cpSync(join(EXAMPLES, 'ansible'), rig.path('ansible'), {recursive: true});
  writeFileSync(rig.path('known_hosts'), fleet.knownHosts);
  const inventory = readFileSync(rig.path('ansible/inventory.ini'), 'utf8');
  const options = `-F ${rig.path('config')} -o UserKnownHostsFile=${rig.path('known_hosts')} -o IdentitiesOnly=yes -i ${rig.path('id')}`;
  const env = {
    ANSIBLE_HOME: rig.path('home'),
    ANSIBLE_LOCAL_TEMP: rig.path('local'),
    ANSIBLE_REMOTE_TEMP: rig.path('remote'),
    ANSIBLE_SSH_ARGS: options,
    ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3',
    ANSIBLE_NOCOLOR: '1',
    // A third of the connections.
    ANSIBLE_PIPELINING: '1',
    LC_ALL: 'C.UTF-8',
  };
  cpSync(fleet.release('release'), rig.path('ansible/release'), {recursive: true});
  return {
    ...fleet,
    deploy: (version, of = {}) => {
      const lines = inventory.replaceAll(/^web\d$/gm, name => `${name} ${of[name] ?? ''}`);
      writeFileSync(rig.path('ansible/inventory.ini'), lines);
      const line = COMMAND.replace('version=42', `version=${version}`);
      const command = ['sh', '-c', `exec ${line}`];
      return fleet.run(command, {cwd: rig.path('ansible'), env, patienceMs: PATIENCE_MS});
    },
    serving: () => Promise.all(machines.map(({serving}) => serving())),
    links: () => Promise.all(machines.map(({link}) => link())),
  };
}

test('the release comes to one host after the other', async t => {
  const {deploy, serving, links} = await createSite(t);
  const {code, stdout, stderr} = await deploy('42');
  t.is(code, 0, stdout + stderr);
  t.deepEqual(await serving(), ['42', '42', '42']);
  t.deepEqual(await links(), ['42', '42', '42']);
  const restarts = [...stdout.matchAll(/^TASK \[Restart, .*\n\w+: \[(\w+)\]/gm)].map(([, host]) => host);
  t.deepEqual(restarts, ['web1', 'web2', 'web3']);
});

test('the play ends at the first host where the release does not come up, which serves on', async t => {
  const {deploy, serving, links, release} = await createSite(t);
  const broken = release('broken', 'echo no such key: listen >&2; exit 3');
  const {code, stdout} = await deploy('43', {web2: `directory=${broken}`});
  t.is(code, 2, stdout);
  t.deepEqual(await serving(), ['43', 'first', 'first']);
  t.deepEqual(await links(), ['43', 'first', 'first']);
  t.regex(stdout, /web2: Restart, and wait for the verdict: .*restart failed: .* exited with status 3/);
  t.regex(stdout, /no such key: listen/);
  t.regex(stdout, /^skipping: \[web2\]/m);
  t.regex(stdout, /^web1 .*failed=0/m);
  t.regex(stdout, /^web2 .*failed=1/m);
  t.notRegex(stdout, /\[web3\]/);
});

test('a release that comes up and does not answer is rolled back', async t => {
  const {deploy, serving, links, release, machines} = await createSite(t);
  const sick = release('sick', `exec node -e '${SICK}'`);
  const {code, stdout} = await deploy('44', {web2: `directory=${sick}`});
  t.is(code, 2, stdout);
  t.deepEqual(await serving(), ['44', 'first', 'first']);
  t.deepEqual(await links(), ['44', 'first', 'first']);
  t.regex(stdout, /web2: Ask the page: .*500/);
  t.regex(stdout, /^changed: \[web2\]/m);
  t.notRegex(stdout, /\[web3\]/);
  const runs = JSON.parse((await machines[1]?.run('ssctl --json releases'))?.stdout ?? '').runs;
  t.deepEqual(
    runs.map(({generation, release: path}: {generation: number; release: string}) => [generation, path]),
    [
      [1, '/srv/app/releases/first'],
      [2, '/srv/app/releases/44'],
      [3, '/srv/app/releases/first'],
    ],
  );
});

const SICK = [
  'require("http").createServer((q, r) => { r.statusCode = 500; r.end() })',
  '.listen({fd: 3}, () => require("fs").writeSync(Number(process.env.SSD_READY_FD), "\\n"))',
].join('');
