/**
 * A fleet on this machine: a real sshd for each host, on an address and a port of its own, with its own keys, and an ssd that
 * only its ssctl finds. The ssh of the fleet knows the hosts by name, from a configuration of its own.
 */
import {chmodSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync} from 'node:fs';
import {userInfo} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {
  createRig,
  type Finished,
  type Rig,
  type Running,
  SERVER,
  SSCTL,
  type StartOptions,
} from '../helpers/rig.js';
import {freePort} from '../helpers/sockets.js';

export type Site = {
  readonly name: string;
  readonly address: string;
  readonly sshPort: number;
  readonly rig: Rig;
  readonly sshd: Running;
  /** Puts a release in place. It comes up, or fails with these words. */
  readonly release: (broken?: string) => void;
  /** Starts ssd with the release that is in place. */
  readonly ssd: (args?: readonly string[]) => Promise<Running>;
  /** The generation that serves. */
  readonly generation: () => Promise<number>;
};

export type Fleet = {
  /** The machine from which the hosts are reached. */
  readonly rig: Rig;
  readonly sites: readonly Site[];
  /** A directory with the ssh of the fleet. */
  readonly bin: string;
  readonly env: Readonly<Record<string, string>>;
  /** Runs ssctl here. */
  readonly ssctl: (args: readonly string[], options?: StartOptions) => Promise<Finished>;
};

export const SSHD = '/usr/sbin/sshd';

export async function createFleet(t: ExecutionContext, names: readonly string[]): Promise<Fleet> {
  const rig = await createRig(t);
  const bin = rig.path('bin');
  mkdirSync(bin);
  await key(rig, 'id');
  const sites: Site[] = [];
  for (const [at, name] of names.entries())
    sites.push(await createSite(t, {name, address: `127.0.0.${at + 2}`}, rig));
  writeFileSync(rig.path('config'), sites.map(section).join('\n') + COMMON(rig));
  writeFileSync(rig.path('known_hosts'), sites.map(known).join(''));
  writeFileSync(join(bin, 'ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F ${rig.path('config')} "$@"\n`, {
    mode: 0o755,
  });
  const env = {PATH: `${bin}:${process.env.PATH}`};
  return {
    rig,
    sites,
    bin,
    env,
    ssctl: (args, options) =>
      rig.run([process.execPath, SSCTL, ...args], {...options, env: {...env, ...options?.env}}),
  };
}

const COMMON = ({path}: Rig) => `
Host *
  User ${userInfo().username}
  IdentityFile ${path('id')}
  IdentitiesOnly yes
  UserKnownHostsFile ${path('known_hosts')}
  StrictHostKeyChecking yes
  BatchMode yes
`;

function section({name, address, sshPort}: Site): string {
  return `Host ${name}\n  HostName ${address}\n  Port ${sshPort}\n`;
}

function known({address, sshPort, rig}: Site): string {
  return `[${address}]:${sshPort} ${readFileSync(rig.path('host.pub'), 'utf8')}`;
}

async function createSite(
  t: ExecutionContext,
  {name, address}: Pick<Site, 'name' | 'address'>,
  client: Rig,
): Promise<Site> {
  const rig = await createRig(t);
  const sshPort = await freePort();
  await key(rig, 'host');
  layPrograms(rig);
  writeFileSync(rig.path('authorized'), readFileSync(client.path('id.pub')));
  writeFileSync(rig.path('sshd'), configOf(rig, address, sshPort));
  // The package makes it at the start of its service.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', {recursive: true, mode: 0o755});
  const sshd = rig.start([SSHD, '-D', '-e', '-f', rig.path('sshd')]);
  await sshd.line(/Server listening on/);
  const release: Site['release'] = broken => {
    const program = broken === undefined ? `exec ${SERVER.join(' ')}` : `echo ${broken} >&2; exit 3`;
    writeFileSync(rig.path('server.new'), `#!/bin/sh\n${program}\n`, {mode: 0o755});
    renameSync(rig.path('server.new'), rig.path('server'));
  };
  return {
    name,
    address,
    sshPort,
    rig,
    sshd,
    release,
    ssd: async (args = []) => {
      const ssd = rig.ssd(['--interval=0.1', '--capture-stderr', ...args], [rig.path('server')]);
      await ssd.line(/generation 1 is ready/);
      return ssd;
    },
    generation: async () => JSON.parse((await rig.ssctl(['--json', 'status'])).stdout).current,
  };
}

/** The variable marks what sshd starts, so that the rig can end it. */
const configOf = ({path, conductor}: Rig, address: string, port: number) => `
ListenAddress ${address}:${port}
HostKey ${path('host')}
AuthorizedKeysFile ${path('authorized')}
StrictModes no
PidFile none
UsePAM no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
LogLevel VERBOSE
SetEnv PATH=${path('bin')}:/usr/bin:/bin SSD_TEST_CONDUCTOR=${conductor.path}
`;

async function key(rig: Rig, name: string): Promise<void> {
  const {code, stderr} = await rig.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', rig.path(name)]);
  if (code !== 0) throw new Error(stderr);
}

/** The ssctl of this host, which finds the ssd of this host only. */
function layPrograms({path, control}: Rig): void {
  mkdirSync(path('bin'));
  symlinkSync(process.execPath, path('bin/node'));
  writeFileSync(path('bin/ssctl'), `#!/bin/sh\nexec ${process.execPath} ${SSCTL} -s ${control} "$@"\n`);
  chmodSync(path('bin/ssctl'), 0o755);
}
