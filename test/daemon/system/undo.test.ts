import test from 'ava';
import {createUndo} from '../../../src/daemon/system/undo.js';

test('the last step is undone first, and each only once', t => {
  const done: number[] = [];
  const undo = createUndo(error => t.fail(String(error)));
  for (const step of [1, 2, 3]) undo.add(() => done.push(step));
  undo.run();
  undo.run();
  t.deepEqual(done, [3, 2, 1]);
});

test('a step that fails is reported, and the others are still undone', t => {
  const done: number[] = [];
  const errors: unknown[] = [];
  const undo = createUndo(error => errors.push(error));
  const broken = new Error('broken');
  undo.add(() => done.push(1));
  undo.add(() => {
    throw broken;
  });
  undo.add(() => done.push(3));
  t.notThrows(undo.run);
  t.deepEqual(done, [3, 1]);
  t.deepEqual(errors, [broken]);
});

test('a step that is added during the undoing is undone too, and so is a later one', t => {
  const done: string[] = [];
  const undo = createUndo(error => t.fail(String(error)));
  undo.add(() => {
    done.push('first');
    undo.add(() => done.push('added meanwhile'));
  });
  undo.run();
  undo.add(() => done.push('added later'));
  undo.run();
  t.deepEqual(done, ['first', 'added meanwhile', 'added later']);
});
