import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {prepareReplacedFile} from '../../../src/daemon/files/replaced-file.js';
import {makeFifo} from '../../helpers/adapters/descriptors.js';
import {jsonOf, limited, scriptCommand, source} from '../../helpers/adapters/script.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';
import {refusalOf} from '../../helpers/refusal.js';
import {createRig} from '../../helpers/rig.js';
import {asRoot, STRANGER} from '../../helpers/root.js';

const WHAT = 'metrics file';

function prepared(t: ExecutionContext) {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'file');
  return {directory, path, file: prepareReplacedFile(path, WHAT)};
}

test('a reader that has the old file open continues to read it; the new file is readable for everybody', t => {
  const {directory, path, file} = prepared(t);
  t.is(file.replace('old'), null);
  const {ino} = statSync(path);
  t.is(file.replace('new'), null);
  t.not(statSync(path).ino, ino);
  t.is(statSync(path).mode & 0o777, 0o644 & ~process.umask());
  t.is(readFileSync(path, 'utf8'), 'new');
  t.deepEqual(readdirSync(directory), ['file']);
});

test('a file of somebody else in its place is left alone at the end', t => {
  const {path, file} = prepared(t);
  file.replace('mine');
  writeFileSync(`${path}.new`, 'precious');
  renameSync(`${path}.new`, path);
  file.remove();
  t.is(readFileSync(path, 'utf8'), 'precious');
});

test('a symbolic link is replaced, and what it leads to is left', t => {
  const directory = temporaryDirectory(t);
  const [path, target] = [join(directory, 'link'), join(directory, 'target')];
  writeFileSync(target, 'precious');
  symlinkSync(target, path);
  t.is(prepareReplacedFile(path, WHAT).replace('mine'), null);
  t.is(readFileSync(path, 'utf8'), 'mine');
  t.is(readFileSync(target, 'utf8'), 'precious');
});

test('a directory that comes into its place makes the write fail, and nothing is left beside it', t => {
  const {directory, path, file} = prepared(t);
  mkdirSync(path);
  t.is(file.replace('text'), 'EISDIR');
  t.deepEqual(readdirSync(directory), ['file']);
  rmSync(path, {recursive: true});
  t.is(file.replace('text'), null, 'the next one works');
});

test('a text that does not fit leaves the former file whole, and nothing beside it', async t => {
  const rig = await createRig(t);
  const script = `
    import {readdirSync, readFileSync} from 'node:fs';
    import {prepareReplacedFile} from '${source('daemon/files/replaced-file')}';
    // The kernel also sends this signal (setrlimit(2)), which would end the process.
    process.on('SIGXFSZ', () => {});
    const file = prepareReplacedFile('file', 'metrics file');
    const causes = [file.replace('short'), file.replace('x'.repeat(100_000))];
    console.log(JSON.stringify([causes, readFileSync('file', 'utf8'), readdirSync('.').includes('file.' + process.pid)]));`;
  const seen = await jsonOf(rig, limited('f', 8, scriptCommand(script)));
  t.deepEqual(seen, [[null, 'EFBIG'], 'short', false]);
});

test('a FIFO is refused without waiting for a reader', t => {
  const {path} = makeFifo(t);
  t.like(
    refusalOf(() => prepareReplacedFile(path, WHAT)),
    {code: 'file-unusable', what: WHAT, path, cause: 'it is not a regular file'},
  );
});

asRoot('a directory that is not ours is refused', async t => {
  const rig = await createRig(t);
  const script = `
    import {prepareReplacedFile} from '${source('daemon/files/replaced-file')}';
    try { prepareReplacedFile(process.argv[1], 'metrics file'); } catch (error) { console.log(JSON.stringify(error.failure)); }`;
  const path = rig.path('file');
  const failure = await jsonOf(rig, scriptCommand(script, path), {uid: STRANGER, cwd: '/'});
  t.deepEqual(failure, {code: 'file-unusable', what: WHAT, path, cause: 'EACCES'});
});
