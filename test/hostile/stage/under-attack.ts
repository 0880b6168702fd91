/** Restarts while hostile clients attack, beside restarts while they do not. */
import type {ExecutionContext} from 'ava';
import {median} from '../../bench/stage/figures.js';
import {restart} from '../../helpers/clients/control.js';
import {peakMib} from '../../helpers/process-figures.js';
import type {Rig, Running} from '../../helpers/rig.js';

const SAMPLES = 5;
const MOST_MIB = 160;
/** On an idle machine both medians are around 15 ms, and the noise is as large. */
const FLOOR_MS = 100;

export type Attacked = {readonly rig: Rig; readonly ssd: Running};

export type Attack = {
  readonly kind: string;
  /** The process of the clients. */
  readonly here: readonly string[];
  /** That of the same clients at another ssd. */
  readonly elsewhere: readonly string[];
  /** What else must work. */
  readonly meanwhile?: () => Promise<unknown>;
};

/** The median restart takes at most twice as long as in peace, and the memory of ssd stays bounded. */
export async function restartUnder(
  t: ExecutionContext,
  {rig, ssd}: Attacked,
  {kind, meanwhile = async () => {}, ...commands}: Attack,
): Promise<void> {
  const [attack, elsewhere] = await Promise.all([begin(rig, commands.here), begin(rig, commands.elsewhere)]);
  const samples = {calm: [] as number[], attacked: [] as number[]};
  // In turns, and the same clients at another ssd meanwhile: so both have the same share of a busy machine.
  while (samples.attacked.length < SAMPLES) {
    attack.kill('SIGSTOP');
    elsewhere.kill('SIGCONT');
    samples.calm.push(await timeRestart(t, rig));
    elsewhere.kill('SIGSTOP');
    attack.kill('SIGCONT');
    samples.attacked.push(await timeRestart(t, rig));
    await meanwhile();
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

async function begin(rig: Rig, command: readonly string[]): Promise<Running> {
  const attack = rig.start(command);
  await attack.line(/under way/);
  return attack;
}

async function timeRestart(t: ExecutionContext, rig: Rig): Promise<number> {
  const startedAt = performance.now();
  t.like(await restart(rig), {verdict: 'completed'});
  return performance.now() - startedAt;
}
