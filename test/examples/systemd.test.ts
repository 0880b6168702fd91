/** The unit of examples/: systemd accepts it, and its command lines do what the unit promises. */
import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {startTraffic} from '../helpers/clients/traffic.js';
import {needs} from '../helpers/programs.js';
import {SSCTL, SSD} from '../helpers/rig.js';
import {createKitchen, EXAMPLES} from './recipes.js';

const unit = readFileSync(join(EXAMPLES, 'systemd/app.service'), 'utf8');

/** Only this unit counts: other packages of the machine may have units with mistakes. */
needs('systemd-analyze')('systemd finds no fault in the unit', async t => {
  const {rig, run} = await createKitchen(t, 'systemd');
  writeFileSync(rig.path('app.service'), unit.replaceAll('/usr/local/bin', rig.path('bin')));
  const {code, stderr} = await run(
    `systemd-analyze verify --man=no --recursive-errors=no ${rig.path('app.service')}`,
  );
  t.deepEqual({code, stderr}, {code: 0, stderr: ''});
});

needs('systemctl')('the unit can be enabled, and then starts with the machine', async t => {
  const {rig, run} = await createKitchen(t, 'systemd');
  mkdirSync(rig.path('root/etc/systemd/system'), {recursive: true});
  writeFileSync(rig.path('root/etc/systemd/system/app.service'), unit);
  const readme = readFileSync(join(EXAMPLES, 'systemd/README.md'), 'utf8');
  const [, command = ''] = /`(systemctl enable --now app)`/.exec(readme) ?? [];
  const offline = command.replace('systemctl', `systemctl --root=${rig.path('root')}`).replace(' --now', '');
  const {code, stderr} = await run(offline);
  t.is(code, 0, stderr);
  t.deepEqual(readdirSync(rig.path('root/etc/systemd/system/multi-user.target.wants')), ['app.service']);
});

test('the commands of the unit start the service and restart it, and no request fails', async t => {
  const kitchen = await createKitchen(t, 'deploy');
  const {rig, port, folder} = kitchen;
  const command = (key: string) =>
    (new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1] ?? '')
      .replace('/usr/local/bin/ssd', `${process.execPath} ${SSD}`)
      // There is no systemd here. test/systemd/example.test.ts runs the unit as it is.
      .replace(' --fdstore', '')
      .replace('/usr/local/bin/ssctl', `${process.execPath} ${SSCTL}`)
      .replace('/run/app/control', rig.control)
      .replace('/srv/app/current', join(folder, 'release'));
  const ssd = kitchen.ssd(command('ExecStart'));
  await ssd.line(/generation 1 is ready/);

  const traffic = startTraffic(port);
  t.teardown(async () => void (await traffic.stop()));
  await traffic.answeredBy(1, 20);
  const reloaded = await kitchen.run(command('ExecReload'));
  t.is(reloaded.code, 0, reloaded.stderr);
  await traffic.answeredBy(2, 20);
  t.is((await traffic.stop()).failed, 0);

  // systemd sends SIGTERM.
  ssd.kill('SIGTERM');
  t.deepEqual(await ssd.exit(), {code: 0, signal: null}, ssd.stderr());
});

test('after `ssctl stop` the service stays down, because the unit starts ssd again only after a failure', async t => {
  t.regex(unit, /^Restart=on-failure$/m);
  const kitchen = await createKitchen(t, 'deploy');
  const ssd = kitchen.ssd('ssd --port=8080 --ready=fd -- release/server');
  await ssd.line(/generation 1 is ready/);
  t.is((await kitchen.run('ssctl stop')).code, 0);
  t.deepEqual(await ssd.exit(), {code: 0, signal: null}, ssd.stderr());
});
