/**
 * Puts the parts together and runs them until ssd is told to stop. This is the only file that imports across all
 * folders. `main.ts` and the library's `startServer` both run what is composed here.
 *
 * Whatever the start creates is removed in the opposite order, after a stop and after a refusal half-way.
 */
import {Refusal} from '../shared/words/errors.js';
import type {AdoptedWorkers} from './adoption/adopted-workers.js';
import {firstInput, openState, watchAdopted} from './adoption/take-over.js';
import type {Config} from './config/config.js';
import type {Heavy} from './core/memory/heavy.js';
import type {Input} from './core/types.js';
import {daemonView} from './daemon-view.js';
import {perform, type World} from './effects.js';
import {createEnding, type Ended} from './ending.js';
import {doEach} from './faults/border.js';
import type {LastNet} from './faults/last-net.js';
import {type Ground, layGround} from './ground.js';
import {keepMetrics} from './keep-metrics.js';
import {type LeftBehind, watchLeftBehind} from './left-behind.js';
import {createLoop, type Loop, reportInput} from './loop.js';
import {makeWorkers, type Prepared, prepareWorkers} from './make-workers.js';
import {createNews} from './news.js';
import {openControl} from './open-control.js';
import {careForResources} from './resource-care.js';
import {checkPaths} from './resources/distinct.js';
import {makeResources, type Resources} from './resources/list.js';
import {logNoListener, startWarnings} from './start-warnings.js';
import {createClock, now, stayAlive} from './system/clock.js';
import {keepDescriptorsPrivate} from './system/descriptors.js';
import type {SignalHandlers, Signals} from './system/signals.js';
import {watchTraffic} from './traffic/watch.js';
import {measureEveryMs, watchMemory} from './workers/memory/watch.js';
import {lookAhead} from './workers/release/look-ahead.js';
import {spawnWorkers, type WorkerContext} from './workers/spawn.js';

export type RunOptions = {
  readonly config: Config;
  readonly signals: Signals;
  /** Takes the errors that nothing else has taken. */
  readonly net?: LastNet;
  /** ssd has no terminal to keep: the command that started it has ended, or will. */
  readonly background?: boolean;
  /** No other code in this process has children, or speaks to the service manager. */
  readonly alone?: boolean;
  /** Called once, when the listeners are bound, the pid file is written and the first worker is spawned. */
  readonly onUp?: (warnings: readonly string[]) => void;
  /** Called after each event, as the last of all listeners. */
  readonly onEvent?: () => void;
};

/**
 * Runs ssd until it is told to stop and its workers are gone.
 *
 * @throws {Refusal} the reason why ssd cannot start; nothing that it created is left behind
 * @throws {StoppedAtStart} it was told to stop while it waited for a name server, and a thread still waits
 */
export async function runSuperdaemon(options: RunOptions): Promise<void> {
  const {config, signals, net, background = false, alone = false} = options;
  const {onUp = () => {}, onEvent = () => {}} = options;
  const prepared = await prepareWorkers(config);
  checkPaths(config);
  keepDescriptorsPrivate();
  const ground = layGround(config, alone);
  const {sink, held, problems, border, undo, manager} = ground;
  try {
    const {stopAsked} = signals;
    const {store} = manager;
    const given = {problems, undo, sink, background, alone, stopAsked, store, handover: null};
    const made = await makeResources(config, {log: held.log, tellNow: held.tellNow, ...given});
    held.release();
    logNoListener(config, made.listeners, sink);
    net?.deliverTo(border.report);
    const stopped = await supervise({...ground, ...prepared, config, signals, made, onUp, onEvent});
    undo.run();
    await stopped.answer();
    if (stopped.refusal) throw stopped.refusal;
    if (stopped.left.length > 0) throw new Refusal({code: 'workers-left', pids: stopped.left});
  } finally {
    undo.run();
  }
}

type Supervision = Ground &
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
async function supervise(supervision: Supervision): Promise<Stopped> {
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
  const world = worldOf(supervision, {ending, care, workers, adopted, leftBehind, news, submit});
  const loop = makeLoop(supervision, world, token => server?.fail(token));
  const upgrade = async () => 'not yet';
  const views = {config, made, sink, loop, records, problems, connections, look: care.look, reexec: upgrade};
  const daemon = daemonView(views);
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

type Parts = {
  readonly ending: Pick<World, 'onRefused' | 'onGivenUp' | 'onStopped'>;
  readonly care: ReturnType<typeof careForResources>;
  readonly workers: ReturnType<typeof makeWorkers>;
  readonly adopted: AdoptedWorkers;
  readonly leftBehind: LeftBehind;
  readonly news: Pick<World, 'tell' | 'answer'>;
  readonly submit: (input: Input) => void;
};

/** How the effects of the core leave. */
function worldOf(supervision: Supervision, parts: Parts): World {
  const {made, problems, border, manager} = supervision;
  const {ending, care, workers, adopted, leftBehind, news, submit} = parts;
  return {
    ...made,
    ...ending,
    adopted,
    clock: makeClock(supervision, {...workers, adopted}, submit),
    problems,
    border,
    report: manager.hear,
    spawn: order => {
      border.guard('the listeners', care.prepare)(order.generation);
      spawnWorkers(workers, order);
    },
    look: order => lookAhead(workers, order),
    onTold: workers.readiness.stopAsking,
    checks: workers.checks,
    submit: input => submit({...input, now: now()}),
    onSignalRefused: leftBehind.refused,
    ...news,
  };
}

function careWithUndo({undo, ...parts}: Supervision): ReturnType<typeof careForResources> {
  const care = careForResources(parts);
  undo.add(care.dispose);
  return care;
}

/** The timer of the core. Exits and readiness that have come by then count first. */
function makeClock(
  {made, undo, border}: Supervision,
  workers: WorkerContext & {readonly adopted: Pick<AdoptedWorkers, 'collect'>},
  submit: WorkerContext['submit'],
) {
  const steps = {
    'the end of a child': made.children.collect,
    'the end of an adopted worker': workers.adopted.collect,
    readiness: workers.readiness.collect,
    deadline: () => submit({type: 'deadline', now: now()}),
  };
  const clock = createClock(() => doEach(border, steps));
  undo.add(clock.dispose);
  return clock;
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

type Stopped = Pick<Ended, 'refusal'> & {
  /** The processes of workers that could not be ended. */
  readonly left: readonly number[];
  /** Answers the clients that asked to stop. */
  readonly answer: () => Promise<void>;
};
