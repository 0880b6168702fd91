/** The time limits and the watchdog of a real systemd, and ssd in the background. */
import test from 'ava';
import {createRig, type Rig} from '../helpers/rig.js';
import {bootMachine, installUnit, type Machine, onSystemd, show} from './machine.js';

let booted: Promise<Machine> | undefined;
/** Booted by the first test that needs it. */
function machineOf(): Promise<Machine> {
  booted ??= bootMachine();
  return booted;
}
test.after.always(async () => (await booted)?.end());

onSystemd('a start and a stop that have time left by ssd outlast the limits of the unit', async t => {
  const [rig, machine] = [await createRig(t), await machineOf()];
  const lines = ['TimeoutStartSec=1', 'TimeoutStopSec=1'];
  const ssd = ['--ready-timeout=20s', '--stop-timeout=20s'];
  installUnit(machine, 'slow', {ssd, starts: '1.7', finishes: '1.7', lines});
  t.is((await machine.run(rig, ['systemctl', 'start', 'slow'])).code, 0);
  t.is((await machine.run(rig, ['systemctl', 'reload', 'slow'])).code, 0);
  t.is((await machine.run(rig, ['systemctl', 'stop', 'slow'])).code, 0);
  t.like(await show(machine, rig, 'slow'), {ActiveState: 'inactive', Result: 'success'});
});

onSystemd('a stop without a limit in ssd ends with that of the unit', async t => {
  const [rig, machine] = [await createRig(t), await machineOf()];
  installUnit(machine, 'endless', {finishes: '60', lines: ['TimeoutStopSec=1']});
  t.is((await machine.run(rig, ['systemctl', 'start', 'endless'])).code, 0);
  await machine.run(rig, ['systemctl', 'stop', 'endless']);
  t.like(await show(machine, rig, 'endless'), {ActiveState: 'failed', Result: 'timeout'});
});

onSystemd('an ssd that hangs is started again by the watchdog, and one that lives is left alone', async t => {
  const [rig, machine] = [await createRig(t), await machineOf()];
  const lines = ['WatchdogSec=1', 'Restart=always', 'RestartSec=0', 'LimitCORE=0'];
  installUnit(machine, 'dog', {lines});
  await machine.run(rig, ['systemctl', 'start', 'dog']);
  const log = machine.follow(rig, 'dog');
  await aliveFor(rig, machine, 'dog');
  t.like(await show(machine, rig, 'dog'), {ActiveState: 'active', NRestarts: '0'});
  await machine.run(rig, ['systemctl', 'kill', '-s', 'STOP', '--kill-who=main', 'dog']);
  await log.line(/Watchdog timeout/);
  await log.line(/generation 1 is ready/);
  t.like(await show(machine, rig, 'dog'), {ActiveState: 'active', NRestarts: '1'});
  await machine.run(rig, ['systemctl', 'stop', 'dog']);
});

onSystemd('ssd in the background speaks to the manager under Type=forking', async t => {
  const [rig, machine] = [await createRig(t), await machineOf()];
  const ssd = ['--daemonize', '--pid-file=/run/back/pid', '--log-file=/run/back/log'];
  const lines = ['PIDFile=/run/back/pid', 'NotifyAccess=main', 'WatchdogSec=1'];
  installUnit(machine, 'back', {type: 'forking', ssd, lines});
  t.is((await machine.run(rig, ['systemctl', 'start', 'back'])).code, 0);
  const started = await show(machine, rig, 'back');
  t.is((await machine.run(rig, ['systemctl', 'reload', 'back'])).code, 0);
  await aliveFor(rig, machine, 'back');
  t.like(await show(machine, rig, 'back'), {
    MainPID: started.MainPID,
    ActiveState: 'active',
    StatusText: 'generation 2 is ready',
    NRestarts: '0',
  });
  t.is((await machine.run(rig, ['systemctl', 'stop', 'back'])).code, 0);
  t.like(await show(machine, rig, 'back'), {ActiveState: 'inactive', Result: 'success'});
});

/** Resolves when systemd has had so many signs of life that their time is more than twice the limit. */
async function aliveFor(rig: Rig, machine: Machine, unit: string): Promise<void> {
  await machine.run(rig, ['systemctl', 'log-level', 'debug']);
  const log = machine.follow(rig, unit);
  for (let beats = 0; beats < 5; beats += 1) await log.line(/WATCHDOG=1/);
}
