/** The invariants at the top of `supervisor.ts`, held against random storms of events. */
import {isDeepStrictEqual} from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import type {Model} from '../../../src/daemon/core/model.js';
import type {Effect, Tunables} from '../../../src/daemon/core/types.js';
import type {StopSignal} from '../../../src/shared/protocol.js';
import {type Fate, keyOf, type Observed, type Options, Simulation} from '../../helpers/simulation.js';

type Action =
  | {readonly type: 'advance'; readonly ms: number}
  | {readonly type: 'hup'}
  | {readonly type: 'ask'; readonly attempts: number | null}
  | {readonly type: 'kill'; readonly nth: number}
  | {readonly type: 'environment'; readonly tunables: Tunables}
  | {readonly type: 'stop'; readonly signal: StopSignal; readonly waits: boolean};

/** What has been seen so far, apart from what the model says of itself. */
type Seen = {
  readonly answers: Map<string, number>;
  lastSpawnAt: number;
  /** No spawn before this moment. */
  pauseUntil: number;
  newestReady: number;
  readonly failed: Set<number>;
  stopped: boolean;
};

const delays = fc.constantFrom(0, 5000);
const autoRestarts = fc.constantFrom(null, 7000);
const environment = {killOldDelayMs: delays, autoRestartMs: autoRestarts};
const tunables: fc.Arbitrary<Tunables> = fc.record(environment, {noNullPrototype: true});

const fate: fc.Arbitrary<Fate> = fc.record({
  spawnMs: fc.constantFrom(0, 0, 30, 1500),
  cause: fc.constantFrom(null, null, null, null, 'EAGAIN', 'ENOENT'),
  livesMs: fc.constantFrom(null, null, null, 0, 400, 1000, 2500, 9000),
  lingersMs: fc.constantFrom(0, 0, 700, 20_000),
});

const options: fc.Arbitrary<Partial<Options>> = fc.record({
  workers: fc.integer({min: 1, max: 3}),
  intervalMs: fc.constantFrom(0, 1000),
  fates: fc.array(fate, {maxLength: 12}),
  ...environment,
});

const running: readonly fc.Arbitrary<Action>[] = [
  fc.record({
    type: fc.constant('advance' as const),
    ms: fc.constantFrom(0, 1, 50, 100, 400, 1000, 1000, 5000, 15_000),
  }),
  fc.constant({type: 'hup' as const}),
  fc.record({type: fc.constant('ask' as const), attempts: fc.constantFrom(1, 1, 3, null)}),
  fc.record({type: fc.constant('kill' as const), nth: fc.nat(5)}),
  fc.record({type: fc.constant('environment' as const), tunables}),
];
const stopping = fc.record({
  type: fc.constant('stop' as const),
  signal: fc.constantFrom<StopSignal>('TERM', 'INT'),
  waits: fc.boolean(),
});
const storm = fc.array(fc.oneof(...running), {maxLength: 40});
const stormAfterStop = fc.array(fc.oneof(...running, stopping), {maxLength: 15});

test('after any storm one ready generation is left, and every request was answered exactly once', t => {
  const property = fc.property(options, storm, (chosen, actions) => {
    const {simulation, seen} = weather(chosen, actions);
    simulation.fates = [];
    const {killOldDelayMs} = simulation.model.tunables;
    simulation.submit({type: 'environment', tunables: {killOldDelayMs, autoRestartMs: null}});
    simulation.rest();
    checkAnswered(seen);
    if (seen.stopped) checkEnded(simulation);
    else checkServing(simulation);
  });
  fc.assert(property, {numRuns: 700, includeErrorInReport: true});
  t.pass();
});

test('a stop at any moment leaves no workers, and every request was answered exactly once', t => {
  const property = fc.property(options, storm, stopping, stormAfterStop, (chosen, before, stop, after) => {
    const {simulation, seen} = weather(chosen, [...before, stop, ...after]);
    simulation.rest();
    checkAnswered(seen);
    checkEnded(simulation);
  });
  fc.assert(property, {numRuns: 500, includeErrorInReport: true});
  t.pass();
});

/** Drives a new core through the actions, and checks the invariants after every step. */
function weather(chosen: Partial<Options>, actions: readonly Action[]): {simulation: Simulation; seen: Seen} {
  const simulation = new Simulation(chosen);
  const seen: Seen = {
    answers: new Map(),
    lastSpawnAt: Number.NEGATIVE_INFINITY,
    pauseUntil: Number.NEGATIVE_INFINITY,
    newestReady: 0,
    failed: new Set(),
    stopped: false,
  };
  simulation.observe = observed => {
    checkModel(observed);
    checkEffects(observed, seen, simulation);
  };
  simulation.boot();
  for (const action of actions) act(simulation, action, seen);
  return {simulation, seen};
}

