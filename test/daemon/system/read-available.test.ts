import {closeSync, constants, openSync, writeSync} from 'node:fs';
import test from 'ava';
import {readAvailable} from '../../../src/daemon/system/read-available.js';
import {closing, makeFifo} from '../../helpers/adapters/descriptors.js';

test('what has arrived is read, up to a number of bytes; if nothing has arrived, there are none', t => {
  const {readEnd, writeEnd} = makeFifo(t);
  t.is(readAvailable(readEnd, 10).length, 0);
  writeSync(writeEnd, 'hello, world');
  t.is(readAvailable(readEnd, 5).toString(), 'hello');
  t.is(readAvailable(readEnd, 100).toString(), ', world');
  t.is(readAvailable(readEnd, 100).length, 0);
});

test('what was written before the end is read after it, then nothing', t => {
  const {path} = makeFifo(t);
  const reader = closing(t, openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
  const writer = openSync(path, 'w');
  writeSync(writer, 'last words');
  closeSync(writer);
  t.is(readAvailable(reader, 100).toString(), 'last words');
  t.is(readAvailable(reader, 100).length, 0);
});

test('a descriptor that is closed has nothing to read', t => {
  t.is(readAvailable(1_000_000, 100).length, 0);
});
