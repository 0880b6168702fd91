/** Random worlds and storms for the property tests of the core. */
import fc from 'fast-check';
import type {Readiness, Tunables} from '../../src/daemon/core/types.js';
import type {StopSignal} from '../../src/shared/happening.js';
import type {Until} from '../../src/shared/verdict.js';
import type {Fate} from './fate.js';
import type {Options, Simulation} from './simulation.js';

/** Something that happens. `nth` picks one of the workers that live then. */
export type Action =
  | {readonly type: 'advance'; readonly ms: number}
  | {readonly type: 'hup'}
  | {readonly type: 'ask'; readonly attempts: number | null; readonly until: Until}
  | {readonly type: 'cancel'}
  /** The client behind one of the requests so far hangs up. */
  | {readonly type: 'forget'; readonly nth: number}
  | {readonly type: 'scale'; readonly workers: number}
  | {readonly type: 'signal'; readonly generation: number | null}
  | {readonly type: 'kill' | 'unready' | 'ready'; readonly nth: number}
  | {readonly type: 'extend'; readonly nth: number; readonly ms: number}
  | {readonly type: 'environment'; readonly tunables: Tunables}
  | Stop;
export type Stop = {
  readonly type: 'stop';
  readonly signal: StopSignal;
  readonly waits: boolean;
  readonly killAfterMs: number | null;
};

const environment = {killOldDelayMs: fc.constantFrom(0, 5000), autoRestartMs: fc.constantFrom(null, 7000)};
const tunables: fc.Arbitrary<Tunables> = fc.record(environment, {noNullPrototype: true});

const fate: fc.Arbitrary<Fate> = fc.record({
  spawnMs: fc.constantFrom(0, 0, 30, 1500),
  cause: fc.constantFrom(null, null, null, null, null, 'EAGAIN', 'ENOENT'),
  livesMs: fc.constantFrom(null, null, null, 0, 400, 1000, 2500, 9000),
  readyMs: fc.constantFrom(0, 300, 300, 2000, 6000, null),
  lingersMs: fc.constantFrom(0, 0, 700, 20_000, null),
  kills: fc.constantFrom(1, 1, 3),
});

const readiness: fc.Arbitrary<Readiness> = fc.constantFrom<Readiness>(
  {by: 'interval'},
  {by: 'signal', timeoutMs: null},
  {by: 'signal', timeoutMs: 3000},
);

export const options: fc.Arbitrary<Options> = fc.record({
  workers: fc.integer({min: 1, max: 4}),
  rolling: fc.constantFrom(null, 1, 2),
  intervalMs: fc.constantFrom(0, 1000),
  maxIntervalMs: fc.constantFrom(null, 3000),
  readiness,
  stopTimeoutMs: fc.constantFrom(null, 0, 2000),
  maxRetiring: fc.constantFrom(null, null, 0, 1),
  signalOnHup: fc.constant('HUP'),
  signalOnTerm: fc.constant('QUIT'),
  fates: fc.array(fate, {maxLength: 16}),
  ...environment,
});

const nth = fc.nat(7);
const running: readonly fc.Arbitrary<Action>[] = [
  fc.record({
    type: fc.constant('advance' as const),
    ms: fc.constantFrom(0, 1, 50, 100, 400, 1000, 1000, 5000, 15_000),
  }),
  fc.constant({type: 'hup' as const}),
  fc.record({
    type: fc.constant('ask' as const),
    attempts: fc.constantFrom(1, 1, 3, null),
    until: fc.constantFrom('ready' as const, 'gone' as const),
  }),
  fc.record({
    type: fc.constantFrom('kill' as const, 'kill' as const, 'unready' as const, 'ready' as const),
    nth,
  }),
  fc.record({type: fc.constant('extend' as const), nth, ms: fc.constantFrom(0, 500, 8000)}),
  fc.constant({type: 'cancel' as const}),
  fc.record({type: fc.constant('forget' as const), nth}),
  fc.record({type: fc.constant('scale' as const), workers: fc.integer({min: 1, max: 4})}),
  fc.record({type: fc.constant('signal' as const), generation: fc.constantFrom(null, 1, 2)}),
  fc.record({type: fc.constant('environment' as const), tunables}),
];
export const stopping: fc.Arbitrary<Stop> = fc.record({
  type: fc.constant('stop' as const),
  signal: fc.constantFrom<StopSignal>('TERM', 'INT'),
  waits: fc.boolean(),
  killAfterMs: fc.constantFrom(null, null, 0, 3000),
});
export const storm = fc.array(fc.oneof(...running), {maxLength: 40});
export const stormAfterStop = fc.array(fc.oneof(...running, stopping), {maxLength: 15});

/** What no rule promises is taken out: a worker that is never ready is given up, one that ignores signals killed. */
export function bounded(chosen: Options, isKilled = chosen.stopTimeoutMs !== null): Options {
  const hasTimeout = chosen.readiness.by === 'signal' && chosen.readiness.timeoutMs !== null;
  const fates = chosen.fates.map(({readyMs, lingersMs, ...rest}) => ({
    ...rest,
    readyMs: hasTimeout ? readyMs : (readyMs ?? 2000),
    lingersMs: isKilled ? lingersMs : (lingersMs ?? 700),
  }));
  return {...chosen, fates};
}

/** @returns whether an answer is to come */
export function act(
  simulation: Simulation,
  action: Exclude<Action, {type: 'forget'}>,
  token: string,
): boolean {
  switch (action.type) {
    case 'advance':
      simulation.advance(action.ms);
      return false;
    case 'hup':
      simulation.hup();
      return false;
    case 'environment':
      simulation.submit(action);
      return false;
    case 'kill':
    case 'ready':
    case 'unready':
    case 'extend':
      harm(simulation, action);
      return false;
    case 'ask':
      simulation.ask(token, action.attempts, action.until);
      return true;
    case 'cancel':
      simulation.submit({type: 'cancel', token});
      return true;
    case 'scale':
      simulation.submit({type: 'scale', workers: action.workers, token});
      return true;
    case 'signal':
      simulation.submit({type: 'signal', signal: 'USR1', generation: action.generation, token});
      return true;
    case 'stop':
      simulation.stop(action.signal, action.waits ? token : null, action.killAfterMs);
      return action.waits;
  }
}

type Harm = Extract<Action, {type: 'kill' | 'unready' | 'ready' | 'extend'}>;

function harm(simulation: Simulation, action: Harm): void {
  const workers = [...simulation.alive.values()];
  const worker = workers[action.nth % Math.max(1, workers.length)];
  if (!worker) return;
  const address = {generation: worker.generation, worker: worker.worker};
  if (action.type === 'kill') simulation.kill(address);
  else if (action.type === 'extend') simulation.submit({type: 'extend', ...address, ms: action.ms});
  else simulation.submit({type: action.type, ...address});
}
