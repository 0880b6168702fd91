/** Without `--http` nothing of it is loaded: neither the room nor what Node has for it. */
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {createRig} from '../../helpers/rig.js';

test('only the room of HTTP loads node:http, and ssd loads that when it is asked for', async t => {
  const rig = await createRig(t);
  const loadedBy = async (file: string) => {
    const path = fileURLToPath(new URL(`../../../src/daemon/${file}`, import.meta.url));
    const names = "process.moduleLoadList.filter(name => name.startsWith('NativeModule '))";
    const program = `import('${path}').then(() => console.log(JSON.stringify(${names})))`;
    return JSON.parse((await rig.run([process.execPath, '-e', program])).stdout) as string[];
  };
  t.false((await loadedBy('superdaemon.js')).includes('NativeModule http'));
  t.true((await loadedBy('http/open.js')).includes('NativeModule http'));
});
