import test from 'ava';
import {status} from '../helpers/clients/control.js';
import {peakMib} from '../helpers/process-figures.js';
import {createRig} from '../helpers/rig.js';
import {fuzz} from './fuzz-session.js';

const MESSAGES = 100_000;
const MOST_MIB = 160;

test(`${MESSAGES} messages of a grammar: each gets the answer it is due, and memory stays bounded`, async t => {
  const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
  t.log(`seed ${seed}; again: FUZZ_SEED=${seed}, or npm run fuzz -- --seed=${seed}`);
  t.timeout(150_000);
  const rig = await createRig(t);
  // Its log would cost this process more than the answers do.
  const ssd = rig.ssd(['--ready=interval', '--interval=0', '--log-file=/dev/null'], ['sleep', '100000']);
  t.is((await rig.ssctl(['wait', 'ready'])).code, 0);

  const {sent, sessions, byProduction} = await fuzz({control: rig.control, seed, messages: MESSAGES});

  t.true(sent >= MESSAGES);
  t.is(byProduction.size, 12, 'every production was tried');
  t.log(
    `${sent} messages in ${sessions} sessions; peak of resident memory ${peakMib(ssd.pid).toFixed(0)} MiB`,
  );
  t.true(peakMib(ssd.pid) < MOST_MIB);
  t.like(await status(rig), {wanted: 'running', workers: 1});
});
