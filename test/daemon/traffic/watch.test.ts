import test from 'ava';
import {createBorder} from '../../../src/daemon/faults/border.js';
import {createUndo} from '../../../src/daemon/system/undo.js';
import {watchTraffic} from '../../../src/daemon/traffic/watch.js';

test('an event and an answer go out even if nothing can be added to them', t => {
  const told: unknown[] = [];
  const undo = createUndo(() => {});
  t.teardown(undo.run);
  const {traffic} = watchTraffic({
    listeners: [],
    revived: null,
    undo,
    border: createBorder(problem => told.push(problem)),
    snapshot: () => ({incoming: null, failing: null, generations: []}),
    now: () => {
      throw new Error('no clock');
    },
  });
  const asked = {type: 'restart-asked', by: 'request', queued: false} as const;
  t.is(traffic.inEvent(asked, ['one']), asked);
  t.deepEqual(told, [{code: 'internal', subject: 'the traffic', cause: 'no clock'}]);
  const verdict = {verdict: 'cancelled', reason: 'cancel'} as const;
  t.is(traffic.inAnswer('one', verdict), verdict);
});
