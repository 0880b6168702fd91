import {status} from '../helpers/control.js';
import {needs} from '../helpers/programs.js';
import {stage} from '../faults/scene.js';
import {fuzz} from './fuzz-session.js';
import {peakMib} from './memory.js';

const MESSAGES = 100_000;
const MOST_MIB = 160;

needs('perl')(`${MESSAGES} messages of a grammar: each gets the answer it is due, and memory stays bounded`, async t => {
  const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
  t.log(`seed ${seed}; again: FUZZ_SEED=${seed}, or npm run fuzz -- --seed=${seed}`);
  t.timeout(60_000);
  const {rig, ssd, traffic} = await stage(t);
  await traffic.stop();

  const {sent, sessions, byProduction} = await fuzz({control: rig.control, seed, messages: MESSAGES});

  t.true(sent >= MESSAGES);
  t.is(byProduction.size, 12, 'every production was tried');
  t.log(`${sent} messages in ${sessions} sessions; peak of resident memory ${peakMib(ssd.pid).toFixed(0)} MiB`);
  t.true(peakMib(ssd.pid) < MOST_MIB);
  t.like(await status(rig), {wanted: 'running', workers: 1});
});
