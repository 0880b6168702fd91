import {spawnSync} from 'node:child_process';
import {closeSync, writeSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {isWritable} from '../../../../src/daemon/system/posix.js';
import {createRelay} from '../../../../src/daemon/workers/stderr/relay.js';
import {flagsOf, openDescriptors} from '../../../helpers/adapters/descriptors.js';
import {Mailbox} from '../../../helpers/mailbox.js';

const KEPT = 16;

/** A relay whose reader takes this many bytes at a time, and what it was given. */
function relaying(t: ExecutionContext, take: (data: Buffer) => number = data => data.length) {
  const offers = new Mailbox<string>('something that is passed on');
  const taken: string[] = [];
  const relay = createRelay(
    data => {
      const bytes = take(data);
      if (bytes > 0) taken.push(data.toString('latin1', 0, bytes));
      if (data.length > 0) offers.put(data.toString('latin1'));
      return bytes;
    },
    {kept: KEPT, owner: null, onEnd: () => {}},
  );
  let open = true;
  const close = () => {
    if (open) relay.close();
    open = false;
  };
  t.teardown(close);
  return {...relay, close, taken, offer: () => offers.take()};
}

test('what is written is passed on, and its end is remembered', async t => {
  const {writeEnd, onSpawned, text, offer, taken} = relaying(t);
  t.deepEqual(flagsOf(writeEnd), {closeOnExec: true, nonBlocking: false});
  spawnSync('sh', ['-c', 'printf "first words, last words" >&2'], {stdio: ['ignore', 'ignore', writeEnd]});
  onSpawned();
  t.is(await offer(), 'first words, last words');
  t.is(text(), 'rds, last words'.padStart(KEPT, 'o'));
  t.deepEqual(taken, ['first words, last words']);
});

test('the last words count before the event loop has read them, and are passed on once', async t => {
  const {writeEnd, onSpawned, text, taken} = relaying(t);
  writeSync(writeEnd, 'last words');
  onSpawned();
  t.is(text(), 'last words');
  t.is(text(), 'last words');
  t.deepEqual(taken, ['last words']);
});

test('what a reader does not take is offered again, from where it stopped', async t => {
  let room = 3;
  const {writeEnd, offer, taken, onSpawned} = relaying(t, data => Math.min(room, data.length));
  writeSync(writeEnd, 'abcdefgh');
  t.is(await offer(), 'abcdefgh');
  room = 0;
  t.is(await offer(), 'defgh');
  room = 100;
  // The refused bytes come before those that have arrived meanwhile.
  writeSync(writeEnd, 'ij');
  onSpawned();
  t.is(await offer(), 'defgh');
  t.is(await offer(), 'ij');
  t.deepEqual(taken, ['abc', 'defgh', 'ij']);
});

test('while a reader takes nothing the worker is stopped by a full pipe, and little is kept here', async t => {
  let room = 0;
  const {writeEnd, onSpawned, offer, taken} = relaying(t, data => Math.min(room, data.length));
  const chunk = Buffer.alloc(4096, 'x');
  let written = 0;
  for (const _ of Array(5)) {
    while (isWritable(writeEnd)) written += writeSync(writeEnd, chunk);
    await offer();
  }
  t.false(isWritable(writeEnd));
  t.true(written <= 512 * 1024, String(written));
  room = Number.POSITIVE_INFINITY;
  onSpawned();
  while (taken.join('').length < written) await offer();
  t.is(taken.join('').length, written);
});

test('at the end what is left is offered once more', async t => {
  let room = 0;
  const {writeEnd, onSpawned, offer, taken, close} = relaying(t, data => Math.min(room, data.length));
  writeSync(writeEnd, 'left');
  onSpawned();
  await offer();
  room = 100;
  close();
  t.deepEqual(taken, ['left']);
});

test('the last words count, however much comes before them that the event loop has not read', async t => {
  const {writeEnd, onSpawned, text} = relaying(t);
  writeSync(writeEnd, `${'x'.repeat(60_000)}last words`);
  onSpawned();
  t.is(text(), 'last words'.padStart(KEPT, 'x'));
});

test('after the end of the relay a worker that writes gets EPIPE', async t => {
  const {writeEnd, close} = relaying(t);
  close();
  await new Promise(resolve => setImmediate(resolve));
  t.throws(() => writeSync(writeEnd, 'x'), {code: 'EPIPE'});
  closeSync(writeEnd);
});

test.serial('both ends are closed in the end', async t => {
  const before = openDescriptors(/pipe/).length;
  const {onSpawned, close} = relaying(t);
  t.is(openDescriptors(/pipe/).length, before + 2);
  onSpawned();
  close();
  await new Promise(resolve => setImmediate(resolve));
  t.is(openDescriptors(/pipe/).length, before);
});

test('the order of what is written is kept while nobody reads it, whatever Node has read already', async t => {
  let room = 0;
  const {writeEnd, onSpawned, text, offer, taken, close} = relaying(t, data => Math.min(room, data.length));
  writeSync(writeEnd, 'A'.repeat(10));
  t.is(await offer(), 'A'.repeat(10));
  // More than is asked for at once: Node reads it into its own buffer when it looks again.
  writeSync(writeEnd, 'B'.repeat(60_000));
  await offer();
  writeSync(writeEnd, 'C'.repeat(10));
  t.is(text(), `${'B'.repeat(KEPT - 10)}${'C'.repeat(10)}`);
  room = Number.POSITIVE_INFINITY;
  onSpawned();
  close();
  t.is(taken.join(''), 'A'.repeat(10) + 'B'.repeat(60_000) + 'C'.repeat(10));
});
