/**
 * Machines for the recipes, on this one: each has a network, a /srv and a /run of its own, where ssd serves the release of
 * examples/deploy on port 8080 by the command that is printed there. A real sshd is started for each connection.
 */
import {spawnSync} from 'node:child_process';
import {chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {EXAMPLES, readRecipe} from '../examples/recipes.js';
import {needs} from '../helpers/programs.js';
import {createRig, type Finished, INSTALLED, type Rig, type StartOptions} from '../helpers/rig.js';

export type Machine = {
  readonly name: string;
  /** Runs a line of shell there. */
  readonly run: (line: string) => Promise<Finished>;
  /** The name of the release that answers. */
  readonly serving: () => Promise<string>;
  /** The name of the release that the link points to. */
  readonly link: () => Promise<string>;
};

export type Machines = {
  readonly rig: Rig;
  readonly machines: readonly Machine[];
  /** A private key that they accept. */
  readonly key: string;
  /** Their own keys, as in a file known_hosts. */
  readonly knownHosts: string;
  /** Runs a program here, with an ssh that knows the machines by name. */
  readonly run: (command: readonly string[], options?: StartOptions) => Promise<Finished>;
  /** Makes a release in the directory of the rig: one that comes up, or what stands here. */
  readonly release: (name: string, program?: string) => string;
};

const isolates = spawnSync('unshare', ['-mn', 'mount', '-t', 'tmpfs', 'tmpfs', '/srv']).status === 0;

/** Declares a test that is skipped where namespaces are not permitted, or one of the programs is not there. */
export function onMachines(...programs: readonly string[]): ReturnType<typeof needs> {
  if (isolates) return needs('/usr/sbin/sshd', 'ssh-keygen', 'ip', 'curl', ...programs);
  return (title, run) => test.skip(`${title} (a namespace is not permitted)`, run);
}

export async function createMachines(t: ExecutionContext, names: readonly string[]): Promise<Machines> {
  const rig = await createRig(t);
  await keyAt(rig, 'id');
  const machines: Machine[] = [];
  const sections: string[] = [];
  for (const name of names) {
    const {machine, section} = await createMachine(rig, name);
    machines.push(machine);
    sections.push(section);
  }
  mkdirSync(rig.path('bin'));
  writeFileSync(rig.path('config'), sections.join(''));
  writeFileSync(rig.path('bin/ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F ${rig.path('config')} "$@"\n`, {
    mode: 0o755,
  });
  const env = {PATH: `${rig.path('bin')}:${process.env.PATH}`, HOME: rig.directory};
  return {
    rig,
    machines,
    key: readFileSync(rig.path('id'), 'utf8'),
    knownHosts: names.map(name => `${name} ${readFileSync(rig.path(`${name}/host.pub`), 'utf8')}`).join(''),
    run: (command, options) => rig.run(command, {...options, env: {...env, ...options?.env}}),
    release: (name, program) => {
      cpSync(`${EXAMPLES}/deploy/release`, rig.path(name), {recursive: true});
      if (program !== undefined) writeFileSync(rig.path(`${name}/server`), `#!/bin/sh\n${program}\n`);
      return rig.path(name);
    },
  };
}

async function createMachine(rig: Rig, name: string): Promise<{machine: Machine; section: string}> {
  const at = (file: string) => rig.path(`${name}/${file}`);
  mkdirSync(rig.path(name));
  await keyAt(rig, `${name}/host`);
  writeFileSync(at('sshd'), configOf(rig, name));
  writeFileSync(at('boot'), BOOT);
  chmodSync(at('boot'), 0o755);
  const ssd = rig.start(['unshare', '-mn', at('boot'), `${EXAMPLES}/deploy/release`], {
    env: WITH_SSD,
  });
  await ssd.line(/generation 1 is ready/);
  const inside = ['nsenter', '-t', String(ssd.pid), '-m', '-n'];
  const run = (line: string) => rig.run([...inside, 'sh', '-c', line], {env: WITH_SSD});
  const word = async (line: string) => {
    const {code, stdout, stderr} = await run(line);
    return code === 0 ? stdout.trim() : stderr;
  };
  const machine: Machine = {
    name,
    run,
    serving: () => word(`curl -fsSI http://localhost:8080/ | sed -n 's/^X-Release: *\\([^\\r]*\\).*/\\1/ip'`),
    link: () => word('basename "$(readlink /srv/app/current)"'),
  };
  const proxy = `${inside.join(' ')} /usr/sbin/sshd -i -f ${at('sshd')} -E ${at('log')}`;
  return {
    machine,
    section: `Host ${name}\n  HostKeyAlias ${name}\n  ProxyCommand ${proxy}\n`,
  };
}

const WITH_SSD = {PATH: `${dirname(INSTALLED.ssd)}:${process.env.PATH}`};

const BOOT = `#!/bin/sh -e
ip link set lo up
mount -t tmpfs tmpfs /srv
mount -t tmpfs tmpfs /run
mkdir -p /run/sshd /srv/app/releases
cp -R "$1" /srv/app/releases/first
ln -s releases/first /srv/app/current
exec ${readRecipe('deploy').ssd}
`;

const configOf = ({path, conductor}: Rig, name: string) => `
HostKey ${path(`${name}/host`)}
AuthorizedKeysFile ${path('id.pub')}
StrictModes no
PidFile none
UsePAM no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
Subsystem sftp internal-sftp
SetEnv PATH=${dirname(INSTALLED.ssd)}:/usr/bin:/bin SSD_TEST_CONDUCTOR=${conductor.path}
`;

async function keyAt(rig: Rig, name: string): Promise<void> {
  const {code, stderr} = await rig.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', rig.path(name)]);
  if (code !== 0) throw new Error(stderr);
}
