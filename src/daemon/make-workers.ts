/** Puts together what spawns workers. */
import type {Config} from './config/config.js';
import type {Input} from './core/types.js';
import type {Border} from './faults/border.js';
import type {LogSink} from './log/sink.js';
import type {Problems} from './problems/problems.js';
import {tellOfStops} from './problems/worker-stopped.js';
import type {Resources} from './resources/list.js';
import {now} from './system/clock.js';
import type {Undo} from './system/undo.js';
import type {Environment, EnvironmentReader} from './workers/environment.js';
import {createReadiness} from './workers/readiness/create.js';
import {createPins} from './workers/release/pins.js';
import type {WorkerContext} from './workers/spawn.js';
import {createStderrTails} from './workers/stderr/tails.js';
import {createTrialChecks, type TrialChecks} from './workers/trial-check.js';

export type WorkerParts = {
  readonly config: Config;
  readonly environment: EnvironmentReader;
  readonly problems: Problems;
  readonly made: Resources;
  readonly undo: Undo;
  readonly sink: LogSink;
  readonly border: Border;
};

/** The parts that spawn a worker, learn that it is ready, and find out why it failed. */
export function makeWorkers(
  {config, environment, problems, made, undo, sink, border}: WorkerParts,
  submit: (input: Input) => void,
): WorkerContext & {readonly checks: TrialChecks} {
  const {ready, release} = config;
  const {listeners, children} = made;
  const onEnvironment = ({oddities, unreadable}: Environment) => {
    problems.replace('environment', oddities);
    problems.replace('environment-unreadable', unreadable ? [unreadable] : []);
  };
  const onStop = tellOfStops(problems);
  const passOnOutput = config.captureOutput ? sink.passOnOutput : null;
  const tails = createStderrTails({capture: config.captureStderr, now, passOn: sink.passOn, passOnOutput});
  undo.add(tails.dispose);
  const readiness = createReadiness(ready, {listeners, children, now, submit, problems});
  undo.add(readiness.dispose);
  const readyAfterMs = config.settings.readiness.by === 'interval' ? config.settings.intervalMs : null;
  const pins = createPins(release, environment);
  const checks = createTrialChecks(config.check, {children, now, submit});
  undo.add(checks.end);
  const parts = {pins, checks, listeners, children, readiness, tails, environment, readyAfterMs};
  return {...config, ...parts, now, submit, border, onEnvironment, onStop};
}
