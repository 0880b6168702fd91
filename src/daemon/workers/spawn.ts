/** Starts the workers of a generation. Reports each worker once as spawned or spawn-failed, and once as exited. */

import {causeOf} from '../../shared/words/errors.js';
import {describeFailure} from '../../shared/words/wording.js';
import type {ListenerOptions} from '../config/listening/listener-options.js';
import type {Effect} from '../core/types.js';
import type {Listener} from '../sockets/listener.js';
import type {DescriptorPair} from '../system/descriptor-moves.js';
import type {ChildOrder} from './children.js';
import {describeUnreadable, type Environment, type EnvironmentReader} from './environment.js';
import {executedBySh} from './passing/by-shell.js';
import {variablesFor} from './passing/variables.js';
import type {Confinement} from './privileges/confinement.js';
import {type Found, findProgram, whyNot} from './program.js';
import type {ReadinessWatch} from './readiness/readiness.js';
import {workingDirectory} from './release/directory.js';
import type {Pins} from './release/pins.js';
import type {StderrTails} from './stderr/tails.js';
import type {TrialChecks} from './trial-check.js';
import {callbacksFor, type WatchContext} from './watching/watch-worker.js';
import type {WorkerAddress} from './worker-address.js';

export type WorkerContext = WatchContext &
  Pick<ListenerOptions, 'forms'> & {
    /** `--dir`. With `--release` it is relative to the release. */
    readonly directory: string | null;
    readonly pins: Pins;
    readonly checks: Pick<TrialChecks, 'prepare'>;
    /** ssd's own environment, with the variables that its options set. */
    readonly environment: EnvironmentReader;
    readonly confinement: Confinement;
    /** The same environment, with the trace to which these workers belong. */
    readonly withTrace: (
      env: Environment['env'],
      order: Extract<Effect, {type: 'spawn'}>,
    ) => Environment['env'];
    /** Called with the environment that was read just now. */
    readonly onEnvironment: (environment: Environment) => void;
  };

/**
 * Spawns workers of one generation. It takes the release and the environment, and looks for the program, once for all of them. Before
 * the first spawn it submits the tunables (delays, automatic restarts) of that environment. A failure becomes the
 * input `spawn-failed`. A generation that would replace one that serves fails if its environment cannot be read. A worker
 * that takes a lost one's place, and a generation that starts while nothing serves, get the values that were read last.
 */
export function spawnWorkers(context: WorkerContext, order: Extract<Effect, {type: 'spawn'}>): void {
  const {generation, places} = order;
  const waiting = new Set(places.map(({id}) => id));
  try {
    spawnEach(context, order, waiting);
  } catch (error) {
    context.border.report('the start of a worker', error);
    for (const worker of waiting) failToSpawn(context, {generation, worker}, causeOf(error));
  }
}

/** @param waiting the ids of the workers about which nothing was reported yet */
function spawnEach(
  context: WorkerContext,
  order: Extract<Effect, {type: 'spawn'}>,
  waiting: Set<number>,
): void {
  const {generation, places, of} = order;
  const taken = context.pins.take(order);
  if ('code' in taken) {
    for (const worker of waiting) {
      failToSpawn(context, {generation, worker}, taken.cause, describeFailure(taken));
    }
    return;
  }
  const {environment: fresh, release, missing} = taken;
  const usable = fresh.unreadable ? context.environment.last() : fresh;
  const {env, tunables} = usable;
  if (taken.isFresh) context.onEnvironment(fresh);
  if (fresh.unreadable && (mayFail(order) || usable.unreadable)) {
    const cause = describeUnreadable(fresh.unreadable);
    for (const worker of waiting) failToSpawn(context, {generation, worker}, cause);
    return;
  }
  context.submit({type: 'environment', now: context.now(), tunables});
  if (release !== null) context.submit({type: 'pinned', now: context.now(), generation, release, missing});
  const own = variablesFor(context.listeners, {generation, of, release}, context);
  const common = {...context.withTrace(env, order), ...own};
  const directory = workingDirectory(release, context.directory);
  const found = findProgram(context.program[0], common, directory);
  if (isNewGeneration(order)) context.checks.prepare(generation, {env: common, directory}, order.keep);
  for (const {id, index} of places) {
    const whole = {...common, SSD_WORKER_INDEX: String(index)};
    spawnWorker(context, {generation, worker: id}, {found, env: whole, directory});
    waiting.delete(id);
  }
}

type Start = {
  readonly found: Found;
  readonly env: Readonly<Record<string, string>>;
  readonly directory: string | null;
};