function act(simulation: Simulation, action: Action, seen: Seen): void {
  const token = `request-${seen.answers.size}`;
  if (action.type === 'advance') simulation.advance(action.ms);
  if (action.type === 'hup') simulation.hup();
  if (action.type === 'environment') simulation.submit(action);
  if (action.type === 'ask') {
    seen.answers.set(token, 0);
    simulation.ask(token, action.attempts);
  }
  if (action.type === 'kill') {
    const workers = [...simulation.alive.values()];
    const worker = workers[action.nth % Math.max(1, workers.length)];
    if (worker) simulation.kill(worker);
  }
  if (action.type === 'stop') {
    seen.stopped = true;
    if (action.waits) seen.answers.set(token, 0);
    simulation.stop(action.signal, action.waits ? token : null);
  }
}

function checkModel({model}: Observed): void {
  const phases = model.generations.map(generation => generation.phase);
  demand(phases.filter(phase => phase === 'starting').length <= 1, 'at most one generation is incoming');
  demand(phases.filter(phase => phase === 'ready').length <= 1, 'at most one generation is current');
  demand(
    model.generations.every(generation => generation.workers.length > 0),
    'a generation without workers is gone',
  );
  demand(isDeepStrictEqual(JSON.parse(JSON.stringify(model)), model), 'the model survives JSON');
  demand(model.timerAt === null || moments(model).includes(model.timerAt), 'only the living set the timer');
}

/** Every moment that a living generation, a pause or an automatic restart may wait for. */
function moments(model: Model): readonly number[] {
  const {autoRestartMs} = model.tunables;
  const waits = model.generations.flatMap(generation => {
    if (generation.phase === 'starting') return [generation.readyAt];
    if (generation.phase === 'retiring') return [generation.tellAt];
    return autoRestartMs === null ? [] : [1, 2].map(times => generation.readyAt + times * autoRestartMs);
  });
  const pause = model.wanted.state === 'running' && model.restart ? [model.notBefore] : [];
  return [...waits, ...pause].filter(at => at !== null);
}

/** What the step said of itself comes first: the order of effects within one step is not looked at. */
function checkEffects(observed: Observed, seen: Seen, simulation: Simulation): void {
  for (const effect of observed.effects) note(effect, observed, seen);
  for (const effect of observed.effects) {
    if (effect.type === 'spawn') checkSpawn(observed, seen);
    if (effect.type === 'signal') checkSignal(effect, seen, simulation);
  }
}

function note(effect: Effect, {model}: Observed, seen: Seen): void {
  if (effect.type === 'answer') countAnswer(seen, effect.token);
  if (effect.type === 'stopped') for (const token of effect.tokens) countAnswer(seen, token);
  if (effect.type === 'refuse-start') {
    demand(!seen.stopped, 'a start is refused once, and only while it is wanted');
    seen.stopped = true;
  }
  if (effect.type !== 'publish') return;
  const {happening} = effect;
  if (happening.type === 'ready') seen.newestReady = happening.generation;
  if (happening.type === 'start-failed') {
    seen.failed.add(happening.generation);
    seen.pauseUntil = seen.lastSpawnAt + Math.max(100, model.settings.intervalMs);
  }
}

function checkSpawn({now, model}: Observed, seen: Seen): void {
  demand(!seen.stopped, 'nothing is spawned once ssd is to stop');
  demand(now >= seen.lastSpawnAt + model.settings.intervalMs, 'at most one spawn an interval');
  demand(now >= seen.pauseUntil, 'no spawn during the pause after a failed start');
  seen.lastSpawnAt = now;
}

function checkSignal(signal: Extract<Effect, {type: 'signal'}>, seen: Seen, simulation: Simulation): void {
  const worker = simulation.alive.get(keyOf(signal));
  demand(worker?.pid === signal.pid, 'only the living are signalled');
  const replaced = signal.generation < seen.newestReady || seen.failed.has(signal.generation);
  demand(seen.stopped || replaced, 'no signal before a successor is ready');
}

function countAnswer(seen: Seen, token: string): void {
  const answers = seen.answers.get(token);
  demand(answers !== undefined, 'only those who asked are answered');
  demand(answers === 0, 'nobody is answered twice');
  seen.answers.set(token, 1);
}

function checkAnswered(seen: Seen): void {
  for (const [token, answers] of seen.answers) demand(answers === 1, `${token} is answered`);
}

function checkServing({model, alive}: Simulation): void {
  const phases = model.generations.map(generation => generation.phase);
  demand(isDeepStrictEqual(phases, ['ready']), 'exactly one ready generation is left');
  const [ready] = model.generations;
  demand(
    [...alive.values()].every(({generation}) => generation === ready?.number),
    'only the workers of the ready generation live',
  );
  demand(model.restart === null && model.following === null, 'no restart is left');
  demand(model.finishing.length === 0, 'no restart waits for its end');
}

function checkEnded({model, alive, timerAt}: Simulation): void {
  demand(model.ended && model.generations.length === 0, 'ssd has ended');
  demand(alive.size === 0, 'no worker lives');
  demand(timerAt === null, 'no timer is set');
}

function demand(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new Error(`broken: ${rule}`);
}
