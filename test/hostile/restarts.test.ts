/** While hostile clients attack, restarts take at most twice as long, and the memory of ssd stays bounded. */
import {fileURLToPath} from 'node:url';
import {stage} from '../faults/scene.js';
import {needs} from '../helpers/programs.js';
import {restartUnder} from './stage/under-attack.js';

const ATTACK = fileURLToPath(new URL('./attack.js', import.meta.url));

const EACH = [
  'clients that pour out bad lines',
  'clients that ask and never read',
  '1,000 connections',
  'clients that write a byte at a time',
];
/** All at once takes a quarter of the time of one after the other. */
const KINDS = process.env.HOSTILE === 'each' ? EACH : ['all'];

needs('perl')(`restarts take as long as ever, and memory stays bounded, with ${EACH.join(', ')}`, async t => {
  t.timeout(150_000);
  const [{rig, ssd, traffic}, decoy] = await Promise.all([stage(t), stage(t)]);
  await Promise.all([traffic.stop(), decoy.traffic.stop()]);
  const at = (control: string, kind: string) => [process.execPath, ATTACK, control, kind];
  for (const kind of KINDS) {
    const commands = {here: at(rig.control, kind), elsewhere: at(decoy.rig.control, kind)};
    await restartUnder(t, {rig, ssd}, {kind, ...commands});
  }
});
