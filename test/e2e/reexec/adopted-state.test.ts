/** What an ssd knows of workers that it has taken over goes over to its next image. */
import test from 'ava';
import {send} from '../../helpers/clients/control.js';
import {orphaned, stateOf} from '../adopt/stage.js';
import {statusOf} from './stage.js';

test('the state file says the same of an adopted worker after a replacement', async t => {
  const {rig} = await orphaned(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd', '--on-death=term', '--kill-group']);
  const young = await rig.conductor.nextWorker();
  await statusOf(rig);
  const before = stateOf(rig);
  t.like(before.generations[0]?.workers[0], {onDeath: 'keep', hasGroup: false});
  await send(rig, 'reexec');
  await statusOf(rig);
  const {generations, since} = stateOf(rig);
  t.deepEqual({generations, since}, {generations: before.generations, since: before.since});
  await young.write(4, '\n');
  await ssd.line(/restart completed: generation 2 replaced 1/);
});

test('a worker that was added to what was taken over is a child, before and after', async t => {
  const {rig} = await orphaned(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd']);
  await rig.conductor.nextWorker();
  t.is((await rig.ssctl(['cancel'])).code, 0);
  const scaled = rig.ssctl(['scale', '2']);
  const added = await rig.conductor.nextWorker();
  t.is(added.generation, 1);
  await added.write(4, '\n');
  t.is((await scaled).code, 0);
  await send(rig, 'reexec');
  added.exit(7);
  await ssd.line(new RegExp(`generation 1 lost its worker, pid ${added.pid}: it exited with status 7`));
  t.is((await rig.conductor.nextWorker()).generation, 1);
});
