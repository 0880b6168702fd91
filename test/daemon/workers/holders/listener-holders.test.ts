import {createServer} from 'node:net';
import test from 'ava';
import {findHolders} from '../../../../src/daemon/workers/holders/listener-holders.js';

const nobody = () => ({generations: new Set<number>(), pids: new Set<number>()});

test('a search that has no time says that it has not seen all', async t => {
  const listener = createServer().listen(0);
  t.teardown(() => listener.close());
  const {fd} = (listener as unknown as {_handle: {fd: number}})._handle;
  const listeners = [{own: fd, name: '8080'}] as never;
  t.deepEqual(await findHolders(listeners, nobody, {longestMs: -1}), {holders: [], isWhole: false});
  t.deepEqual(await findHolders(listeners, nobody), {holders: [], isWhole: true});
});
