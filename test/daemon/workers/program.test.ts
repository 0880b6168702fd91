import {chmodSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {checkProgram, findProgram} from '../../../src/daemon/workers/program.js';
import {jsonOf, scriptCommand, source} from '../../helpers/adapters/script.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';
import {refusalOf} from '../../helpers/refusal.js';
import {createRig} from '../../helpers/rig.js';
import {asRoot, STRANGER} from '../../helpers/root.js';

/** Directories `a` and `b`, with programs, and what cannot be run. */
function scene(t: ExecutionContext): string {
  const root = temporaryDirectory(t);
  for (const name of ['a', 'b', 'a/directory']) mkdirSync(join(root, name));
  writeFileSync(join(root, 'a/first'), '', {mode: 0o755});
  writeFileSync(join(root, 'b/first'), '', {mode: 0o755});
  writeFileSync(join(root, 'b/second'), '', {mode: 0o755});
  writeFileSync(join(root, 'a/second'), '', {mode: 0o644});
  writeFileSync(join(root, 'a/denied'), '', {mode: 0o644});
  writeFileSync(join(root, 'b/directory'), '', {mode: 0o755});
  symlinkSync('first', join(root, 'a/link'));
  symlinkSync('nothing', join(root, 'a/dangling'));
  return root;
}

test('a name is looked for along PATH; what cannot be run there is passed over', t => {
  const root = scene(t);
  const PATH = `${root}/no:${root}/a/first:${root}/a:${root}/b`;
  const find = (name: string) => findProgram(name, {PATH}, null);
  t.deepEqual(find('first'), {path: `${root}/a/first`});
  t.deepEqual(find('second'), {path: `${root}/b/second`});
  t.deepEqual(find('directory'), {path: `${root}/b/directory`});
  t.deepEqual(find('link'), {path: `${root}/a/link`});
  t.deepEqual(find('denied'), {cause: 'EACCES'}, 'the reason is that of the one that was found');
  t.deepEqual(find('dangling'), {cause: 'ENOENT'});
  t.deepEqual(find('nothing'), {cause: 'ENOENT'});
});

test('relative entries, an empty one too, begin at the working directory', t => {
  const root = scene(t);
  t.deepEqual(findProgram('second', {PATH: 'b'}, root), {path: 'b/second'});
  t.deepEqual(findProgram('first', {PATH: ''}, `${root}/a`), {path: './first'});
  t.deepEqual(findProgram('first', {PATH: '/no:'}, `${root}/a`), {path: './first'});
});

test('without PATH there is a default; PATH of the worker counts, not that of ssd', t => {
  t.true('path' in findProgram('sh', {}, null));
  t.deepEqual(findProgram('sh', {PATH: scene(t)}, null), {cause: 'ENOENT'});
});

test('a name with a slash is a path, from the working directory, and stays relative', t => {
  const root = scene(t);
  t.deepEqual(findProgram('./first', {PATH: ''}, `${root}/a`), {path: './first'});
  t.deepEqual(findProgram('a/first', {PATH: `${root}/b`}, root), {path: 'a/first'});
  t.deepEqual(findProgram(`${root}/b/first`, {}, '/no'), {path: `${root}/b/first`});
  t.deepEqual(findProgram('./second', {PATH: `${root}/b`}, `${root}/a`), {cause: 'EACCES'});
  t.deepEqual(findProgram('a/directory', {}, root), {cause: 'EISDIR'});
  t.deepEqual(findProgram('a/first/x', {}, root), {cause: 'ENOENT'});
});

test('.. after a symbolic link leads where the kernel goes', t => {
  const root = scene(t);
  mkdirSync(join(root, 'far/away'), {recursive: true});
  writeFileSync(join(root, 'far/program'), '', {mode: 0o755});
  symlinkSync('far/away', join(root, 'link'));
  t.deepEqual(findProgram('link/../program', {}, root), {path: 'link/../program'});
});

test('a program that would fail at every spawn is refused, with the reason', t => {
  const root = scene(t);
  const refusal = (program: string, directory: string | null = root) =>
    refusalOf(() => checkProgram(program, {PATH: root}, directory));
  t.notThrows(() => checkProgram('a/first', {}, root));
  t.deepEqual(refusal('nothing'), {code: 'program-not-found', program: 'nothing'});
  t.deepEqual(refusal('a/denied'), {code: 'program-not-executable', program: 'a/denied', cause: 'EACCES'});
  t.deepEqual(refusal('a'), {code: 'program-not-executable', program: 'a', cause: 'EISDIR'});
  const path = join(root, 'no');
  t.deepEqual(refusal('a/first', path), {code: 'directory-unusable', path, cause: 'ENOENT'});
  const file = join(root, 'a/first');
  t.deepEqual(refusal('a/first', file), {code: 'directory-unusable', path: file, cause: 'ENOTDIR'});
});

asRoot('a directory that may not be entered is refused', async t => {
  const rig = await createRig(t);
  const path = rig.path('shut');
  mkdirSync(path, {mode: 0o700});
  chmodSync(rig.directory, 0o755);
  const script = `
    import {checkProgram} from '${source('daemon/workers/program')}';
    try { checkProgram('sh', {}, process.argv[1]); } catch (error) { console.log(JSON.stringify(error.failure)); }`;
  const drop = ['setpriv', `--reuid=${STRANGER}`, '--inh-caps=-all', '--ambient-caps=-all', '--clear-groups'];
  const failure = await jsonOf(rig, [...drop, ...scriptCommand(script, path)], {cwd: '/'});
  t.deepEqual(failure, {code: 'directory-unusable', path, cause: 'EACCES'});
});
