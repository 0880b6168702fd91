/** Starts the workers of a generation and reports each of them once: spawned, or spawn-failed; then exited. */

import type {Env} from '../../shared/instance-paths.js';
import type {Ending} from '../../shared/protocol/event.js';
import {causeOf} from '../../shared/words/errors.js';
import type {PlacedListener} from '../config/address.js';
import {portVariable, typesVariable} from '../config/address.js';
import type {Effect, Input} from '../core/types.js';
import type {Listener} from '../sockets/listeners.js';
import type {Children} from './children.js';
import {hintFor} from './diagnosis.js';
import {type Oddity, readEnvironment} from './environment.js';
import {type Found, findProgram} from './program.js';
import type {ReadinessWatch} from './readiness/readiness.js';
import type {StderrTails} from './stderr/tails.js';
import type {WorkerAddress} from './worker-address.js';

export type WorkerContext = {
  readonly program: readonly [string, ...string[]];
  readonly directory: string | null;
  /** ssd's own environment, with what its options set. */
  readonly base: Env;
  readonly killGroup: boolean;
  readonly listeners: readonly Listener[];
  readonly children: Children;
  readonly readiness: ReadinessWatch;
  readonly tails: StderrTails;
  readonly now: () => number;
  readonly submit: (event: Input) => void;
  /** Everything that is odd in the environment now. */
  readonly onOddities: (oddities: readonly Oddity[]) => void;
};

/**
 * Spawns workers of one generation. The environment is read and the program is looked for once for all of them, and
 * what the environment says about delays and automatic restarts is submitted first.
 */
export function spawnWorkers(context: WorkerContext, order: Extract<Effect, {type: 'spawn'}>): void {
  const {generation, places, of} = order;
  const {env, tunables, oddities} = readEnvironment(context.base);
  context.onOddities(oddities);
  context.submit({type: 'environment', now: context.now(), tunables});
  const common = {...env, ...variablesFor(context.listeners, {generation, of})};
  const found = findProgram(context.program[0], common, context.directory);
  for (const {id, index} of places) {
    const own = {...common, SSD_WORKER_INDEX: String(index)};
    spawnWorker(context, {generation, worker: id}, {found, env: own});
  }
}

/** What all workers of a generation find in their environment beside the operator's own variables. */
export function variablesFor(
  listeners: readonly Pick<PlacedListener, 'name' | 'fd' | 'type'>[],
  {generation, of}: {readonly generation: number; readonly of: number},
): Record<string, string> {
  return {
    SERVER_STARTER_PORT: portVariable(listeners),
    SERVER_STARTER_GENERATION: String(generation),
    SSD_SOCKET_TYPES: typesVariable(listeners),
    SSD_WORKERS: String(of),
  };
}

function spawnWorker(
  context: WorkerContext,
  address: WorkerAddress,
  {found, env}: {readonly found: Found; readonly env: Readonly<Record<string, string>>},
): void {
  const {program, directory, listeners, children, now, submit} = context;
  const fail = ({cause}: {readonly cause: string}) =>
    submit({type: 'spawn-failed', now: now(), ...address, cause});
  if ('cause' in found) {
    fail(found);
    return;
  }
  const prepared = prepare(context, address, env);
  if ('cause' in prepared) {
    fail(prepared);
    return;
  }
  const {ready, tail} = prepared;
  const started = children.spawn({
    path: found.path,
    argv: program,
    env: {...env, ...ready.env},
    directory,
    leadsGroup: context.killGroup,
    descriptors: [...descriptorsFor(listeners, tail.writeEnd), ...ready.descriptors],
    onExit: ending => end(context, address, ending),
  });
  tail.onSpawned();
  ready.onSpawned('pid' in started ? started.pid : null);
  if ('pid' in started) submit({type: 'spawned', now: now(), ...address, pid: started.pid});
  else fail(started);
}

type Prepared = {
  readonly ready: ReturnType<ReadinessWatch['prepare']>;
  readonly tail: ReturnType<StderrTails['begin']>;
};

/** The pipes of a worker. Where no descriptor is left for them the start has failed, and ssd has not. */
function prepare(
  {readiness, tails}: WorkerContext,
  address: WorkerAddress,
  env: Readonly<Record<string, string>>,
): Prepared | {readonly cause: string} {
  let tail: Prepared['tail'] | undefined;
  try {
    tail = tails.begin(address);
    return {tail, ready: readiness.prepare(address, env)};
  } catch (error) {
    tail?.onSpawned();
    return {cause: causeOf(error)};
  }
}

/** What it has said until now counts, even where it has not been read: that it is ready, or why it ends. */
function end(context: WorkerContext, address: WorkerAddress, ending: Ending): void {
  const {listeners, readiness, tails, now, submit} = context;
  readiness.end(address);
  const hint = hintFor({ending, ...tails.read(address), listeners});
  submit({type: 'exited', now: now(), ...address, ending, hint});
}

/** Standard input, output and error as ssd has them, unless a listener takes the number; then the listeners. */
function descriptorsFor(
  listeners: readonly Listener[],
  stderr: number | null,
): (readonly [number, number])[] {
  const standard = [0, 1, 2].filter(number => !listeners.some(({fd}) => fd === number));
  return [
    ...standard.map(number => [number === 2 ? (stderr ?? 2) : number, number] as const),
    ...listeners.map(({own, fd}) => [own, fd] as const),
  ];
}
