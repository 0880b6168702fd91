/** Creates the readiness watch that `--ready` asks for. */
import {causeOf} from '../../../shared/words/errors.js';
import type {ReadyWhen} from '../../config/ready-when.js';
import type {Input} from '../../core/types.js';
import {keyOf, type WorkerAddress} from '../worker-address.js';
import {createExecReadiness} from './by-exec.js';
import {createFdReadiness} from './by-fd.js';
import {createNotifyReadiness} from './by-notify.js';
import type {Preparation, ReadinessContext, ReadinessWatch} from './readiness.js';

/**
 * How long a worker must live on after it said that it is ready. ssd reads the message of a worker that ends at once before
 * it learns of the end. This time is longer than a program takes to end, and too short to be noticed in a restart.
 */
const STAYS_MS = 15;

type Ready = Extract<Input, {type: 'ready'}>;

/**
 * Creates the readiness watch that `--ready` asks for. A worker that has ended is not ready, even if it said so and its
 * end is not known yet: its message would make ssd tell the old generation to finish. So the message is held for a moment,
 * and ssd looks for ended children before it counts.
 */
export function createReadiness(when: ReadyWhen, context: ReadinessContext): ReadinessWatch {
  const {children, now} = context;
  const held = new Map<string, {readonly ready: Ready; readonly timer: NodeJS.Timeout}>();
  const ending = new Set<string>();
  const release = (key: string) => {
    children.collect();
    const {ready} = held.get(key) ?? {};
    held.delete(key);
    if (ready) context.submit({...ready, now: now()});
  };
  const submit = (input: Input) => {
    if (input.type !== 'ready') return context.submit(input);
    const key = keyOf(input);
    if (held.has(key) || ending.has(key)) return;
    held.set(key, {ready: input, timer: setTimeout(() => release(key), STAYS_MS)});
  };
  const forget = (key: string) => {
    clearTimeout(held.get(key)?.timer);
    held.delete(key);
  };
  const watch = withStatus(createWatch(when, {...context, submit}), when, context);
  const end = (address: WorkerAddress) => {
    const key = keyOf(address);
    ending.add(key);
    watch.end(address);
    ending.delete(key);
    forget(key);
  };
  return {
    ...watch,
    end,
    // A message that came in time counts before a deadline that has passed, so it is not held any longer.
    collect: () => {
      watch.collect();
      for (const [key, {timer}] of held) {
        clearTimeout(timer);
        release(key);
      }
    },
    dispose: () => {
      for (const key of held.keys()) forget(key);
      watch.dispose();
    },
  };
}

/**
 * Whatever `--ready` says, a worker can say what it does by sd_notify(3). Only that is heard: neither that it is ready nor
 * that it needs more time. A worker that cannot be given a socket for it starts without.
 */
function withStatus(watch: ReadinessWatch, when: ReadyWhen, context: ReadinessContext): ReadinessWatch {
  if (when.how === 'notify') return watch;
  const status = createStatus(context);
  if (!status) return watch;
  return {
    ...watch,
    prepare: (address, env) => {
      const ready = watch.prepare(address, env);
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

function createStatus(context: ReadinessContext): ReadinessWatch | null {
  const {problems} = context;
  try {
    return createNotifyReadiness({
      ...context,
      submit: input => {
        if (input.type === 'noted') context.submit(input);
      },
      // What is not awaited may come from anybody.
      problems: {...problems, raise: problem => problem.code !== 'notification' && problems.raise(problem)},
    });
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
    const {env, onSpawned} = status.prepare(address, {});
    // Some libraries take an abstract address for a path, and end the program: this one has not asked for it.
    if (env.NOTIFY_SOCKET?.startsWith('@')) return NOT_TOLD;
    return {env: {...env, SSD_NOTIFY: 'status'}, onSpawned};
  } catch (error) {
    problems.raise({code: 'notify-socket', subject: SUBJECT, cause: causeOf(error)});
    return NOT_TOLD;
  }
}

const NOT_TOLD = {env: {}, onSpawned: () => {}};

function createWatch(when: ReadyWhen, context: ReadinessContext): ReadinessWatch {
  switch (when.how) {
    case 'interval':
      return {
        prepare: () => ({env: {}, descriptors: [], onSpawned: () => {}}),
        end: () => {},
        collect: () => {},
        stopAsking: () => {},
        dispose: () => {},
      };
    case 'notify':
      return createNotifyReadiness(context);
    case 'fd':
      return createFdReadiness(context);
    case 'exec':
      return createExecReadiness(when.command, context);
  }
}
