import {mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {createModel, type Model} from '../../../src/daemon/core/model.js';
import {step} from '../../../src/daemon/core/supervisor.js';
import type {Input, StatusLine} from '../../../src/daemon/core/types.js';
import {prepareStatusFile} from '../../../src/daemon/files/status-file.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';
import {refusalOf} from '../../helpers/refusal.js';
import {DEFAULT_SETTINGS} from '../../simulation/world/settings.js';

test('the file is made when there is content, replaced as a whole, and removed', t => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'status');
  const file = prepareStatusFile(path);
  t.deepEqual(readdirSync(directory), []);
  t.is(file.save([{generation: 1, pid: 11}]), null);
  t.is(readFileSync(path, 'utf8'), '1:11\n');
  const lines = [9, 10, 11].map(generation => ({generation, pid: 100 + generation}));
  t.is(file.save(lines), null);
  t.is(readFileSync(path, 'utf8'), '9:109\n10:110\n11:111\n');
  t.deepEqual(readdirSync(directory), ['status']);
  file.remove();
  t.deepEqual(readdirSync(directory), []);
});

test('a file that was there before and was never written stays', t => {
  const path = join(temporaryDirectory(t), 'status');
  writeFileSync(path, 'precious');
  prepareStatusFile(path).remove();
  t.is(readFileSync(path, 'utf8'), 'precious');
});

test('a write that fails says why, and leaves nothing half-done', t => {
  const directory = temporaryDirectory(t);
  mkdirSync(join(directory, 'sub'));
  const file = prepareStatusFile(join(directory, 'sub', 'status'));
  rmSync(join(directory, 'sub'), {recursive: true});
  t.is(file.save([{generation: 1, pid: 1}]), 'ENOENT');
  t.notThrows(file.remove);
});

const refused = test.macro({
  exec: (t, name: string, cause: string) => {
    const directory = temporaryDirectory(t);
    mkdirSync(join(directory, 'sub'));
    const path = join(directory, name);
    t.like(
      refusalOf(() => prepareStatusFile(path)),
      {code: 'file-unusable', what: 'status file', path, cause},
    );
    t.deepEqual(readdirSync(directory), ['sub']);
  },
  title: (given = '') => `${given} is refused before anything is started`,
});

test('a directory', refused, 'sub', 'EISDIR');
test('a file in no directory', refused, 'no/status', 'ENOENT');

test('a device is refused, because writing would replace it', t => {
  const failure = refusalOf(() => prepareStatusFile('/dev/null'));
  t.like(failure, {code: 'file-unusable', what: 'status file', path: '/dev/null'});
});

/** The lines of the last status file after these events, one a second. */
function statusAfter(events: readonly ((now: number) => Input)[]): readonly StatusLine[] {
  const tunables = {killOldDelayMs: 0, autoRestartMs: null};
  let model: Model = createModel({...DEFAULT_SETTINGS, intervalMs: 0}, tunables, 1);
  let lines: readonly StatusLine[] = [];
  for (const [index, event] of events.entries()) {
    const {model: next, effects} = step(model, event(1000 * (index + 1)));
    model = next;
    for (const effect of effects) if (effect.type === 'save-status') lines = effect.lines;
  }
  return lines;
}

test('generations are listed by number, even beyond the tenth', t => {
  const generations = [...Array(12).keys()].map(index => index + 1);
  const events = generations.flatMap(generation => [
    (now: number): Input =>
      generation === 1
        ? {type: 'boot', now}
        : {
            type: 'restart',
            now,
            by: 'signal',
            asker: null,
            release: {type: 'link'},
            bakeMs: null,
            order: null,
          },
    (now: number): Input => ({type: 'spawned', now, generation, worker: 0, pid: 1000 - generation}),
    (now: number): Input => ({type: 'deadline', now}),
  ]);
  t.deepEqual(
    statusAfter(events),
    generations.map(generation => ({generation, pid: 1000 - generation})),
  );
});
