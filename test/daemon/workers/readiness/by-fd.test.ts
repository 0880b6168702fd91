import test from 'ava';
import type {Input} from '../../../../src/daemon/core/types.js';
import {createFdReadiness} from '../../../../src/daemon/workers/readiness/by-fd.js';
import type {ReadinessContext} from '../../../../src/daemon/workers/readiness/readiness.js';

const ADDRESS = {generation: 1, worker: 0};

test('a worker whose end is not reported yet does not count as one that closed its descriptor', async t => {
  const events: Input['type'][] = [];
  await new Promise<void>(resolve => {
    const context: ReadinessContext = {
      listeners: [],
      children: {
        spawn: () => ({cause: 'EPERM'}),
        signal: () => {},
        kill: () => {},
        collect: () => {
          events.push('exited');
          readiness.end(ADDRESS);
          resolve();
        },
        dispose: () => {},
      },
      now: () => 0,
      submit: ({type}) => {
        events.push(type);
        resolve();
      },
      problems: {raise: () => {}, solve: () => {}},
    };
    const readiness = createFdReadiness(context);
    t.teardown(readiness.dispose);
    // The only writing end is closed: the pipe has ended.
    readiness.prepare(ADDRESS, {}).onSpawned(1);
  });
  t.deepEqual(events, ['exited']);
});
