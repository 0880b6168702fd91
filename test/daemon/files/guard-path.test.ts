import test from 'ava';
import {guardPath} from '../../../src/daemon/files/guard-path.js';

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
