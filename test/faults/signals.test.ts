/** Far more signals than in real use. */
import {readFileSync} from 'node:fs';
import {status} from '../helpers/clients/control.js';
import {needs} from '../helpers/programs.js';
import {recovers, stage} from './scene.js';

const HUPS = 10_000;
/** The promise is about ten seconds. A shorter time is harder, and the test is shorter. */
const SECONDS = 4;
/** The signals that arrive during a restart cause one more, and no two spawns are nearer than the interval. */
const INTERVAL_MS = 200;
const MOST_GROWTH_KIB = 40 * 1024;

needs('perl')(
  `${HUPS} SIGHUPs in ${SECONDS} s: restarts go on one after the other, nothing piles up`,
  async t => {
    const scene = await stage(t, [`--interval=${INTERVAL_MS}ms`]);
    const before = residentKib(scene.ssd.pid);
    const loop = `for (1..${HUPS}) { kill HUP => ${scene.ssd.pid} or die; select undef, undef, undef, ${SECONDS / HUPS} }`;

    const {code, stderr} = await scene.rig.run(['perl', '-e', loop]);

    t.is(code, 0, stderr);
    await recovers(t, scene);
    const {current, generations} = (await status(scene.rig)) as {current?: number; generations?: object[]};
    t.log(
      `${current} generations, resident memory ${before} KiB before, ${residentKib(scene.ssd.pid)} after`,
    );
    t.true(Number(current) > 3);
    t.is(generations?.length, 1);
    t.true(residentKib(scene.ssd.pid) - before < MOST_GROWTH_KIB);
  },
);

function residentKib(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
