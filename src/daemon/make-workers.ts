/** Puts together what spawns workers. */
import {releasesOf} from './adoption/orphans.js';
import type {Config} from './config/config.js';
import type {Input} from './core/types.js';
import type {Border} from './faults/border.js';
import {type Givers, gather} from './handover/gather.js';
import type {HandedOver} from './handover/handed-over.js';
import type {LogSink} from './log/sink.js';
import type {Problems} from './problems/problems.js';
import {tellOfStops} from './problems/worker-stopped.js';
import type {Resources} from './resources/list.js';
import type {Prepared} from './resources/prepare.js';
import {now} from './system/clock.js';
import type {Undo} from './system/undo.js';
import type {WorkersState} from './upgrade/parts.js';
import type {Environment} from './workers/environment.js';
import {createReadiness} from './workers/readiness/create.js';
import {createPins} from './workers/release/pins.js';
import type {WorkerContext} from './workers/spawn.js';
import {nameOfStart, watchStartDirectory} from './workers/start-directory.js';
import {createStderrTails} from './workers/stderr/tails.js';
import {createTrialChecks, type TrialChecks} from './workers/trial-check.js';

export type WorkerParts = Prepared & {
  readonly config: Config;
  readonly problems: Problems;
  readonly made: Resources;
  readonly undo: Undo;
  readonly sink: LogSink;
  readonly border: Border;
  readonly traces: Pick<WorkerContext, 'withTrace'>;
};

export type Workers = WorkerContext & {
  readonly checks: TrialChecks;
  readonly handOver: () => HandedOver<WorkersState>;
};

/**
 * The parts that spawn a worker, learn that it is ready, and find out why it failed.
 *
 * @param revived what a former image of ssd has handed over; `resumeWorkers` has to follow in the same turn
 */
export function makeWorkers(
  {config, environment, confinement, problems, made, undo, sink, border, traces}: WorkerParts,
  submit: (input: Input) => void,
  revived: WorkersState | null = null,
): Workers {
  const {ready, release, directory} = config;
  const {listeners, children} = made;
  // `--dir` is looked up at every start, `--release` at every restart.
  const isStartDirectory = directory === null && release === null;
  const startName = revived ? revived.startDirectory : nameOfStart(process.env.PWD);
  const lookAtStart = watchStartDirectory(isStartDirectory ? startName : null, problems);
  const onEnvironment = ({oddities, unreadable}: Environment) => {
    lookAtStart();
    problems.replace('environment', oddities);
    problems.replace('environment-unreadable', unreadable ? [unreadable] : []);
  };
  const onStop = tellOfStops(problems);
  const passOnOutput = config.captureOutput ? sink.passOnOutput : null;
  const {captureStderr: capture} = config;
  const passing = {capture, now, passOn: sink.passOn, passOnOutput, owner: confinement.uid};
  const tails = createStderrTails(passing, revived?.tails);
  undo.add(tails.dispose);
  const shared = {listeners, children, confinement};
  const readiness = createReadiness(ready, {...shared, now, submit, problems}, revived?.readiness);
  undo.add(readiness.dispose);
  const pins = createPins(release, environment, releasesOf(made.orphans), revived?.pins);
  const checks = createTrialChecks(config.check, {...shared, now, submit}, revived?.checks);
  undo.add(checks.end);
  const parts = {...shared, pins, checks, readiness, tails, environment};
  const givers: Givers<WorkersState> = {
    environment: environment.handOver,
    pins: pins.handOver,
    readiness: readiness.handOver,
    tails: tails.handOver,
    checks: checks.handOver,
    startDirectory: () => ({state: startName, fds: []}),
  };
  const handOver = () => gather(givers);
  const {withTrace} = traces;
  return {...config, ...parts, now, submit, border, onEnvironment, onStop, withTrace, handOver};
}
