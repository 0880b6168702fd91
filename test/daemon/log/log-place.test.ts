import {closeSync, linkSync, mkdirSync, openSync, renameSync, unlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {type Place, placeOf, ROTATION_MS, watchPlace} from '../../../src/daemon/log/log-place.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';

test('a file is where its path leads to it', t => {
  const directory = join(temporaryDirectory(t), 'd');
  mkdirSync(directory);
  const log = join(directory, 'log');
  const fd = openSync(log, 'a');
  t.teardown(() => closeSync(fd));
  t.is(placeOf(log, fd), 'there');
  renameSync(log, `${log}.1`);
  t.is(placeOf(log, fd), 'moved');
  writeFileSync(log, 'another');
  t.is(placeOf(log, fd), 'moved');
  unlinkSync(log);
  linkSync(`${log}.1`, log);
  t.is(placeOf(log, fd), 'there');
  renameSync(directory, `${directory}.old`);
  t.is(placeOf(log, fd), 'moved');
  unlinkSync(`${directory}.old/log`);
  unlinkSync(`${directory}.old/log.1`);
  t.is(placeOf(log, fd), 'removed');
});

test('what is no regular file has no place', t => {
  const fd = openSync('/dev/null', 'a');
  t.teardown(() => closeSync(fd));
  t.is(placeOf('/dev/null', fd), 'unknown');
  t.is(placeOf('/no/such/file', fd), 'unknown');
});

test('a file that was moved is gone after the time that a rotation may take, one that was removed at once', t => {
  const told: string[] = [];
  let ms = 0;
  let place: Place = 'there';
  const {look, dispose} = watchPlace({
    place: () => place,
    now: () => ms,
    onGone: cause => told.push(cause),
    onThere: () => told.push('there'),
  });
  t.teardown(dispose);
  const see = (found: Place, laterMs: number) => {
    place = found;
    ms += laterMs;
    look();
    return told.splice(0);
  };
  t.deepEqual(see('there', 0), ['there']);
  t.deepEqual(see('moved', 0), []);
  t.deepEqual(see('moved', ROTATION_MS - 1), []);
  t.deepEqual(see('unknown', 1), []);
  t.deepEqual(see('moved', 0), ['was moved away']);
  t.deepEqual(see('there', 0), ['there']);
  t.deepEqual(see('moved', ROTATION_MS), []);
  t.deepEqual(see('removed', 0), ['was removed']);
});
