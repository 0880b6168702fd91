import {closeSync, constants, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {openIfThere} from '../../../src/daemon/files/usable-file.js';
import {makeFifo} from '../../helpers/adapters/descriptors.js';
import {jsonOf, scriptCommand, source} from '../../helpers/adapters/script.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';
import {refusalOf} from '../../helpers/refusal.js';
import {createRig} from '../../helpers/rig.js';
import {asRoot, STRANGER} from '../../helpers/root.js';

test('a file that is there is opened, one that could be made is null, and nothing is made', t => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'file');
  t.is(openIfThere(path, constants.O_RDWR, 'pid file'), null);
  t.is(openIfThere(path, constants.O_RDWR, 'pid file'), null);
  writeFileSync(path, '');
  const fd = openIfThere(path, constants.O_RDWR, 'pid file');
  t.is(typeof fd, 'number');
  if (fd !== null) closeSync(fd);
});

test('what cannot be opened is refused, without waiting', t => {
  const directory = temporaryDirectory(t);
  mkdirSync(join(directory, 'sub'));
  writeFileSync(join(directory, 'file'), '');
  const causeAt = (path: string) => {
    const failure = refusalOf(() => openIfThere(path, constants.O_WRONLY, 'log file'));
    return failure.code === 'file-unusable' ? failure.cause : failure.code;
  };
  t.is(causeAt(join(directory, 'sub')), 'EISDIR');
  t.is(causeAt(join(directory, 'no', 'file')), 'ENOENT');
  t.is(causeAt(join(directory, 'file', 'below')), 'ENOTDIR');
  const {path} = makeFifo(t);
  const fd = openIfThere(path, constants.O_WRONLY, 'log file');
  if (fd !== null) closeSync(fd);
});

asRoot('a file, or a directory, that another user may not write is refused', async t => {
  const rig = await createRig(t);
  writeFileSync(rig.path('file'), '');
  const script = `
    import {openIfThere} from '${source('daemon/files/usable-file')}';
    const causes = process.argv.slice(1).map(path => {
      try { return openIfThere(path, 1, 'log file'); } catch (error) { return error.failure.cause; }
    });
    console.log(JSON.stringify(causes));`;
  const command = scriptCommand(script, rig.path('file'), rig.path('new'));
  t.deepEqual(await jsonOf(rig, command, {uid: STRANGER, cwd: '/'}), ['EACCES', 'EACCES']);
});
