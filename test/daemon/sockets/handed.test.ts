/** Listeners go over into another image: as they are, and even if their addresses cannot be found out at the moment. */
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {parsePath, parsePort, placeListeners} from '../../../src/daemon/config/address.js';
import {handedListeners, handOverListeners} from '../../../src/daemon/sockets/inherited/handed.js';
import {closeListeners, openListeners} from '../../../src/daemon/sockets/listeners.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';

const UNKNOWN = 'no-such-host.invalid';

test('a host whose name server does not answer now keeps its listener, and another one is refused', async t => {
  const [known] = placeListeners([parsePort('127.0.0.1:0')]);
  if (known?.type !== 'tcp') return t.fail();
  const before = await openListeners({listeners: [{...known, name: `${UNKNOWN}:0`}], backlog: 10});
  const passed = handedListeners(handOverListeners(before).state);
  const unknown = {...known, host: UNKNOWN};
  await t.throwsAsync(openListeners({listeners: [{...unknown, name: 'another'}], backlog: 10}, {passed}));
  const after = await openListeners({listeners: [{...unknown, name: `${UNKNOWN}:0`}], backlog: 10}, {passed});
  t.teardown(() => closeListeners(after));
  t.deepEqual(
    after.map(({address, fd}) => [address, fd]),
    before.map(({address, fd}) => [address, fd]),
  );
});

test('an image that fails before it goes on leaves the path to the workers', async t => {
  const path = join(temporaryDirectory(t), 'x');
  const wish = {listeners: placeListeners([parsePath(path)]), backlog: 10};
  const passed = handedListeners(handOverListeners(await openListeners(wish)).state);
  const after = await openListeners(wish, {passed});
  t.true(after[0]?.isHanded);
  closeListeners(after);
  t.true(existsSync(path));
});
