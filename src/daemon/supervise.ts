/**
 * What runs while there are workers: from the moment when all resources are made until ssd was told to stop and its workers
 * are gone. It is loaded only then. That takes some milliseconds, in which the kernel queues the first connections.
 */
import type {Event} from '../shared/protocol/event.js';
import {firstInput, openState, watchAdopted} from './adoption/take-over.js';
import type {Config} from './config/config.js';
import type {Input} from './core/types.js';
import {daemonView} from './daemon-view.js';
import {perform, type World} from './effects.js';
import {createEnding, type Ended} from './ending.js';
import {doEach} from './faults/border.js';
import type {Ground} from './ground.js';
import type {HttpParts} from './http/open.js';
import {watchLeftBehind} from './left-behind.js';
import {createLoop, type Loop, reportInput} from './loop.js';
import {makeWorkers} from './make-workers.js';
import type {MetricsFile} from './metrics/file.js';
import {keepMetrics} from './metrics/keep.js';
import {createNews} from './news.js';
import {openControl} from './open-control.js';
import {careForResources} from './resources/care.js';
import type {HttpSocket} from './resources/http.js';
import type {Resources} from './resources/list.js';
import type {Prepared} from './resources/prepare.js';
import {startWarnings} from './resources/start-warnings.js';
import {now, stayAlive, systemNow} from './system/clock.js';
import type {Signals} from './system/signals.js';
import {takeSignals} from './take-signals.js';
import type {Traces} from './traces/port.js';
import {openTraces} from './traces/traces.js';
import {watchTraffic} from './traffic/watch.js';
import {goOn} from './upgrade/go-on.js';
import type {Began, Handover} from './upgrade/handover.js';
import type {Parts} from './upgrade/parts.js';
import {upgradeBy} from './upgrade/upgrade-by.js';
import {weighWorkers} from './workers/memory/weigh.js';
import {collectors, createWorld} from './world.js';

export type Supervision = Ground &
  Prepared & {
    readonly config: Config;
    readonly signals: Signals;
    readonly made: Resources;
    readonly onUp: (warnings: readonly string[]) => void;
    readonly onEvent: (event: Event) => void;
    readonly background: boolean;
    readonly alone: boolean;
    readonly command: readonly [path: string, args: readonly string[]] | null;
    readonly handover: Handover<Parts> | null;
  };

/**
 * Resolves when ssd was told to stop and its workers are gone.
 *
 * @returns how to answer the clients that asked to stop
 */
export async function supervise(supervision: Supervision): Promise<Stopped> {
  const traces = await openTraces(supervision, supervision.handover?.parts.traces ?? null);
  const stopped = await superviseTraced({...supervision, traces});
  return {...stopped, flush: traces.flush};
}

type Traced = Supervision & {readonly traces: Traces};

async function superviseTraced(supervision: Traced): Promise<Omit<Stopped, 'flush'>> {
  const {config, log, problems, records, made, undo, onUp, onEvent, border, handover} = supervision;
  const {ended, ...ending} = createEnding(config.program[0]);
  const former = handover?.parts;
  const care = careWithUndo(supervision);
  const submit = (input: Input) => loop.submit(input);
  const workers = makeWorkers(supervision, submit, former?.workers);
  const adopted = watchAdopted(supervision, submit, former?.adopted);
  const snapshot = () => loop.snapshot(now());
  const around = {...made, problems, undo, snapshot, killGroup: config.killGroup};
  const leftBehind = watchLeftBehind(around, former?.leftBehind);
  const {connections, traffic} = watchTraffic({...around, now, border, revived: former?.traffic ?? null});
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
  const began = beganOf(handover);
  const seen = {loop, records, problems, connections, look: care.look, began};
  const daemon = daemonView({...supervision, reexec: (...asked) => upgrade(...asked), ...seen});
  const serving = {...supervision, daemon, revived: former?.control ?? null};
  const server = made.control && openControl(made.control, serving);
  const metricsFile = showOutside(supervision, daemon);
  const state = openState(supervision, loop.remains, former?.state);
  const givers = {workers, adopted, state, care, server, leftBehind, traffic};
  const upgrade = upgradeBy({
    ...supervision,
    ...givers,
    model: loop.model,
    began,
    ended,
    collect: () => doEach(border, collectors({made, workers, adopted})),
    onFailed: problem => news.tell({type: 'upgrade-failed', problem}, []),
  });
  undo.add(stayAlive());
  loop.submit(handover ? goOn(handover, {...supervision, ...workers, adopted}) : firstInput(supervision));
  takeSignals(supervision, loop, upgrade);
  weighWorkers(supervision, loop);
  const {tokens, left, refusal} = await ended;
  const result = await leftBehind.atEnd();
  return {
    left: left.flatMap(made.children.remains),
    refusal,
    answer: async () => {
      await server?.answerStopped(tokens, result);
      if (!supervision.alone) server?.hangUp();
    },
  };
}

/** By HTTP and in the metrics file. */
function showOutside(supervision: Supervision, daemon: ReturnType<typeof daemonView>): MetricsFile | null {
  const {http, metricsFile} = supervision.made;
  if (http) serveLater(http, {...supervision, view: daemon});
  return metricsFile && keepMetrics(metricsFile, {...supervision, daemon});
}

/** Without `--http` none of it is loaded. Clients wait in the queue meanwhile. */
function serveLater(http: HttpSocket, parts: HttpParts): void {
  let isOver = false;
  parts.undo.add(() => {
    isOver = true;
  });
  import('./http/open.js')
    .then(({openHttp}) => {
      if (!isOver) openHttp(http, parts);
    })
    .catch(error => parts.border.report('HTTP', error));
}

function beganOf(handover: Supervision['handover']): Began {
  if (!handover) return {startedAt: now(), startTime: systemNow()};
  const {startedAt, startTime} = handover.began;
  return {startedAt, startTime: new Date(startTime)};
}

function careWithUndo({undo, ...parts}: Supervision): ReturnType<typeof careForResources> {
  const care = careForResources(parts);
  undo.add(care.dispose);
  return care;
}

function makeLoop(
  {config, environment, border, handover, traces}: Traced,
  world: World,
  refuse: (token: string) => void,
): Loop {
  const {settings, workers} = config;
  const {tunables} = environment.last();
  return createLoop(
    {settings, tunables, workers, handed: handover, observe: traces.observe},
    effect => perform(world, effect),
    (input, error) => reportInput(input, error, {border, clock: world.clock, refuse}),
  );
}

export type Stopped = Pick<Ended, 'refusal'> & {
  /** The processes of workers that could not be ended. */
  readonly left: readonly number[];
  /** Sends the traces that are left, if that is soon done. */
  readonly flush: Traces['flush'];
  /** Answers the clients that asked to stop. */
  readonly answer: () => Promise<void>;
};
