/** `/events`: a stream that can be taken up again. */
import test from 'ava';
import type {Recorded} from '../../../src/shared/protocol/event.js';
import {follow, get, httpPlace, type Message} from '../../helpers/clients/http.js';
import {createRig} from '../../helpers/rig.js';
import {eventsOf, reexec} from '../reexec/stage.js';

const OPTIONS = ['--port=127.0.0.1:0', '--http=0', '--interval=0'];
const seqOf = ({data}: Message) => Number(data.seq);

test('it has the events that ssctl events shows, then each that comes, until ssd ends', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(OPTIONS);
  const place = await httpPlace(ssd);
  await ssd.line(/generation 1 is ready/);
  const past = await eventsOf(rig);
  const stream = follow(place);
  for (const event of past) t.deepEqual((await stream.next()).data, event as unknown as Recorded);
  t.is((await rig.ssctl(['restart'])).code, 0);
  t.like((await stream.until('restart-ended')).data, {verdict: 'completed', generation: 2});
  ssd.kill('SIGTERM');
  await stream.until('stopped');
  await stream.closed;
  t.is((await ssd.exit()).code, 0);
});

test('a client goes on behind its cursor, and with that of another ssd it gets all that is kept', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(OPTIONS);
  const place = await httpPlace(ssd);
  await ssd.line(/generation 1 is ready/);
  const first = follow(place);
  const {id} = await first.until('ready');
  first.close();
  t.is((await rig.ssctl(['restart'])).code, 0);
  const again = follow(place, id);
  const next = await again.next();
  t.like(next.data, {type: 'restart-asked'});
  for (const cursor of ['1-1', 'nonsense', `${id}000`, `${id}0000000000000000000`]) {
    const other = follow(place, cursor);
    t.is(seqOf(await other.next()), 1, cursor);
    other.close();
  }
  again.close();
});

test('a cursor holds when another ssd has taken the place, at the same address', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(OPTIONS);
  const place = await httpPlace(ssd);
  await ssd.line(/generation 1 is ready/);
  const stream = follow(place);
  const last = await stream.until('ready');
  await reexec(rig);
  await stream.closed;
  const again = follow(place, last.id);
  const next = await again.next();
  t.is(seqOf(next), seqOf(last) + 1);
  t.is(next.data.type, 'upgraded');
  again.close();
});

test('33 clients are too many, and one that goes makes room', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(OPTIONS);
  const place = await httpPlace(ssd);
  await ssd.line(/generation 1 is ready/);
  const streams = Array.from({length: 32}, () => follow(place));
  for (const stream of streams) await stream.next();
  const refused = await get(place, '/events');
  t.is(refused.status, 503);
  t.is(refused.headers['retry-after'], '5');
  t.is((await get(place, '/readyz')).status, 200);
  streams[0]?.close();
  // ssd notices that some time later.
  while ((await get(place, '/events', {method: 'HEAD'})).status !== 200);
  for (const stream of streams) stream.close();
});
