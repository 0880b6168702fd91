/**
 * From an event to its effects in the core alone, in microseconds; part of `npm run bench`.
 *
 * Each row is one step of a model as it is in the middle of a restart; what is measured is `step`, and nothing that
 * carries its effects out.
 */
import type {Model} from '../../src/daemon/core/model.js';
import {step} from '../../src/daemon/core/supervisor.js';
import type {Event} from '../../src/daemon/core/types.js';
import {booted, type Simulation, serving} from '../helpers/simulation.js';

/** A sample is the mean of so many steps: the clock is too coarse for one. */
const STEPS = 100;
const SAMPLES = 200;
const GOAL_US = 20;

type Row = {readonly model: Model; readonly event: Event};

/** The next event of a kind, and the model that it meets. */
function meet(simulation: Simulation, type: Event['type'], act: () => void): Row {
  let row: Row | undefined;
  simulation.observe = ({before, event}) => {
    if (event.type === type) row ??= {model: before, event};
  };
  act();
  if (!row) throw new Error(`no ${type} was seen`);
  return row;
}

function rows(workers: number): Readonly<Record<string, Row>> {
  const by = {workers, readiness: {by: 'signal', timeoutMs: 60_000}} as const;
  const ready = () => serving(by);
  const restarting = () => {
    const simulation = ready();
    simulation.ask('client');
    return simulation;
  };
  const [asked, incoming, replaced, lost, boot] = [ready(), restarting(), restarting(), ready(), booted(by)];
  return {
    'a request: the order to spawn': meet(asked, 'restart', () => asked.ask('client')),
    'spawned: the news': meet(incoming, 'spawned', () => incoming.advance(0)),
    'the last one is ready: the old ones are told': lastReady(replaced),
    'a worker is lost: its place is to be filled': meet(lost, 'exited', () =>
      lost.kill({generation: 1, worker: 0}),
    ),
    'the first one is ready': meet(boot, 'ready', () => boot.advance(100)),
  };
}

function lastReady(simulation: Simulation): Row {
  let row: Row | undefined;
  simulation.observe = ({before, event}) => {
    if (event.type === 'ready') row = {model: before, event};
  };
  simulation.advance(100);
  if (!row) throw new Error('nobody is ready');
  return row;
}

/** Sorted. */
function measure({model, event}: Row): readonly number[] {
  const sample = () => {
    const startedAt = process.hrtime.bigint();
    for (let nth = 0; nth < STEPS; nth++) step(model, event);
    return Number(process.hrtime.bigint() - startedAt) / 1000 / STEPS;
  };
  // The first ones are slow until the code has been compiled.
  return Array.from({length: 2 * SAMPLES}, sample)
    .slice(SAMPLES)
    .sort((a, b) => a - b);
}

function main(): void {
  for (const workers of [1, 64]) {
    for (const [what, row] of Object.entries(rows(workers))) {
      const figures = measure(row);
      const [least, median, p99] = [0, 0.5, 0.99].map(part =>
        figures[Math.floor(SAMPLES * part)]?.toFixed(1),
      );
      const goal = workers === 1 ? `; goal: under ${GOAL_US}` : '';
      const name = `${what}, ${workers} worker${workers === 1 ? '' : 's'}`;
      process.stdout.write(
        `${name.padEnd(60)} least ${least} us, median ${median} us, p99 ${p99} us${goal}\n`,
      );
    }
  }
}

main();
