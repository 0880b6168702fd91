/** Puts together what spawns workers. */
import {releasesOf} from './adoption/orphans.js';
import type {Config} from './config/config.js';
import type {Input} from './core/types.js';
import type {Border} from './faults/border.js';
import type {LogSink} from './log/sink.js';
import type {Problems} from './problems/problems.js';
import {tellOfStops} from './problems/worker-stopped.js';
import type {Resources} from './resources/list.js';
import type {Prepared} from './resources/prepare.js';
import {now} from './system/clock.js';
import type {Undo} from './system/undo.js';
import type {Environment} from './workers/environment.js';
import {createReadiness} from './workers/readiness/create.js';
import {createPins} from './workers/release/pins.js';
import type {WorkerContext} from './workers/spawn.js';
import {watchStartDirectory} from './workers/start-directory.js';
import {createStderrTails} from './workers/stderr/tails.js';
import {createTrialChecks, type TrialChecks} from './workers/trial-check.js';

export type WorkerParts = Prepared & {
  readonly config: Config;
  readonly problems: Problems;
  readonly made: Resources;
  readonly undo: Undo;
  readonly sink: LogSink;
  readonly border: Border;
};

/** The parts that spawn a worker, learn that it is ready, and find out why it failed. */
export function makeWorkers(
  {config, environment, confinement, problems, made, undo, sink, border}: WorkerParts,
  submit: (input: Input) => void,
): WorkerContext & {readonly checks: TrialChecks} {
  const {ready, release, directory} = config;
  const {listeners, children} = made;
  // `--dir` is looked up at every start, `--release` at every restart.
  const isStartDirectory = directory === null && release === null;
  const lookAtStart = watchStartDirectory(isStartDirectory ? process.env.PWD : undefined, problems);
  const onEnvironment = ({oddities, unreadable}: Environment) => {
    lookAtStart();
    problems.replace('environment', oddities);
    problems.replace('environment-unreadable', unreadable ? [unreadable] : []);
  };
  const onStop = tellOfStops(problems);
  const passOnOutput = config.captureOutput ? sink.passOnOutput : null;
  const tails = createStderrTails({
    capture: config.captureStderr,
    now,
    passOn: sink.passOn,
    passOnOutput,
    owner: confinement.uid,
  });
  undo.add(tails.dispose);
  const shared = {listeners, children, confinement};
  const readiness = createReadiness(ready, {...shared, now, submit, problems});
  undo.add(readiness.dispose);
  const pins = createPins(release, environment, releasesOf(made.orphans));
  const checks = createTrialChecks(config.check, {children, confinement, now, submit});
  undo.add(checks.end);
  const parts = {...shared, pins, checks, readiness, tails, environment};
  return {...config, ...parts, now, submit, border, onEnvironment, onStop};
}
