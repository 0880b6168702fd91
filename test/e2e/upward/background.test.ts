/** ssd in the background speaks to the service manager, as the process that stays. */
import test from 'ava';
import {openFakeManager} from '../../helpers/adapters/manager.js';
import {status} from '../../helpers/clients/control.js';
import {createRig, INSTALLED} from '../../helpers/rig.js';

test('with --daemonize the process that stays is the one that lives for the watchdog, and names no main process', async t => {
  const rig = await createRig(t);
  const manager = openFakeManager(t, rig.directory);
  const env = {...manager.env, WATCHDOG_USEC: '400000'};
  const options = [
    '--daemonize',
    `--log-file=${rig.path('log')}`,
    `--control=${rig.control}`,
    '--interval=0.1',
  ];
  // systemd names the process that it has started.
  const command = [
    'sh',
    '-c',
    'WATCHDOG_PID=$$ exec "$@"',
    'sh',
    INSTALLED.ssd,
    ...options,
    '--',
    'sleep',
    '1000',
  ];
  const started = await rig.run(command, {env});
  t.is(started.code, 0, started.stderr);
  const beat = await manager.hear('WATCHDOG');
  t.is(beat.pid, Number((await status(rig)).pid));
  t.is((await rig.ssctl(['wait', 'ready'])).code, 0);
  t.is((await rig.ssctl(['stop'])).code, 0);
  await manager.hear('STOPPING');
  t.true(manager.words().includes('READY'));
  t.false(manager.words().includes('MAINPID'));
});
