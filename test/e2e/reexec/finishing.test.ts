/** A restart whose new generation is ready and whose old one is still finishing when ssd is replaced. */
import test from 'ava';
import {boundPort, createRig} from '../../helpers/rig.js';
import {eventsOf, reexec} from './stage.js';

test('its client gets the verdict when the old generation is gone', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd']);
  await boundPort(ssd);
  const old = await rig.conductor.nextWorker();
  await old.beStubborn();
  await old.write(4, '\n');
  await ssd.line(/generation 1 is ready/);
  const restart = rig.ssctl(['--json', 'restart']);
  const young = await rig.conductor.nextWorker();
  await young.write(4, '\n');
  t.is(await old.nextSignal(), 'SIGTERM');
  await reexec(rig);
  await reexec(rig);
  old.exit(0);
  const {code, stdout} = await restart;
  t.is(code, 0, stdout);
  t.like(JSON.parse(stdout), {verdict: 'completed', generation: 2, replaced: [1]});
  t.like((await eventsOf(rig)).at(-1), {type: 'restart-ended', verdict: 'completed', generation: 2});
});
