/**
 * What runs while there are workers: from the moment when all resources are made until ssd was told to stop and its workers
 * are gone. It is loaded only then. That takes some milliseconds, in which the kernel queues the first connections.
 */
import {firstInput, openState, watchAdopted} from './adoption/take-over.js';
import type {Config} from './config/config.js';
import type {Heavy} from './core/memory/heavy.js';
import type {Input} from './core/types.js';
import {daemonView} from './daemon-view.js';
import {perform, type World} from './effects.js';
import {createEnding, type Ended} from './ending.js';
import type {Ground} from './ground.js';
import {keepMetrics} from './keep-metrics.js';
import {watchLeftBehind} from './left-behind.js';
import {createLoop, type Loop, reportInput} from './loop.js';
import {makeWorkers} from './make-workers.js';
import {createNews} from './news.js';
import {openControl} from './open-control.js';
import {careForResources} from './resources/care.js';
import type {Resources} from './resources/list.js';
import type {Prepared} from './resources/prepare.js';
import {startWarnings} from './resources/start-warnings.js';
import {now, stayAlive} from './system/clock.js';
import type {SignalHandlers, Signals} from './system/signals.js';
import {watchTraffic} from './traffic/watch.js';
import {measureEveryMs, watchMemory} from './workers/memory/watch.js';
import {createWorld} from './world.js';

export type Supervision = Ground &
  Prepared & {
    readonly config: Config;
    readonly signals: Signals;
    readonly made: Resources;
    readonly onUp: (warnings: readonly string[]) => void;
    readonly onEvent: () => void;
  };

/**
 * Resolves when ssd was told to stop and its workers are gone.
 *
 * @returns how to answer the clients that asked to stop
 */
export async function supervise(supervision: Supervision): Promise<Stopped> {
  const {config, log, problems, records, made, undo, onUp, onEvent, sink, border} = supervision;
  const {ended, ...ending} = createEnding(config.program[0]);
  const care = careWithUndo(supervision);
  const submit = (input: Input) => loop.submit(input);
  const workers = makeWorkers(supervision, submit);
  const adopted = watchAdopted(supervision, submit);
  const snapshot = () => loop.snapshot(now());
  const {killGroup} = config;
  const leftBehind = watchLeftBehind({...made, problems, undo, snapshot, killGroup});
  const {connections, traffic} = watchTraffic({...made, undo, snapshot, now, border});
  const hearers = {tails: workers.tails, log, care, records, leftBehind, problems, border, traffic, onEvent};
  const news = createNews({
    ...hearers,
    onFirstSpawn: () => {
      made.logTarget?.redirection.commit();
      onUp(startWarnings(config, made.listeners, problems));
    },
    later: () => ({server, metricsFile, state}),
  });
  const world = createWorld(supervision, {ending, care, workers, adopted, leftBehind, news, submit});
  const loop = makeLoop(supervision, world, token => server?.fail(token));
  const daemon = daemonView({config, made, sink, loop, records, problems, connections, look: care.look});
  const server = made.control && openControl(made.control, {...supervision, daemon});
  const metricsFile = made.metricsFile && keepMetrics(made.metricsFile, {...supervision, daemon});
  const state = openState(supervision, loop.remains);
  undo.add(stayAlive());
  loop.submit(firstInput(supervision));
  takeSignals(supervision, loop);
  weighWorkers(supervision, loop);
  const {tokens, left, refusal} = await ended;
  const result = await leftBehind.atEnd();
  return {
    left: left.flatMap(made.children.remains),
    refusal,
    answer: async () => server?.answerStopped(tokens, result),
  };
}

function careWithUndo({undo, ...parts}: Supervision): ReturnType<typeof careForResources> {
  const care = careForResources(parts);
  undo.add(care.dispose);
  return care;
}

function makeLoop({config, environment, border}: Supervision, world: World, refuse: (token: string) => void) {
  const {settings, workers} = config;
  const {tunables} = environment.last();
  return createLoop(
    {settings, tunables, workers},
    effect => perform(world, effect),
    (input, error) => reportInput(input, error, {border, clock: world.clock, refuse}),
  );
}

function weighWorkers({config, border, undo}: Supervision, loop: Loop): void {
  const {maxMemory: limit} = config.settings;
  if (limit === null) return;
  const submit = (heavy: Heavy) => loop.submit({...heavy, now: now()});
  const everyMs = measureEveryMs(process.env);
  undo.add(watchMemory({limit, ready: loop.readyWorkers, submit, border, everyMs}));
}

function takeSignals({config, signals, log}: Supervision, loop: Loop): void {
  const restart = {
    type: 'restart',
    by: 'signal',
    asker: null,
    release: {type: 'link'},
    bakeMs: null,
    order: null,
  } as const;
  const handlers: SignalHandlers = {
    onRestart: () => loop.submit({...restart, now: now()}),
    onStop: signal => loop.submit({type: 'stop', now: now(), signal, token: null, killAfterMs: null}),
    onForward: signal => loop.submit({type: 'forward', now: now(), signal}),
    onIgnored: signal => log({type: 'signal-ignored', signal}),
  };
  signals.deliverTo(handlers, config.forward);
}

export type Stopped = Pick<Ended, 'refusal'> & {
  /** The processes of workers that could not be ended. */
  readonly left: readonly number[];
  /** Answers the clients that asked to stop. */
  readonly answer: () => Promise<void>;
};
