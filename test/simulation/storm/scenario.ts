/**
 * A random world and a storm of things that happen in it. It is plain data made from a seed, so that it can be
 * shrunk.
 */
import type {ReadinessRule, SignalSequence, Tunables} from '../../../src/daemon/core/types.js';
import type {StopSignal} from '../../../src/shared/protocol/event.js';
import type {RestartOrder, Until} from '../../../src/shared/protocol/verdict.js';
import type {CheckFate} from '../world/checks.js';
import type {Fate} from '../world/fate.js';
import {type Options, only} from '../world/options.js';
import {createRandom, type Random} from '../world/random.js';
import type {Asked} from '../world/simulation.js';
import {withInterruptions} from './interruptions.js';
import {MAX_MEMORY, withMeasurements} from './measurements.js';

/** Something that happens. `nth` picks one of the living workers or of the waiting clients. */
export type Action =
  | {readonly type: 'advance'; readonly ms: number}
  /** Until it is over, ssd learns nothing of what falls due. */
  | {readonly type: 'freeze'; readonly ms: number}
  | {readonly type: 'hup'}
  /** ssd is killed, and the next one takes over its workers. */
  | {readonly type: 'die'}
  /** Another image of ssd takes its place. */
  | {readonly type: 'upgrade'}
  | {readonly type: 'cancel'}
  | {readonly type: 'accept'}
  | {readonly type: 'reject'}
  | {readonly type: 'pause'; readonly maxMs: number}
  | {readonly type: 'resume'}
  /** The timer fires though nothing is due. */
  | {readonly type: 'early-timer'}
  | {
      readonly type: 'ask';
      readonly attempts: number | null;
      readonly until: Until;
      readonly release: Asked;
      readonly bakeMs: number | null;
      readonly order: RestartOrder | null;
    }
  /** A release is put in place, and the link on it. */
  | {readonly type: 'deploy'; readonly release: string; readonly broken: boolean}
  /** A release is removed. */
  | {readonly type: 'remove'; readonly release: string}
  /** A client hangs up. */
  | {readonly type: 'forget'; readonly nth: number}
  | {readonly type: 'scale'; readonly workers: number}
  | {readonly type: 'signal'; readonly generation: number | null}
  /** A signal comes that ssd passes on. */
  | {readonly type: 'forward'}
  | {readonly type: 'kill'; readonly nth: number}
  | {readonly type: 'unready'; readonly nth: number}
  | {readonly type: 'ready'; readonly nth: number}
  | {readonly type: 'note'; readonly nth: number}
  /** A measurement, perhaps above the limit. */
  | {readonly type: 'heavy'; readonly nth: number; readonly bytes: number}
  | {readonly type: 'extend'; readonly nth: number; readonly ms: number}
  | {readonly type: 'environment'; readonly tunables: Tunables}
  | {
      readonly type: 'stop';
      readonly signal: StopSignal;
      readonly waits: boolean;
      readonly killAfterMs: number | null;
    };

export type Scenario = {
  readonly options: Options;
  readonly actions: readonly Action[];
  /** Chooses the order of things that are due at the same moment; null: the planned order. */
  readonly ties: number | null;
  /** Whether slow checks run too. */
  readonly isCareful: boolean;
};

/** Slow checks run in one world of this many. */
const CAREFUL = 8;
const LONGEST_STORM = 40;
const MOST_FATES = 16;
const MOST_CHECKS = 12;

/** Moments that coincide with those of the fates. */
const IN_STEPS: readonly SignalSequence[] = [
  {signal: 'HUP', further: [{signal: 'USR1', afterMs: 700}], killAfterMs: null},
  {
    signal: 'HUP',
    further: [
      {signal: 'USR1', afterMs: 1000},
      {signal: 'USR2', afterMs: 2000},
    ],
    killAfterMs: 3000,
  },
  {signal: 'HUP', further: [], killAfterMs: 2000},
];

export function scenarioOf(seed: number): Scenario {
  const scenario = stormOf(seed);
  return {...scenario, actions: withInterruptions(withMeasurements(scenario.actions, seed), seed)};
}

/** Every second world is told to stop somewhere in the storm. */
function stormOf(seed: number): Scenario {
  const random = createRandom(seed);
  const options = optionsOf(random);
  const length = random.below(LONGEST_STORM);
  const actions = Array.from({length}, () => actionOf(random));
  const rest = {options, ties: seed, isCareful: seed % CAREFUL === 0};
  if (random.below(2) === 0) return {...rest, actions};
  const stop = random.below(length + 1);
  const isSaidAgain = random.below(2) === 0;
  const end = isSaidAgain ? [stopOf(random), actionOf(random), stopOf(random)] : [stopOf(random)];
  const all = [...actions.slice(0, stop), ...end, ...actions.slice(stop)];
  return {...rest, actions: all};
}

/**
 * Removes what no rule covers. Without a time limit for readiness, every worker gets ready at some time. Without a
 * stop timeout, no worker ignores signals.
 */
export function bounded({options, actions}: Scenario): Options {
  const {readiness, stopTimeoutMs} = options;
  const hasTimeout = readiness.by === 'signal' && readiness.timeoutMs !== null;
  // The next ssd knows nothing of a stop that its predecessor was asked for.
  const isToEnd = !actions.some(({type}) => type === 'die') && actions.some(action => isDeadly(action));
  const isKilled = stopTimeoutMs !== null || isToEnd;
  const fates = options.fates.map(({readyMs, lingersMs, remains, ...rest}) => ({
    ...rest,
    readyMs: hasTimeout ? readyMs : (readyMs ?? 2000),
    lingersMs: isKilled ? lingersMs : (lingersMs ?? 700),
    remains: remains === 'stays' && !isKilled ? 700 : remains,
  }));
  return {...options, fates};
}

