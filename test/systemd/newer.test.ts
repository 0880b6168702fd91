/**
 * What only a newer systemd can do. It is this machine's, or that of the directory which SSD_NEWER_SYSTEM names, and which
 * `newer.sh` has made; that runs under a kernel of its own.
 */
import test, {type ExecutionContext} from 'ava';
import {createRig, type Rig, SSD} from '../helpers/rig.js';
import {bootKernel, LONG_MS, onKernel} from './kernel.js';
import {bootMachine, installUnit, type Machine, onSystemd, PATH, show, systemdVersion} from './machine.js';

/** Of 253 is Type=notify-reload, of 254 is FDSTORE. */
const NEWER = 254;
const here = systemdVersion();
const system = process.env.SSD_NEWER_SYSTEM ?? '';

type Implementation = (t: ExecutionContext) => Promise<void>;
function onNewer(title: string, implementation: Implementation): void {
  if (here >= NEWER) onSystemd(title, implementation);
  else if (system !== '') onKernel(title, implementation);
  else test.skip(`${title} (systemd here is ${here}, and SSD_NEWER_SYSTEM names no other)`, implementation);
}

let booted: Promise<Machine> | undefined;
/** Booted by the first test that needs it. */
async function machineOf(t: ExecutionContext): Promise<{rig: Rig; machine: Machine}> {
  t.timeout(LONG_MS);
  booted ??= here >= NEWER ? bootMachine() : bootKernel(system);
  return {rig: await createRig(t), machine: await booted};
}
test.after.always(async () => (await booted)?.end());

onNewer('Type=notify-reload reloads by SIGHUP, and ends with the restart, failed or not', async t => {
  const {rig, machine} = await machineOf(t);
  installUnit(machine, 'new', {type: 'notify-reload', lines: ['ExecReload=']});
  const systemctl = (...args: readonly string[]) => machine.run(rig, ['systemctl', ...args]);
  t.is((await systemctl('start', 'new')).code, 0);
  const {MainPID} = await show(machine, rig, 'new');
  const reload = async (status: RegExp) => {
    t.is((await systemctl('reload', 'new')).code, 0);
    const after = await show(machine, rig, 'new');
    t.like(after, {ActiveState: 'active', MainPID, NRestarts: '0'});
    t.regex(after.StatusText ?? '', status);
  };
  await reload(/^generation 2 is ready$/);
  machine.write('/run/new.bad', '');
  // The restart is tried again and again, so the numbers that follow are a matter of time.
  await reload(/^generation 2 is ready; /);
  await machine.run(rig, ['rm', '/run/new.bad']);
  await reload(/^generation ([4-9]|\d\d+) is ready$/);
  t.is((await systemctl('stop', 'new')).code, 0);
  t.like(await show(machine, rig, 'new'), {ActiveState: 'inactive', Result: 'success'});
});

/** A unit of two listeners, and room in the store for so many. */
function installStore(machine: Machine, name: string, room: number): void {
  const options = `--control=/run/${name}/control --ready=fd --fdstore --port=127.0.0.1:0 --path=/run/${name}.sock`;
  machine.write('/run/idle', '#!/bin/sh\necho >&"$SSD_READY_FD"\nexec sleep 1000\n', 0o755);
  const unit = [
    '[Service]',
    'Type=notify',
    `Environment=PATH=${PATH}`,
    `ExecStart=${SSD} ${options} -- /run/idle`,
    `RuntimeDirectory=${name}`,
    'KillMode=mixed',
    `FileDescriptorStoreMax=${room}`,
    '',
  ];
  machine.write(`/run/systemd/system/${name}.service`, unit.join('\n'));
}

onNewer('a store that has no room for all listeners refuses the start', async t => {
  const {rig, machine} = await machineOf(t);
  installStore(machine, 'narrow', 1);
  t.is((await machine.run(rig, ['systemctl', 'start', 'narrow'])).code, 1);
  t.like(await show(machine, rig, 'narrow'), {ActiveState: 'failed', ExecMainStatus: '2'});
  const {stdout} = await machine.run(rig, ['journalctl', '-o', 'cat', '-u', 'narrow']);
  t.regex(stdout, /^ssd: --fdstore cannot keep the listeners: there are 2, and the store takes 1;/m);
});

onNewer('a store that has just enough room keeps them over a restart', async t => {
  const {rig, machine} = await machineOf(t);
  installStore(machine, 'exact', 2);
  t.is((await machine.run(rig, ['systemctl', 'start', 'exact'])).code, 0);
  t.is((await machine.run(rig, ['systemctl', 'restart', 'exact'])).code, 0);
  t.like(await show(machine, rig, 'exact'), {ActiveState: 'active', NFileDescriptorStore: '2'});
  const {stdout} = await machine.run(rig, ['journalctl', '-o', 'cat', '-u', 'exact']);
  t.is(stdout.match(/kept by the service manager$/gm)?.length, 2, stdout);
  await machine.run(rig, ['systemctl', 'stop', 'exact']);
});
