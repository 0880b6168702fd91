/** A real systemd for the tests of a file: `machine.sh` boots it, and units of ssd run in it. */
import {type ChildProcess, execFileSync, spawn, spawnSync} from 'node:child_process';
import {accessSync, chmodSync, constants, mkdirSync, statSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {isInstalled} from '../helpers/installed.js';
import {watched} from '../helpers/mailbox.js';
import {needs} from '../helpers/programs.js';
import {type Finished, type Rig, type Running, SSCTL, SSD} from '../helpers/rig.js';
import {asRoot} from '../helpers/root.js';

export const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
export const NODE = dirname(process.execPath);
/** Where units find Node. */
export const PATH = `${NODE}:/usr/bin:/bin`;
const PROGRAMS = ['systemctl', 'systemd-nspawn', 'journalctl', 'nsenter', 'pgrep'];

/** The machine has directories of its own in these places (systemd-nspawn(1)). */
export const HIDDEN = /^\/(tmp|run|var\/tmp)\//;

export type Machine = {
  /** Runs a command in the machine to its end. One that may take longer than usual is given its time. */
  readonly run: (rig: Rig, command: readonly string[], patienceMs?: number) => Promise<Finished>;
  /** The lines of a unit's journal as they come. */
  readonly follow: (rig: Rig, unit: string) => Pick<Running, 'line'>;
  /** Writes a file in the machine. */
  readonly write: (path: string, content: string, mode?: number) => void;
  readonly end: () => Promise<void>;
};

/** Declares a test that needs a machine of its own kind, and is skipped, and says so, where there can be none. */
export function onSystemd(title: string, implementation: (t: ExecutionContext) => Promise<void>): void {
  const possible = mayBoot();
  if (possible) asRoot(title, implementation, needs(...PROGRAMS));
  else test.skip(`${title} (needs the rights to mount and to make control groups)`, implementation);
}

/** The version of systemd, or 0. */
export function systemdVersion(): number {
  if (!isInstalled('systemctl')) return 0;
  return Number(/\d+/.exec(execFileSync('systemctl', ['--version'], {encoding: 'utf8'}))?.[0]);
}

function mayBoot(): boolean {
  try {
    accessSync('/sys/fs/cgroup', constants.W_OK);
    return spawnSync('unshare', ['--mount', 'true']).status === 0;
  } catch {
    return process.getuid?.() !== 0;
  }
}

/** @param system a directory with another system, which has nothing of this machine; null: that of this machine */
export async function bootMachine(system: string | null = null): Promise<Machine> {
  const script = join(REPOSITORY, 'test/systemd/machine.sh');
  const args = system === null ? otherMounts() : [`--system=${system}`];
  const child = spawn(script, args, {stdio: ['pipe', 'pipe', 'inherit']});
  const ended = new Promise<void>(resolve => child.on('exit', () => resolve()));
  const init = await watched(firstLine(child), () => 'systemd has not booted');
  const enter = ['nsenter', '-t', init, '-m', '-p', '-i', '-u', '--'];
  return {
    run: (rig, command, patienceMs) =>
      rig.run([...enter, ...command], patienceMs === undefined ? {} : {patienceMs}),
    follow: (rig, unit) => rig.start([...enter, 'sh', '-c', `journalctl -f -n all -o cat -u ${unit} >&2`]),
    write: (path, content, mode = 0o644) => {
      const place = join(`/proc/${init}/root`, path);
      mkdirSync(dirname(place), {recursive: true});
      writeFileSync(place, content);
      chmodSync(place, mode);
    },
    end: async () => {
      child.stdin?.end();
      await ended;
    },
  };
}

function otherMounts(): string[] {
  return [REPOSITORY, NODE].filter(
    directory => statSync(directory).dev !== statSync('/').dev || HIDDEN.test(directory),
  );
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', data => resolve(String(data).trim()));
    child.once('exit', code => reject(new Error(`machine.sh has ended with ${code}`)));
  });
}

/**
 * A server that is ready when /run/NAME.slow is gone, and fails to start while /run/NAME.bad is there. It says so, once for
 * each.
 */
const WORKER = `#!/bin/sh
echo "worker $SERVER_STARTER_GENERATION speaks" >&2
[ -e /run/$1.bad ] && { echo 'this release is broken' >&2; exit 3; }
while [ -e /run/$1.slow ]; do sleep 0.05; done
[ -z "$2" ] || sleep "$2"
echo >&"$SSD_READY_FD"
trap 'exit 0' TERM
[ -z "$3" ] || trap "sleep $3; exit 0" TERM
while :; do sleep 1000 & wait $!; done
`;

export type UnitOptions = {
  readonly type?: string;
  readonly ssd?: readonly string[];
  /** How long the worker takes to get ready, and to finish, in seconds. */
  readonly starts?: string;
  readonly finishes?: string;
  readonly lines?: readonly string[];
};

/** Installs the unit NAME.service of ssd with that worker. */
export function installUnit(machine: Machine, name: string, options: UnitOptions = {}): void {
  const {type = 'notify', ssd = [], starts = '', finishes = '', lines = []} = options;
  machine.write('/run/worker', WORKER, 0o755);
  const args = [`--control=/run/${name}/control`, '--ready=fd', ...ssd];
  const unit = [
    '[Service]',
    `Type=${type}`,
    `Environment=PATH=${PATH}`,
    `ExecStart=${SSD} ${args.join(' ')} -- /run/worker ${name} "${starts}" "${finishes}"`,
    `ExecReload=${SSCTL} -s /run/${name}/control restart`,
    `RuntimeDirectory=${name}`,
    'KillMode=mixed',
    ...lines,
    '',
  ];
  machine.write(`/run/systemd/system/${name}.service`, unit.join('\n'));
}

/** What `systemctl show` has of a unit. */
export async function show(
  machine: Machine,
  rig: Rig,
  name: string,
): Promise<Readonly<Record<string, string>>> {
  const {stdout} = await machine.run(rig, ['systemctl', 'show', name]);
  return Object.fromEntries(
    stdout.split('\n').map(line => [line.split('=')[0], line.slice(line.indexOf('=') + 1)]),
  );
}
