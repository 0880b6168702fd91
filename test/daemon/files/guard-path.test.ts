import {existsSync, unlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {guardPath} from '../../../src/daemon/files/guard-path.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';
import {Mailbox} from '../../helpers/mailbox.js';

/** A guard of nothing: `state` says what it finds. */
function guarded() {
  const told: string[] = [];
  const state = {isThere: true, refusal: null as string | null};
  const guard = guardPath<string>({
    path: () => '/no/such/file',
    isThere: () => state.isThere,
    putBack: () => state.refusal,
    onBack: () => told.push('back'),
    onThere: () => told.push('there'),
    onFailed: cause => told.push(cause),
  });
  const look = (isThere: boolean, refusal: string | null = null) => {
    Object.assign(state, {isThere, refusal});
    guard.look();
    return told.splice(0);
  };
  return {look, dispose: guard.dispose};
}

test('a failure is told once, and so is its end, however it ends', t => {
  const {look, dispose} = guarded();
  t.deepEqual(look(true), ['there']);
  t.deepEqual(look(true), []);
  t.deepEqual(look(false), ['back']);
  t.deepEqual(look(false, 'EACCES'), ['EACCES']);
  t.deepEqual(look(false, 'EACCES'), []);
  t.deepEqual(look(true), ['there']);
  t.deepEqual(look(true), []);
  t.deepEqual(look(false, 'EEXIST'), ['EEXIST']);
  t.deepEqual(look(false), ['back']);
  t.deepEqual(look(true), []);
  dispose();
  t.deepEqual(look(false), []);
});

/** A guard of a file. Each time that it is put back, `onBack` is called before the file is watched again. */
function guardedFile(t: ExecutionContext, onBack: (path: string) => void = () => {}, {isThere = true} = {}) {
  const path = join(temporaryDirectory(t), 'file');
  const write = () => writeFileSync(path, '');
  if (isThere) write();
  const back = new Mailbox<null>('the file');
  const guard = guardPath<string>({
    path: () => path,
    isThere: () => existsSync(path),
    putBack: () => {
      write();
      return null;
    },
    onBack: () => {
      onBack(path);
      back.put(null);
    },
    onThere: () => {},
    onFailed: cause => t.fail(cause),
  });
  t.teardown(guard.dispose);
  return {path, guard, write, back: () => back.take()};
}

test('a file that is gone before it is guarded is put back', async t => {
  const {path, back} = guardedFile(t, undefined, {isThere: false});
  await back();
  t.true(existsSync(path));
});

test('a file that is removed again as soon as it is put back is put back again', async t => {
  let removals = 0;
  const {path, back} = guardedFile(t, at => {
    if (removals++ < 2) unlinkSync(at);
  });
  unlinkSync(path);
  await back();
  await back();
  await back();
  t.true(existsSync(path));
  unlinkSync(path);
  await back();
  t.true(existsSync(path));
});

test('a file that ssd has replaced, and that was removed before it is watched, is put back', async t => {
  const {path, guard, write, back} = guardedFile(t);
  unlinkSync(path);
  write();
  unlinkSync(path);
  guard.rearm();
  await back();
  t.true(existsSync(path));
});
