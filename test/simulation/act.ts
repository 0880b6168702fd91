/** Performs the actions of a scenario. */
import {readyWorkers} from '../../src/daemon/core/memory/ready-workers.js';
import {correlated} from '../../src/shared/correlated.js';
import {beginAnew} from './rules/adoption.js';
import {noteWish} from './rules/releases.js';
import {type Seen, waitingOf} from './rules/seen.js';
import type {Action} from './storm/scenario.js';
import {die, revive, upgrade} from './world/images.js';
import type {Simulation} from './world/simulation.js';
import {type Address, keyOf} from './world/story.js';

type World = {readonly simulation: Simulation; readonly seen: Seen; readonly token: string};
type Of<T extends Action['type']> = Extract<Action, {type: T}>;
type Table = {readonly [T in Action['type']]: (world: World, action: Of<T>) => void};

const table: Table = {
  advance: ({simulation}, {ms}) => simulation.advance(ms),
  freeze: ({simulation}, {ms}) => simulation.freeze(ms),
  'early-timer': ({simulation}) => simulation.submit({type: 'deadline'}),
  hup: ({simulation}) => simulation.hup(),
  die: ({simulation, seen}) => {
    const adopted = die(simulation);
    beginAnew(seen, adopted, simulation);
    revive(simulation, adopted);
  },
  upgrade: ({simulation}) => upgrade(simulation),
  environment: ({simulation}, action) => simulation.submit(action),
  kill: (world, {nth}) => onWorker(world, nth, address => world.simulation.kill(address)),
  ready: (world, action) => tellOf(world, action),
  unready: (world, action) => tellOf(world, action),
  extend: (world, {nth, ms}) =>
    onWorker(world, nth, address => world.simulation.submit({type: 'extend', ...address, ms})),
  note: (world, {nth}) =>
    onWorker(world, nth, address => {
      world.simulation.submit({type: 'noted', ...address, text: 'busy', stopping: nth % 2 === 0});
    }),
  heavy: (world, {nth, bytes}) =>
    onReady(world, nth, address => world.simulation.submit({type: 'heavy', ...address, bytes})),
  ask: (world, {attempts, until, release: named, bakeMs, order}) => {
    const release = world.simulation.model.settings.pinned ? named : ({type: 'link'} as const);
    expectAnswer(world, attempts);
    noteWish(world.seen, world.token, release);
    world.simulation.ask(world.token, attempts, until, {release, bakeMs, order});
  },
  deploy: ({simulation}, {release, broken}) => simulation.releases.deploy(release, broken),
  remove: ({simulation}, {release}) => simulation.releases.gone.add(release),
  pause: (world, {maxMs}) => {
    expectAnswer(world);
    world.simulation.submit({type: 'pause', maxMs, token: world.token});
  },
  resume: world => {
    expectAnswer(world);
    world.simulation.submit({type: 'resume', token: world.token});
  },
  cancel: world => {
    expectAnswer(world);
    world.simulation.submit({type: 'cancel', token: world.token});
  },
  accept: world => {
    expectAnswer(world);
    world.simulation.submit({type: 'accept', token: world.token});
  },
  reject: world => {
    expectAnswer(world);
    world.simulation.submit({type: 'reject', token: world.token, reason: null});
  },
  scale: (world, {workers}) => {
    expectAnswer(world);
    if (!world.seen.stopped) world.seen.scaledTo = workers;
    world.simulation.submit({type: 'scale', workers, token: world.token});
  },
  signal: (world, {generation}) => {
    expectAnswer(world);
    world.simulation.submit({type: 'signal', signal: 'USR1', generation, token: world.token});
  },
  forward: ({simulation}) => simulation.submit({type: 'forward', signal: 'WINCH'}),
  stop: (world, {signal, waits, killAfterMs}) => {
    if (waits) expectAnswer(world);
    world.seen.stopped = true;
    world.simulation.stop(signal, waits ? world.token : null, killAfterMs);
  },
  forget: hangUp,
};

/** Performs one action. `token` names the client that asks. */
export function act(world: World, action: Action): void {
  correlated(table[action.type])(world, action);
}

function expectAnswer({simulation, seen, token}: World, budget: number | null = null): void {
  seen.asked.set(token, {at: simulation.now, last: simulation.model.last, budget, answers: 0});
}

/** A waiting client hangs up, and must not be answered any more. */
function hangUp({simulation, seen}: World, {nth}: Of<'forget'>): void {
  const waiting = waitingOf(seen);
  const token = waiting[nth % Math.max(1, waiting.length)];
  if (token === undefined) return;
  seen.asked.delete(token);
  // Its attempts are made all the same.
  if (seen.wishes.has(token)) seen.goesOn = true;
  simulation.submit({type: 'forget', token});
}

/** A worker that was taken over has nobody to say it to. */
function tellOf(world: World, {type, nth}: Of<'ready' | 'unready'>): void {
  onWorker(world, nth, address => {
    if (!world.simulation.alive.get(keyOf(address))?.adopted) world.simulation.submit({type, ...address});
  });
}

/** The worker was measured when it was ready, and may have ended since: every fourth one is one of all that live. */
function onReady(world: World, nth: number, act: (address: Address) => void): void {
  const ready = readyWorkers(world.simulation.model);
  const found = ready[nth % Math.max(1, ready.length)];
  if (nth % 4 === 3 || !found) onWorker(world, nth, act);
  else act(found);
}

/** Does nothing if no worker lives. */
function onWorker({simulation: {alive}}: World, nth: number, act: (address: Address) => void): void {
  const found = [...alive.values()][nth % Math.max(1, alive.size)];
  if (found) act({generation: found.generation, worker: found.worker});
}
