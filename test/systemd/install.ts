/** Installs the programs in the machine as a package does, where users who may not enter the checkout can run them. */
import {fileURLToPath} from 'node:url';
import type {Rig} from '../helpers/rig.js';
import type {Machine} from './machine.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** Where the installed programs are. */
const PLACE = '/opt/ssd';
const INSTALL = `mkdir -p ${PLACE}/dist /usr/local/bin
cp -R "$1/package.json" ${PLACE} && cp -R "$1/dist/bundle" ${PLACE}/dist
mkdir ${PLACE}/node_modules && cp -R "$1/node_modules/koffi" "$1/node_modules/@koromix" ${PLACE}/node_modules
ln -sf ${PLACE}/dist/bundle/bin/ssd.cjs /usr/local/bin/ssd
ln -sf ${PLACE}/dist/bundle/bin/ssctl.cjs /usr/local/bin/ssctl
[ -e /usr/bin/node ] || install "$2" /usr/bin/node
id -u www-data || useradd --system www-data`;

export async function installPrograms(machine: Machine, rig: Rig): Promise<void> {
  const {code, stderr} = await machine.run(rig, ['sh', '-c', INSTALL, 'sh', root, process.execPath]);
  if (code !== 0) throw new Error(`the programs cannot be installed: ${stderr}`);
}
