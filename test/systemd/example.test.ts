/** The unit of examples/ under a real systemd, as it stands, with its user and its directories. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {createRig} from '../helpers/rig.js';
import {bootMachine, onSystemd, show} from './machine.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const SERVER = `#!/bin/sh
[ -e /srv/app/broken ] && { echo 'cannot connect to the database' >&2; exit 1; }
echo >&"$SSD_READY_FD"
exec sleep 1000
`;
/** Where the installed programs are, for a user who may not enter the checkout. */
const PLACE = '/opt/ssd';
const INSTALL = `mkdir -p ${PLACE}/dist /usr/local/bin /srv/app/current
cp -R "$1/package.json" ${PLACE} && cp -R "$1/dist/bundle" ${PLACE}/dist
mkdir ${PLACE}/node_modules && cp -R "$1/node_modules/koffi" "$1/node_modules/@koromix" ${PLACE}/node_modules
ln -sf ${PLACE}/dist/bundle/bin/ssd.cjs /usr/local/bin/ssd
ln -sf ${PLACE}/dist/bundle/bin/ssctl.cjs /usr/local/bin/ssctl
[ -e /usr/bin/node ] || install "$2" /usr/bin/node
id -u www-data || useradd --system www-data`;

onSystemd('the unit of the example starts, is reloaded, refuses a broken release, and stops', async t => {
  const [rig, machine] = [await createRig(t), await bootMachine()];
  t.teardown(machine.end);
  const systemctl = (...args: readonly string[]) => machine.run(rig, ['systemctl', ...args]);
  const installed = await machine.run(rig, ['sh', '-c', INSTALL, 'sh', root, process.execPath]);
  t.is(installed.code, 0, installed.stderr);
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