function spawnWorker(context: WorkerContext, address: WorkerAddress, {found, env, directory}: Start): void {
  const {program, listeners, children, confinement, now, submit} = context;
  const fail = ({cause}: {readonly cause: string}) => failToSpawn(context, address, cause);
  const failToExecute = ({cause}: {readonly cause: string}) => {
    const why = LOOKED_INTO.has(cause) ? whyNot(program[0], found, directory, cause) : null;
    failToSpawn(context, address, cause, why && describeFailure(why));
  };
  const failToExecuteTool = (tool: string, cause: string) =>
    failToSpawn(
      context,
      address,
      cause,
      describeFailure({code: 'exec-failed', program: tool, cause, why: null}),
    );
  if ('cause' in found) {
    failToExecute(found);
    return;
  }
  const bySh = context.listenFds && listeners.length > 0;
  // sh would say on standard error why it cannot execute it, and end as if the program had.
  if (bySh && whyNot(program[0], found, directory)) {
    failToExecute({cause: 'ENOENT'});
    return;
  }
  const prepared = prepare(context, address, {env, directory});
  if ('cause' in prepared) {
    fail(prepared);
    return;
  }
  const {ready, tail} = prepared;
  const whole = {...env, ...ready.env};
  const command = {path: found.path, argv: program};
  const order: ChildOrder = {
    ...callbacksFor(context, address),
    ...confinement.command({...(bySh ? executedBySh(command, whole) : command), env: whole}),
    directory,
    leadsGroup: context.killGroup,
    descriptors: [...descriptorsFor(listeners, tail), ...ready.descriptors],
  };
  const started = confinement.handDown(() => children.spawn(order));
  // A living child must be reported, even if one of these fails.
  context.border.guard('standard error of a worker', tail.onSpawned)();
  context.border.guard('readiness of a worker', ready.onSpawned)('pid' in started ? started.pid : null);
  if ('pid' in started) {
    submit({type: 'spawned', now: now(), ...address, pid: started.pid});
    return;
  }
  context.tails.end(address);
  if (order.path === found.path) failToExecute(started);
  else failToExecuteTool(order.path, started.cause);
}

/** The errors of execve(2) that concern the program or its directory, not the limits of the system. */
const LOOKED_INTO: ReadonlySet<string> = new Set(['ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR', 'ENOEXEC']);

function failToSpawn(
  {now, submit}: WorkerContext,
  address: WorkerAddress,
  cause: string,
  problem: string | null = null,
): void {
  submit({
    type: 'spawn-failed',
    now: now(),
    ...address,
    cause,
    ...(problem === null ? {} : {problem}),
  });
}

/**
 * Whether a generation serves that this one would replace. The replacement of a lost worker may not fail for want of an
 * environment, and neither may that of a whole generation: then nothing would serve. The ids of a generation's workers begin
 * at 0; those that are added later go on from there.
 */
function mayFail(order: Extract<Effect, {type: 'spawn'}>): boolean {
  return order.serving && isNewGeneration(order);
}

function isNewGeneration({places}: Extract<Effect, {type: 'spawn'}>): boolean {
  return places.some(({id}) => id === 0);
}

type Prepared = {
  readonly ready: ReturnType<ReadinessWatch['prepare']>;
  readonly tail: ReturnType<StderrTails['begin']>;
};

/** Creates the pipes of a worker. If no descriptor is left for them, this start fails and ssd goes on. */
function prepare(
  {readiness, tails}: WorkerContext,
  address: WorkerAddress,
  {env, directory}: Pick<Start, 'env' | 'directory'>,
): Prepared | {readonly cause: string} {
  let tail: Prepared['tail'] | undefined;
  try {
    tail = tails.begin(address);
    return {tail, ready: readiness.prepare(address, env, directory)};
  } catch (error) {
    tail?.onSpawned();
    tails.end(address);
    return {cause: causeOf(error)};
  }
}

/** Standard input, output and error are ssd's own, unless a listener takes the number. The listeners follow. */
function descriptorsFor(
  listeners: readonly Listener[],
  {stdout, stderr}: Pick<Prepared['tail'], 'stdout' | 'stderr'>,
): DescriptorPair[] {
  const own = [0, stdout, stderr];
  const standard = [0, 1, 2].filter(number => !listeners.some(({fd}) => fd === number));
  return [
    ...standard.map(number => [own[number] ?? number, number] as const),
    ...listeners.map(listener => [listener.own, listener.fd] as const),
  ];
}
