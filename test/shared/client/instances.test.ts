import {chmodSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {listSockets} from '../../../src/shared/client/instances.js';
import {asNobody, jsonOf, scriptCommand, source} from '../../helpers/adapters/script.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';
import {createRig} from '../../helpers/rig.js';

/** A user that no machine has, so that its places are empty. Only root's files count for such a user. */
const UID = process.getuid?.() === 0 ? 3_999_999_999 : (process.getuid?.() ?? 0);

test('the sockets in the place of the user are listed by name, and nothing else', t => {
  const XDG_RUNTIME_DIR = temporaryDirectory(t);
  const place = join(XDG_RUNTIME_DIR, 'ssd');
  t.deepEqual(listSockets({XDG_RUNTIME_DIR}, UID), []);
  mkdirSync(place);
  t.deepEqual(listSockets({XDG_RUNTIME_DIR}, UID), []);
  for (const file of ['web.sock', 'api.sock', 'web.pid', 'sock']) writeFileSync(join(place, file), '');
  t.deepEqual(
    listSockets({XDG_RUNTIME_DIR}, UID),
    ['api', 'web'].map(name => ({name, path: join(place, `${name}.sock`)})),
  );
});

test('a place that is a file, or may not be read, is empty', async t => {
  const rig = await createRig(t);
  const place = rig.path('ssd');
  writeFileSync(place, '');
  t.deepEqual(listSockets({XDG_RUNTIME_DIR: rig.directory}, UID), []);
  const shut = rig.path('shut');
  mkdirSync(join(shut, 'ssd'), {recursive: true, mode: 0o777});
  writeFileSync(join(shut, 'ssd', 'web.sock'), '');
  chmodSync(rig.directory, 0o755);
  chmodSync(join(shut, 'ssd'), 0o000);
  const script = `
    import {listSockets} from '${source('shared/client/instances')}';
    console.log(JSON.stringify(listSockets({XDG_RUNTIME_DIR: process.argv[1]}, ${UID})));`;
  const {uid} = asNobody();
  const drop =
    uid === undefined
      ? []
      : ['setpriv', `--reuid=${uid}`, '--inh-caps=-all', '--ambient-caps=-all', '--clear-groups'];
  t.deepEqual(await jsonOf(rig, [...drop, ...scriptCommand(script, shut)], {cwd: '/'}), []);
});
