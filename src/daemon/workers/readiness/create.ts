/** Creates the readiness watch that `--ready` asks for. */
import {causeOf} from '../../../shared/words/errors.js';
import type {ReadyWhen} from '../../config/ready-when.js';
import type {Input} from '../../core/types.js';
import {closeQuietly} from '../../system/close-quietly.js';
import {keyOf, type WorkerAddress} from '../worker-address.js';
import {createExecReadiness, type ExecState} from './by-exec.js';
import {createFdReadiness, type FdState} from './by-fd.js';
import {createNotifyReadiness, type NotifyState} from './by-notify.js';
import {createHold, type HoldState} from './hold.js';
import type {Preparation, ReadinessContext, ReadinessWatch, RevivableWatch} from './readiness.js';

/** A contract with later versions of ssd: names stay, and what is added may be missing. */
export type ReadinessState = {
  readonly hold: HoldState;
  readonly way: WayState;
  /** The socket on which workers say what they do, where it is not the way in which they are ready. */
  readonly status: NotifyState | null;
};

type WayState =
  | {readonly how: 'interval'}
  | ({readonly how: 'fd'} & FdState)
  | ({readonly how: 'notify'} & NotifyState)
  | ({readonly how: 'exec'} & ExecState);

/**
 * Creates the readiness watch that `--ready` asks for. It holds `ready` until it is clear that the worker lives on
 * (`hold.ts`), and drops it if the worker has ended.
 *
 * @param revived what a former image of ssd has handed over
 */
export function createReadiness(
  when: ReadyWhen,
  context: ReadinessContext,
  revived: ReadinessState | null = null,
): RevivableWatch<ReadinessState> {
  const hold = createHold(context, revived?.hold);
  const ending = new Set<string>();
  const submit = (input: Input) => {
    if (input.type !== 'ready') context.submit(input);
    else if (!ending.has(keyOf(input))) hold.put(input);
  };
  const socket = notifyIn(revived);
  const way = createWatch(when, {...context, submit}, {way: revived?.way ?? null, socket});
  const status = when.how === 'notify' ? null : createStatus(context, socket);
  const watch = withStatus(way, status, context);
  return {
    ...watch,
    prepare: (address, env, directory) => {
      const {onSpawned, ...prepared} = watch.prepare(address, env, directory);
      return {
        ...prepared,
        onSpawned: pid => {
          if (pid !== null) hold.onSpawned(address, pid);
          onSpawned(pid);
        },
      };
    },
    end: address => {
      const key = keyOf(address);
      ending.add(key);
      watch.end(address);
      ending.delete(key);
      hold.forget(address);
    },
    collect: () => {
      watch.collect();
      hold.releaseAll();
    },
    handOver: () => {
      const [handed, noted] = [way.handOver(), status?.handOver() ?? {state: null, fds: []}];
      const state = {hold: hold.handOver().state, way: handed.state, status: noted.state};
      return {state, fds: [...handed.fds, ...noted.fds]};
    },
    dispose: () => {
      hold.dispose();
      watch.dispose();
    },
  };
}

/**
 * Whatever `--ready` says, a worker can say what it does by sd_notify(3). Only that is heard: neither that it is ready nor
 * that it needs more time. A worker that cannot be given a socket for it starts without.
 */
function withStatus(
  watch: ReadinessWatch,
  status: ReadinessWatch | null,
  context: ReadinessContext,
): ReadinessWatch {
  if (!status) return watch;
  return {
    ...watch,
    prepare: (address, env, directory) => {
      const ready = watch.prepare(address, env, directory);
      // An envdir may name a socket of the operator's own.
      const told = env.NOTIFY_SOCKET === undefined ? prepareStatus(status, address, context) : NOT_TOLD;
      return {
        ...ready,
        env: {...told.env, ...ready.env},
        onSpawned: pid => {
          ready.onSpawned(pid);
          told.onSpawned(pid);
        },
      };
    },
    end: address => {
      watch.end(address);
      status.end(address);
    },
    dispose: () => {
      watch.dispose();
      status.dispose();
    },
  };
}

const SUBJECT = 'the notification socket for the status of workers';

function createStatus(
  context: ReadinessContext,
  revived: NotifyState | null,
): RevivableWatch<NotifyState> | null {
  const {problems} = context;
  const own: ReadinessContext = {
    ...context,
    submit: input => {
      if (input.type === 'noted') context.submit(input);
    },
    // What is not awaited may come from anybody.
    problems: {...problems, raise: problem => problem.code !== 'notification' && problems.raise(problem)},
  };
  try {
    return createNotifyReadiness(own, revived);
  } catch (error) {
    context.problems.raise({code: 'notify-socket', subject: SUBJECT, cause: causeOf(error)});
    return null;
  }
}

function prepareStatus(
  status: ReadinessWatch,
  address: WorkerAddress,
  {problems}: ReadinessContext,
): Pick<Preparation, 'env' | 'onSpawned'> {
  try {
    const {env, onSpawned} = status.prepare(address, {}, null);
    // Some libraries take an abstract address for a path, and end the program: this one has not asked for it.
    if (env.NOTIFY_SOCKET?.startsWith('@')) return NOT_TOLD;
    return {env: {...env, SSD_NOTIFY: 'status'}, onSpawned};
  } catch (error) {
    problems.raise({code: 'notify-socket', subject: SUBJECT, cause: causeOf(error)});
    return NOT_TOLD;
  }
}

const NOT_TOLD = {env: {}, onSpawned: () => {}};

/** Workers have one notification socket, whatever it is for. `--ready` can have changed since they got it. */
function notifyIn(revived: ReadinessState | null): NotifyState | null {
  return revived?.way.how === 'notify' ? revived.way : (revived?.status ?? null);
}

type Former = {readonly way: WayState | null; readonly socket: NotifyState | null};

function createWatch(
  when: ReadyWhen,
  context: ReadinessContext,
  {way: revived, socket}: Former,
): RevivableWatch<WayState> {
  if (revived?.how === 'fd' && when.how !== 'fd')
    for (const {readEnd} of revived.workers) if (readEnd !== null) closeQuietly(readEnd);
  switch (when.how) {
    case 'interval':
      return {
        prepare: () => ({env: {}, descriptors: [], onSpawned: () => {}}),
        end: () => {},
        collect: () => {},
        stopAsking: () => {},
        handOver: () => ({state: {how: 'interval'}, fds: []}),
        dispose: () => {},
      };
    case 'notify':
      return named('notify', createNotifyReadiness(context, socket));
    case 'fd':
      return named('fd', createFdReadiness(context, revived?.how === when.how ? revived : null));
    case 'exec':
      return named(
        'exec',
        createExecReadiness(when.command, context, revived?.how === when.how ? revived : null),
      );
  }
}

function named<How extends string, State extends object>(
  how: How,
  watch: RevivableWatch<State>,
): RevivableWatch<{readonly how: How} & State> {
  const handOver = () => {
    const {state, fds} = watch.handOver();
    return {state: {how, ...state}, fds};
  };
  return {...watch, handOver};
}
