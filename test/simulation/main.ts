/**
 * `npm run simulate -- --runs=1000000 [--from=1]`, or `-- --seed=SEED` to run one world again.
 *
 * Stops at the first world that breaks a rule of `rules/invariants.ts`, and tells its shrunk story. The exit status
 * is 1 then.
 */
import {parseArgs} from 'node:util';
import {runScenario} from './run.js';
import {shrink} from './shrink.js';
import {scenarioOf} from './storm/scenario.js';
import {tell} from './tell.js';

const PROGRESS_MS = 10_000;

function main(): number {
  const text = {type: 'string'} as const;
  const {values} = parseArgs({options: {runs: text, from: text, seed: text}});
  const from = Number(values.seed ?? values.from ?? 1);
  const runs = values.seed === undefined ? Number(values.runs ?? 100_000) : 1;
  const startedAt = performance.now();
  let [steps, shownAt] = [0, startedAt];
  for (let nth = 0; nth < runs; nth++) {
    const outcome = runScenario(scenarioOf(from + nth));
    if (outcome.broken !== null) return fail(from + nth, outcome.broken);
    steps += outcome.steps;
    if (performance.now() - shownAt < PROGRESS_MS && nth + 1 < runs) continue;
    shownAt = performance.now();
    report(nth + 1, runs, {steps, seconds: (shownAt - startedAt) / 1000});
  }
  return 0;
}

function report(done: number, runs: number, {steps, seconds}: {steps: number; seconds: number}): void {
  const cpu = process.cpuUsage().user / 1e6;
  const speed = `${Math.round(done / seconds)} runs/s, ${cpu.toFixed(0)} s of CPU`;
  process.stdout.write(`${done} of ${runs} worlds, ${steps} events in ${seconds.toFixed(0)} s: ${speed}\n`);
}

function fail(seed: number, broken: string): number {
  const smallest = shrink(scenarioOf(seed), smaller => runScenario(smaller).broken === broken);
  process.stdout.write(`seed ${seed}: ${broken}\nagain: npm run simulate -- --seed=${seed}\nshrunk:\n\n`);
  process.stdout.write(`${tell(smallest)}\n`);
  return 1;
}

process.exitCode = main();
