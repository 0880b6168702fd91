/**
 * From an event to its effects in the core alone, in microseconds.
 *
 * Each case is one step of a model in the middle of a restart. It measures `step` alone, without the execution of the
 * effects.
 */
import type {Model} from '../../src/daemon/core/model.js';
import {step} from '../../src/daemon/core/supervisor.js';
import type {Input} from '../../src/daemon/core/types.js';
import {booted, type Simulation, serving} from '../simulation/world/simulation.js';
import {median, part, type Row} from './stage/figures.js';

/** A sample is the mean of this many steps, because the clock is too coarse for one. */
const STEPS = 100;
const SAMPLES = 200;
const GOAL_US = 20;
const MANY = 64;

type Case = {readonly model: Model; readonly event: Input};

/** The goal is for one worker. The time of a step with 64 is shown as well. */
export async function core(): Promise<readonly Row[]> {
  const ofMany = cases(MANY);
  return Object.entries(cases(1)).map(([what, one]) => {
    const figures = measure(one);
    const many = ofMany[what];
    const told = many ? `; with ${MANY} workers ${describe(measure(many))}` : '';
    return {
      what,
      seen: `${describe(figures)}${told}`,
      goal: `a median of at most ${GOAL_US} us with one worker`,
      met: median(figures) <= GOAL_US,
    };
  });
}

function cases(workers: number): Readonly<Record<string, Case>> {
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

/** The next event of a kind, and the model that it meets. */
function meet(simulation: Simulation, type: Input['type'], act: () => void): Case {
  let found: Case | undefined;
  simulation.observe = ({before, event}) => {
    if (event.type === type) found ??= {model: before, event};
  };
  act();
  if (!found) throw new Error(`no ${type} was seen`);
  return found;
}

function lastReady(simulation: Simulation): Case {
  let found: Case | undefined;
  simulation.observe = ({before, event}) => {
    if (event.type === 'ready') found = {model: before, event};
  };
  simulation.advance(100);
  if (!found) throw new Error('nobody is ready');
  return found;
}

function measure({model, event}: Case): readonly number[] {
  const sample = () => {
    const startedAt = process.hrtime.bigint();
    for (let nth = 0; nth < STEPS; nth++) step(model, event);
    return Number(process.hrtime.bigint() - startedAt) / 1000 / STEPS;
  };
  // The first ones are slow until the code has been compiled.
  return Array.from({length: 2 * SAMPLES}, sample).slice(SAMPLES);
}

function describe(figures: readonly number[]): string {
  const [least, middle, p99] = [0, 0.5, 0.99].map(share => part(figures, share).toFixed(1));
  return `least ${least} us, median ${middle} us, p99 ${p99} us`;
}
