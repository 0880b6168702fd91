/** The unit of examples/ under a real systemd, as it stands, with its user and its directories. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {createRig} from '../helpers/rig.js';
import {installPrograms} from './install.js';
import {bootMachine, onSystemd, show} from './machine.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const readme = readFileSync(join(root, 'examples/systemd/README.md'), 'utf8');
const SERVER = `#!/bin/sh
[ -e /srv/app/broken ] && { echo 'cannot connect to the database' >&2; exit 1; }
echo >&"$SSD_READY_FD"
exec sleep 1000
`;
onSystemd('the unit of the example starts, is reloaded, refuses a broken release, and stops', async t => {
  const [rig, machine] = [await createRig(t), await bootMachine()];
  t.teardown(machine.end);
  const systemctl = (...args: readonly string[]) => machine.run(rig, ['systemctl', ...args]);
  await installPrograms(machine, rig);
  machine.write('/srv/app/current/server', SERVER, 0o755);
  const unit = readFileSync(join(root, 'examples/systemd/app.service'), 'utf8');
  // The port of this machine may be in use.
  machine.write('/run/systemd/system/app.service', unit.replace('--port=8080', '--port=127.0.0.1:0'));

  const started = await systemctl('start', 'app');
  t.is(started.code, 0, `${started.stderr} ${(await machine.run(rig, ['journalctl', '-u', 'app'])).stdout}`);
  t.like(await show(machine, rig, 'app'), {StatusText: 'generation 1 is ready', User: 'www-data'});
  t.is((await systemctl('reload', 'app')).code, 0);
  machine.write('/srv/app/broken', '');
  t.is((await systemctl('reload', 'app')).code, 1);
  t.like(await show(machine, rig, 'app'), {
    ActiveState: 'active',
    StatusText: 'generation 2 is ready; generation 3 has failed to start',
  });
  t.is((await systemctl('stop', 'app')).code, 0);
  const {stdout} = await machine.run(rig, ['journalctl', '-u', 'app', '-o', 'cat']);
  t.is(stdout.match(/^cannot connect to the database$/gm)?.length, 1, stdout);
  t.is(stdout.match(/generation 2 is ready/g)?.length, 1, stdout);
  t.like(await show(machine, rig, 'app'), {Result: 'success'});
});

onSystemd(
  'the template runs a service for a file in /etc/ssd, and does not try again where the file is wrong',
  async t => {
    const [rig, machine] = [await createRig(t), await bootMachine()];
    t.teardown(machine.end);
    const systemctl = (...args: readonly string[]) => machine.run(rig, ['systemctl', ...args]);
    await installPrograms(machine, rig);
    machine.write('/srv/web/current/server', SERVER, 0o755);
    machine.write(
      '/run/systemd/system/ssd@.service',
      readFileSync(join(root, 'examples/systemd/ssd@.service'), 'utf8'),
    );
    const [, printed = ''] = /^```json\n(.*)\n```$/m.exec(readme) ?? [];
    const options = {...JSON.parse(printed), port: '127.0.0.1:0'};
    machine.write('/etc/ssd/web.json', JSON.stringify(options));
    machine.write('/etc/ssd/wrong.json', JSON.stringify({...options, prot: 80}));

    const started = await systemctl('enable', '--now', 'ssd@web');
    t.is(
      started.code,
      0,
      `${started.stderr} ${(await machine.run(rig, ['journalctl', '-u', 'ssd@web'])).stdout}`,
    );
    t.like(await show(machine, rig, 'ssd@web'), {
      StatusText: 'generation 1 is ready',
      Description: 'web, run by ssd',
    });
    t.is((await systemctl('reload', 'ssd@web')).code, 0);
    const status = await machine.run(rig, ['ssctl', '-n', 'web', '--json', 'status']);
    t.like(JSON.parse(status.stdout), {instance: 'web', current: 2});
    t.is((await machine.run(rig, ['ssctl', '-n', 'web', 'stop'])).code, 0);
    const log = machine.follow(rig, 'ssd@web');
    await log.line(/Deactivated successfully/);
    t.like(await show(machine, rig, 'ssd@web'), {ActiveState: 'inactive', NRestarts: '0'});

    t.is((await systemctl('start', 'ssd@wrong')).code, 1);
    t.like(await show(machine, rig, 'ssd@wrong'), {
      ActiveState: 'failed',
      ExecMainStatus: '2',
      NRestarts: '0',
    });
  },
);
