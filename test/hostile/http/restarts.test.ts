/** While hostile clients are at HTTP, restarts take at most twice as long, memory stays bounded, and probes are answered. */
import {fileURLToPath} from 'node:url';
import type {ExecutionContext} from 'ava';
import {stage} from '../../faults/scene.js';
import {problemsOf, status} from '../../helpers/clients/control.js';
import {get} from '../../helpers/clients/http.js';
import {needs} from '../../helpers/programs.js';
import {restartUnder} from '../stage/under-attack.js';
import {KINDS} from './kinds.js';

const ATTACK = fileURLToPath(new URL('./attack.js', import.meta.url));

/** What gives up on a probe does so after a second or more. A machine that is busy with something else is given three. */
const MOST_PROBE_MS = 3000;

needs('perl')(
  `restarts take as long as ever, and memory stays bounded, with ${KINDS.join(', ')}`,
  async t => {
    t.timeout(300_000);
    const [scene, decoy] = await Promise.all([serving(t), serving(t)]);
    const {rig, ssd, place} = scene;
    const at = (target: string, kind: string) => [process.execPath, ATTACK, new URL(target).port, kind];
    for (const kind of process.env.HOSTILE === 'each' ? KINDS : ['all']) {
      const commands = {here: at(place, kind), elsewhere: at(decoy.place, kind)};
      const meanwhile = async () => {
        const askedAt = performance.now();
        t.is((await get(place, '/readyz')).status, 200, kind);
        const ms = performance.now() - askedAt;
        t.true(ms < MOST_PROBE_MS, `${kind}: a probe was answered after ${ms} ms`);
      };
      await restartUnder(t, {rig, ssd}, {kind, ...commands, meanwhile});
    }
    t.deepEqual(await problemsOf(rig), []);
  },
);

async function serving(t: ExecutionContext) {
  const {rig, ssd, traffic} = await stage(t, ['--http=0']);
  await traffic.stop();
  const {http: place} = (await status(rig)) as {readonly http?: string};
  return {rig, ssd, place: place ?? ''};
}
