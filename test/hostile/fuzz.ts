/** `npm run fuzz -- [--messages=N] [--seed=N]`: the fuzz test with any number of messages. */
import {parseArgs} from 'node:util';
import {peakMib} from '../helpers/process-figures.js';
import {createRig} from '../helpers/rig.js';
import {fuzz} from './fuzz-session.js';

const {values} = parseArgs({options: {messages: {type: 'string'}, seed: {type: 'string'}}});
const messages = Number(values.messages ?? 1_000_000);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);

const ends: (() => unknown)[] = [];
const rig = await createRig({teardown: end => void ends.push(end)});
const ssd = rig.ssd(['--interval=0', '--log-file=/dev/null'], ['sleep', '100000']);
await rig.ssctl(['wait', 'ready']);
console.log(`seed ${seed}`);
const startedAt = performance.now();
try {
  const {sent, sessions, byProduction} = await fuzz({control: rig.control, seed, messages});
  const seconds = (performance.now() - startedAt) / 1000;
  console.table(Object.fromEntries(byProduction));
  console.log(`${sent} messages in ${sessions} sessions, ${seconds.toFixed(1)} s, none answered wrongly`);
  console.log(`peak of resident memory of ssd: ${peakMib(ssd.pid).toFixed(0)} MiB`);
} catch (error) {
  console.log(error);
  console.log(ssd.stderr().split('\n').slice(-15).join('\n'));
  process.exitCode = 1;
} finally {
  for (const end of ends) end();
}
