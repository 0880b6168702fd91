/**
 * Puts the parts together and runs them until ssd is told to stop. This is the only file that imports across all
 * folders. `main.ts` and the library's `startServer` both run what is composed here.
 *
 * Whatever the start creates is removed in the opposite order, after a stop and after a refusal half-way.
 */
import {defer} from '../shared/deferred.js';
import {causeOf, Refusal} from '../shared/words/errors.js';
import type {Config} from './config/config.js';
import type {Daemon} from './control/handlers.js';
import type {Input} from './core/types.js';
import {daemonView, type Records} from './daemon-view.js';
import {perform, type World} from './effects.js';
import {watchLeftBehind} from './left-behind.js';
import {createHistory} from './log/history.js';
import {createLog, holdBack, type Log} from './log/log.js';
import {createLogSink, describeDropped, type LogSink} from './log/sink.js';
import {createLoop, type Loop} from './loop.js';
import {createCounter} from './metrics/counts.js';
import {keepMetricsFile, type MetricsFile} from './metrics/file.js';
import {createNews} from './news.js';
import {openControl} from './open-control.js';
import {createProblems, type Problems} from './problems/problems.js';
import {careForResources} from './resource-care.js';
import {checkPaths} from './resources/distinct.js';
import {makeResources, type Resources} from './resources/list.js';
import {createClock, now, stayAlive, systemNow} from './system/clock.js';
import {keepDescriptorsPrivate} from './system/descriptors.js';
import type {Signals} from './system/signals.js';
import {createUndo, type Undo} from './system/undo.js';
import {
  createEnvironmentReader,
  demandReadable,
  type Environment,
  type EnvironmentReader,
} from './workers/environment.js';
import {checkProgram} from './workers/program.js';
import {createReadiness} from './workers/readiness/create.js';
import {spawnWorkers, type WorkerContext} from './workers/spawn.js';
import {createStderrTails} from './workers/stderr/tails.js';

export type RunOptions = {
  readonly config: Config;
  readonly signals: Signals;
  /** ssd has no terminal to keep: the command that started it has ended, or will. */
  readonly background?: boolean;
  /** No other code in this process has children. */
  readonly alone?: boolean;
  /** Called once, when the listeners are bound, the pid file is written and the first worker is spawned. */
  readonly onUp?: () => void;
  /** Told of each event, when everybody else has been. */
  readonly onEvent?: () => void;
};

/**
 * Runs ssd until it is told to stop and its workers are gone.
 *
 * @throws {Refusal} the reason why ssd cannot start; nothing that it created is left behind
 * @throws {StoppedAtStart} it was told to stop while it waited for a name server, and a thread still waits
 */
export async function runSuperdaemon(options: RunOptions): Promise<void> {
  const {config, signals, background = false, alone = false, onUp = () => {}, onEvent = () => {}} = options;
  const environment = createEnvironmentReader(config.env);
  checkProgram(config.program[0], demandReadable(environment.read()).env, config.directory);
  checkPaths(config);
  keepDescriptorsPrivate();
  const sink = createLogSink(config.logFormat, lines =>
    problems.raise({code: 'log-lines', subject: 'the log', cause: describeDropped(lines)}),
  );
  const log = createLog(sink.write);
  const held = holdBack(log);
  const records: Records = {history: createHistory(systemNow), counter: createCounter()};
  const problems = createProblems({
    now,
    timeOfDay: systemNow,
    tell: event => {
      held.log(event);
      records.history.record(event);
    },
  });
  const undo = createUndo(error => log({type: 'clean-up-failed', cause: causeOf(error)}));
  try {
    const given = {problems, undo, sink, background, alone, stopAsked: signals.stopAsked};
    const made = await makeResources(config, {log: held.log, ...given});
    held.release();
    const stopped = await supervise({
      config,
      environment,
      signals,
      log,
      problems,
      records,
      made,
      undo,
      onUp,
      onEvent,
      sink,
    });
    undo.run();
    await stopped.answer();
    if (stopped.left.length > 0) throw new Refusal({code: 'workers-left', pids: stopped.left});
  } finally {
    undo.run();
  }
}

type Supervision = {
  readonly config: Config;
  readonly environment: EnvironmentReader;
  readonly signals: Signals;
  readonly log: Log;
  readonly problems: Problems;
  readonly records: Records;
  readonly made: Resources;
  readonly undo: Undo;
  readonly onUp: () => void;
  readonly onEvent: () => void;
  readonly sink: LogSink;
};