function isDeadly(action: {readonly type: string; readonly killAfterMs?: number | null}): boolean {
  return action.type === 'stop' && (action.killAfterMs ?? null) !== null;
}

function optionsOf(random: Random): Options {
  const {below, pick} = random;
  return {
    workers: 1 + pick([0, 0, 1, 2, 3]),
    rolling: pick([null, null, 1, 2]),
    maxMemory: MAX_MEMORY,
    pinned: pick([false, true]),
    bakeMs: pick([0, 0, 1000, 4000]),
    order: pick<RestartOrder>(['overlap', 'overlap', 'overlap', 'overlap', 'overlap', 'stop-first']),
    check: pick([null, {everyMs: 1000, failures: 1}, {everyMs: 500, failures: 2}]),
    checks: Array.from({length: below(MOST_CHECKS + 1)}, () => checkOf(random)),
    intervalMs: pick([0, 1000]),
    maxIntervalMs: pick([null, 3000]),
    maxAttempts: pick([null, null, 1, 2, 4]),
    readiness: pick<ReadinessRule>([
      {by: 'interval'},
      {by: 'signal', timeoutMs: null},
      {by: 'signal', timeoutMs: 3000},
    ]),
    stopTimeoutMs: pick([null, 0, 2000]),
    maxRetiring: pick([null, null, 0, 1]),
    signalOnHup: pick([only('HUP'), only('HUP'), ...IN_STEPS]),
    signalOnTerm: pick([
      only('QUIT'),
      {...only('QUIT'), further: [{signal: 'ALRM', afterMs: 700}], killAfterMs: 3000},
    ]),
    ...tunablesOf(random),
    fates: Array.from({length: below(MOST_FATES + 1)}, () => fateOf(random)),
  };
}

/**
 * The moments coincide on purpose: with each other, with the interval, with the timeouts and with the steps of time.
 */
function fateOf({below, pick}: Random): Fate {
  return {
    spawnMs: pick([0, 0, 30, 1500]),
    cause: pick([null, null, null, null, null, 'EAGAIN', 'ENOENT']),
    livesMs: pick([null, null, null, 0, 300, 400, 1000, 2500, 3000, 9000, 12_000]),
    readyMs: pick([0, 300, 300, 1000, 2000, 3000, 6000, null]),
    readies: pick([1, 1, 2]),
    closesMs: pick([null, null, null, 0, 300, 2000]),
    lingersMs: pick([0, 0, 700, 2000, 20_000, null]),
    kills: pick([1, 1, 3]),
    killedMs: pick([0, 0, 30, 1000]),
    echoes: below(4) === 0,
    remains: pick([null, null, null, null, null, 0, 700, 'stays']),
    refuses: pick([null, null, null, null, null, null, null, null, null, null, 'tell', 'all']),
  };
}

function checkOf({pick}: Random): CheckFate {
  return {
    takesMs: pick([0, 30, 300, 1000]),
    fails: pick([false, false, true]),
    echoes: pick([false, true]),
  };
}

function tunablesOf({pick}: Random): Tunables {
  return {killOldDelayMs: pick([0, 0, 1000, 5000]), autoRestartMs: pick([null, null, 7000])};
}

const RELEASES = ['r1', 'r2', 'r3', 'r4'] as const;

const MAKERS: readonly [(random: Random) => Action, ...((random: Random) => Action)[]] = [
  ({pick}) => ({type: 'advance', ms: pick([0, 1, 50, 100, 300, 400, 1000, 1000, 5000, 15_000])}),
  ({pick}) => ({type: 'advance', ms: pick([50, 300, 1000, 3000])}),
  ({pick}) => ({type: 'freeze', ms: pick([1, 100, 1000, 3000, 20_000])}),
  () => ({type: 'hup'}),
  ({pick}) => ({
    type: 'ask',
    attempts: pick([1, 1, 3, null]),
    until: pick(['ready', 'gone']),
    bakeMs: pick([null, null, null, 0, 2000]),
    order: pick([null, null, null, 'stop-first', 'overlap']),
    release: pick<Asked>([
      {type: 'link'},
      {type: 'link'},
      {type: 'former'},
      {type: 'directory', path: 'r4'},
      {type: 'directory', path: 'r5'},
    ]),
  }),
  ({pick, below}) => ({type: pick(['kill', 'kill', 'unready', 'ready', 'note']), nth: below(8)}),
  ({pick, below}) => ({type: 'extend', nth: below(8), ms: pick([0, 500, 8000])}),
  ({pick}) => ({type: pick(['cancel', 'cancel', 'early-timer'])}),
  ({pick}) => ({type: pick(['accept', 'reject'])}),
  ({pick}) =>
    pick<Action>([{type: 'pause', maxMs: pick([300, 1000, 3000, 9000])}, {type: 'resume'}, {type: 'hup'}]),
  ({below}) => ({type: 'forget', nth: below(8)}),
  ({below}) => ({type: 'scale', workers: 1 + below(4)}),
  ({pick}) => ({type: 'signal', generation: pick([null, 1, 2])}),
  () => ({type: 'forward'}),
  ({pick}) => ({type: 'deploy', release: pick(RELEASES), broken: pick([false, true])}),
  ({pick}) => ({type: 'remove', release: pick(RELEASES)}),
  random => ({type: 'environment', tunables: tunablesOf(random)}),
];

function actionOf(random: Random): Action {
  return random.pick(MAKERS)(random);
}

function stopOf({pick, below}: Random): Action {
  return {
    type: 'stop',
    signal: pick(['TERM', 'INT', 'QUIT']),
    waits: below(2) === 0,
    killAfterMs: pick([null, null, 0, 3000]),
  };
}
