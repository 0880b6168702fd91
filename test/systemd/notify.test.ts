/** Units of Type=notify under a real systemd: what it makes of what ssd says. */
import test from 'ava';
import {createRig} from '../helpers/rig.js';
import {bootMachine, installUnit, type Machine, onSystemd, show} from './machine.js';

let booted: Promise<Machine> | undefined;
/** Booted by the first test that needs it. */
function machineOf(): Promise<Machine> {
  booted ??= bootMachine();
  return booted;
}
test.after.always(async () => (await booted)?.end());

onSystemd(
  'a unit starts when the first generation is ready, is reloaded, and a broken release fails the reload',
  async t => {
    const [rig, machine] = [await createRig(t), await machineOf()];
    const systemctl = (...args: readonly string[]) => machine.run(rig, ['systemctl', ...args]);
    installUnit(machine, 'app');
    machine.write('/run/app.slow', '');
    const log = machine.follow(rig, 'app');
    const starting = systemctl('start', 'app');
    await log.line(/worker 1 speaks/);
    t.like(await show(machine, rig, 'app'), {
      ActiveState: 'activating',
      StatusText: 'generation 1 is starting',
    });
    await machine.run(rig, ['rm', '/run/app.slow']);
    t.is((await starting).code, 0);
    const started = await show(machine, rig, 'app');
    t.like(started, {ActiveState: 'active', StatusText: 'generation 1 is ready'});

    t.is((await systemctl('reload', 'app')).code, 0);
    t.like(await show(machine, rig, 'app'), {
      MainPID: started.MainPID,
      ActiveState: 'active',
      StatusText: 'generation 2 is ready',
    });

    machine.write('/run/app.bad', '');
    const broken = await systemctl('reload', 'app');
    t.is(broken.code, 1, broken.stderr);
    t.like(await show(machine, rig, 'app'), {
      MainPID: started.MainPID,
      ActiveState: 'active',
      StatusText: 'generation 2 is ready; generation 3 has failed to start',
    });
    await machine.run(rig, ['rm', '/run/app.bad']);
    t.is((await systemctl('reload', 'app')).code, 0);

    t.is((await systemctl('stop', 'app')).code, 0);
    t.like(await show(machine, rig, 'app'), {
      ActiveState: 'inactive',
      Result: 'success',
      ExecMainStatus: '0',
    });
  },
);

const RELOADS = {
  good: [/^worker 2 speaks/, /^generation 2 is ready/, /^restart completed/],
  failed: [/^worker 2 speaks/, /^this release is broken/, /^restart failed/],
};
for (const kind of ['good', 'failed'] as const) {
  onSystemd(`the journal has each line of a ${kind} reload once`, async t => {
    const [rig, machine] = [await createRig(t), await machineOf()];
    const name = `once-${kind}`;
    installUnit(machine, name, {ssd: ['--capture-stderr']});
    await machine.run(rig, ['systemctl', 'start', name]);
    if (kind === 'failed') machine.write(`/run/${name}.bad`, '');
    await machine.run(rig, ['systemctl', 'reload', name]);
    await machine.run(rig, ['systemctl', 'stop', name]);
    const {stdout} = await machine.run(rig, ['journalctl', '-u', name, '-o', 'cat']);
    // What stands behind the time and the name of the writer.
    const said = stdout.split('\n').map(line => line.replace(/^\S+Z ssd\[\d+\]: /, ''));
    const twice = said.filter((line, nth) => line !== '' && said.indexOf(line) !== nth);
    t.deepEqual(twice, [], stdout);
    for (const pattern of RELOADS[kind]) t.is(said.filter(line => pattern.test(line)).length, 1, stdout);
    t.false(
      said.some(line => /ssctl|serves, ready after|its last lines/.test(line)),
      stdout,
    );
  });
}

onSystemd('SIGHUP makes the unit reloading until the restart has ended, failed or not', async t => {
  const [rig, machine] = [await createRig(t), await machineOf()];
  installUnit(machine, 'hup');
  await machine.run(rig, ['systemctl', 'start', 'hup']);
  const log = machine.follow(rig, 'hup');
  await log.line(/generation 1 is ready/);
  const active = async () => (await show(machine, rig, 'hup')).ActiveState;
  machine.write('/run/hup.slow', '');
  await machine.run(rig, ['systemctl', 'kill', '-s', 'HUP', '--kill-who=main', 'hup']);
  await log.line(/worker 2 speaks/);
  t.is(await active(), 'reloading');
  await machine.run(rig, ['rm', '/run/hup.slow']);
  await log.line(/generation 2 is ready/);
  t.is(await active(), 'active');

  machine.write('/run/hup.bad', '');
  await machine.run(rig, ['systemctl', 'kill', '-s', 'HUP', '--kill-who=main', 'hup']);
  await log.line(/attempt 1 failed/);
  t.is(await active(), 'active');
  await log.line(/attempt 2 failed/);
  t.regex(
    (await show(machine, rig, 'hup')).StatusText ?? '',
    /^generation 2 is ready; \d+ attempts have failed/,
  );
  await machine.run(rig, ['systemctl', 'stop', 'hup']);
});