/**
 * Resolves when ssd was told to stop and its workers are gone.
 *
 * @returns how to answer the clients that asked to stop
 */
async function supervise(supervision: Supervision): Promise<Stopped> {
  const {config, environment, log, problems, records, made, undo, onUp, onEvent, sink} = supervision;
  const ended = defer<{readonly tokens: readonly string[]; readonly left: readonly number[]}>();
  let refusal: Refusal | null = null;
  const clock = createClock(() => {
    made.children.collect();
    workers.readiness.collect();
    submit({type: 'deadline', now: now()});
  });
  undo.add(clock.dispose);
  const care = careForResources({config, made, problems});
  undo.add(care.dispose);
  const submit = (input: Input) => loop.submit(input);
  const workers = makeWorkers(supervision, submit);
  const leftBehind = watchLeftBehind({...made, problems, undo, snapshot: () => loop.snapshot(now())});
  const news = createNews({
    ...{tails: workers.tails, log, care, records, leftBehind, problems, onEvent},
    onFirstSpawn: () => {
      made.logTarget?.redirection.commit();
      onUp();
    },
    later: () => ({server, metricsFile}),
  });
  const world: World = {
    ...made,
    clock,
    problems,
    spawn: order => {
      care.prepare(order.generation);
      spawnWorkers(workers, order);
    },
    onTold: workers.readiness.stopAsking,
    onRefused: (cause, why) => {
      refusal = new Refusal({code: 'exec-failed', program: config.program[0], cause, why});
    },
    onStopped: (tokens, left) => (refusal ? ended.reject(refusal) : ended.resolve({tokens, left})),
    submit: input => submit({...input, now: now()}),
    onSignalRefused: leftBehind.refused,
    ...news,
  };
  const {settings, workers: wanted} = config;
  const {tunables} = environment.last();
  const loop = createLoop({settings, tunables, workers: wanted}, effect => perform(world, effect));
  const daemon = daemonView({config, made, sink, loop, records, problems, look: care.look});
  const server = made.control && openControl(made.control, {...supervision, daemon});
  const metricsFile = made.metricsFile && keepMetrics(supervision, daemon, made.metricsFile);
  undo.add(stayAlive());
  loop.submit({type: 'boot', now: now()});
  takeSignals(supervision, loop);
  const {tokens, left: workersLeft} = await ended.promise;
  const result = await leftBehind.atEnd();
  const left = workersLeft.flatMap(made.children.remains);
  return {left, answer: async () => server?.answerStopped(tokens, result)};
}

function takeSignals({signals, log}: Supervision, loop: Loop): void {
  signals.deliverTo({
    onRestart: () => loop.submit({type: 'restart', now: now(), by: 'signal', asker: null}),
    onStop: signal => loop.submit({type: 'stop', now: now(), signal, token: null, killAfterMs: null}),
    onIgnored: signal => log({type: 'signal-ignored', signal}),
  });
}

type Stopped = {
  /** The processes of workers that could not be ended. */
  readonly left: readonly number[];
  /** Answers the clients that asked to stop. */
  readonly answer: () => Promise<void>;
};

/** The parts that spawn a worker, learn that it is ready, and find out why it failed. */
function makeWorkers(
  {config, environment, problems, made, undo, sink}: Supervision,
  submit: (input: Input) => void,
): WorkerContext {
  const {ready, directory} = config;
  const {listeners, children} = made;
  const onEnvironment = ({oddities, unreadable}: Environment) => {
    problems.replace('environment', oddities);
    problems.replace('environment-unreadable', unreadable ? [unreadable] : []);
  };
  const tails = createStderrTails({capture: config.captureStderr, now, passOn: sink.passOn});
  undo.add(tails.dispose);
  const readiness = createReadiness(ready, {listeners, children, directory, now, submit, problems});
  undo.add(readiness.dispose);
  const readyAfterMs = config.settings.readiness.by === 'interval' ? config.settings.intervalMs : null;
  const parts = {listeners, children, readiness, tails, environment, readyAfterMs};
  return {...config, ...parts, now, submit, onEnvironment};
}

function keepMetrics(
  {problems, undo}: Supervision,
  daemon: Daemon,
  {path, file}: NonNullable<Resources['metricsFile']>,
): MetricsFile {
  const kept = keepMetricsFile({
    path,
    file,
    render: async () => (await daemon.metrics()).text,
    createClock,
    problems,
  });
  undo.add(kept.dispose);
  return kept;
}
