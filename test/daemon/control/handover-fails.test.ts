/** Nothing is lost or done twice when a request itself causes the replacement, or when that fails. */
import test from 'ava';
import type {ControlState} from '../../../src/daemon/control/control-state.js';
import {request} from '../../helpers/clients/raw-client.js';
import {firstStage, type Stage} from './succession.js';

const THREE = request(1, 'restart') + request(2, 'cancel') + request(3, 'cancel');
const received = (state: ControlState) => Buffer.from(state.sessions[0]?.received ?? '', 'base64').toString();

test('if it fails, everything that has arrived is handled once', async t => {
  const seen: ControlState[] = [];
  const first: Stage = firstStage(t, {onSubmit: () => seen.push(first.handOver())});
  const client = first.client();
  await client.next();
  client.say(THREE + request(4, 'rel').slice(0, 20));
  t.like(await first.submitted(), {type: 'restart', asker: {token: '1:1'}});
  t.like(await first.submitted(), {type: 'cancel', token: '1:2'});
  t.like(await first.submitted(), {type: 'cancel', token: '1:3'});
  t.deepEqual(
    seen.map(state => received(state).split('\n').length),
    [3, 2, 1],
  );
  client.say(request(4, 'rel').slice(20));
  t.like(await client.next(), {id: 4, error: {data: {code: 'unknown-method'}}});
  first.server.answer('1:2', {verdict: 'cancelled', reason: 'cancel'});
  t.like(await client.next(), {id: 2});
});

test('a request may cause it: itself and the lines behind it go on in the next program', async t => {
  const stages: Stage[] = [];
  const order: string[] = [];
  const first: Stage = firstStage(t, {
    onSubmit: () => {
      if (stages.length > 0) return;
      stages.push(first.succeed({onSubmit: ({type}) => order.push(type)}));
      process.nextTick(() => order.push('all parts are there'));
    },
  });
  const client = first.client();
  await client.next();
  client.say(THREE);
  t.like(await first.submitted(), {type: 'restart', asker: {token: '1:1'}});
  const [next] = stages;
  t.like(await next?.submitted(), {type: 'cancel', token: '1:2'});
  t.like(await next?.submitted(), {type: 'cancel', token: '1:3'});
  t.deepEqual(order, ['all parts are there', 'cancel', 'cancel']);
  next?.server.answer('1:1', {verdict: 'cancelled', reason: 'cancel'});
  t.like(await client.next(), {id: 1, result: {verdict: 'cancelled'}});
});

test('before it has gone on, a program hands over what it was handed', async t => {
  const first = firstStage(t, {daemon: {metrics: () => new Promise(() => {})}});
  const client = first.client();
  await client.next();
  const half = request(4, 'releases').slice(0, 9);
  client.say(
    request(1, 'restart') +
      request(2, 'metrics') +
      request(3, 'events', {follow: true}) +
      request(5, 'releases') +
      half,
  );
  await first.submitted();
  await client.next();
  const next = first.succeed({instead: state => ({...state, dropped: ['9:9']})});
  const state = next.handOver();
  t.deepEqual(state.dropped, ['9:9']);
  t.is(received(state), half);
  t.deepEqual(state.sessions[0]?.requests, [
    {id: 1, token: '1:1', from: 'core'},
    {id: 2, token: '1:2', from: 'request', method: 'metrics', params: {}},
    {id: 3, token: '1:3', from: 'events', sent: 0, seq: 0},
  ]);
});
