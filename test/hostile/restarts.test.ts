/** While hostile clients attack, restarts take at most twice as long, and the memory of ssd stays bounded. */
import {fileURLToPath} from 'node:url';
import type {ExecutionContext} from 'ava';
import {median} from '../bench/stage/figures.js';
import {stage} from '../faults/scene.js';
import {restart} from '../helpers/clients/control.js';
import {peakMib} from '../helpers/process-figures.js';
import {needs} from '../helpers/programs.js';
import type {Rig, Running} from '../helpers/rig.js';

const ATTACK = fileURLToPath(new URL('./attack.js', import.meta.url));
const SAMPLES = 5;
const MOST_MIB = 160;
/** On an idle machine both medians are around 15 ms, and the noise is as large. */
const FLOOR_MS = 100;

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
  for (const kind of KINDS) {
    const [attack, elsewhere] = await Promise.all([
      begin(rig, rig.control, kind),
      begin(rig, decoy.rig.control, kind),
    ]);
    const samples = {calm: [] as number[], attacked: [] as number[]};
    // In turns, and the same clients at another ssd meanwhile: so both have the same share of a busy machine.
    while (samples.attacked.length < SAMPLES) {
      attack.kill('SIGSTOP');
      elsewhere.kill('SIGCONT');
      samples.calm.push(await timeRestart(t, rig));
      elsewhere.kill('SIGSTOP');
      attack.kill('SIGCONT');
      samples.attacked.push(await timeRestart(t, rig));
    }
    for (const each of [attack, elsewhere]) {
      each.kill('SIGKILL');
      await each.exit();
    }
    const [calm, attacked] = [median(samples.calm), median(samples.attacked)];
    const peak = peakMib(ssd.pid);
    t.log(`${kind}: ${calm.toFixed(0)} ms, attacked ${attacked.toFixed(0)} ms; peak ${peak.toFixed(0)} MiB`);
    t.true(attacked <= Math.max(2 * calm, FLOOR_MS), `${kind}: ${attacked} ms instead of ${calm} ms`);
    t.true(peak < MOST_MIB, `${kind}: ${peak} MiB`);
  }
});

async function begin(rig: Rig, control: string, kind: string): Promise<Running> {
  const attack = rig.start([process.execPath, ATTACK, control, kind]);
  await attack.line(/under way/);
  return attack;
}

async function timeRestart(t: ExecutionContext, rig: Rig): Promise<number> {
  const startedAt = performance.now();
  t.like(await restart(rig), {verdict: 'completed'});
  return performance.now() - startedAt;
}
