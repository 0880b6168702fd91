/** Creates the readiness watch that `--ready` asks for. */
import {causeOf} from '../../../shared/words/errors.js';
import type {ReadyWhen} from '../../config/ready-when.js';
import type {Input} from '../../core/types.js';
import {keyOf, type WorkerAddress} from '../worker-address.js';
import {createExecReadiness} from './by-exec.js';
import {createFdReadiness} from './by-fd.js';
import {createNotifyReadiness} from './by-notify.js';
import {createHold} from './hold.js';
import type {Preparation, ReadinessContext, ReadinessWatch} from './readiness.js';

/**
 * Creates the readiness watch that `--ready` asks for. It holds `ready` until it is clear that the worker lives on
 * (`hold.ts`), and drops it if the worker has ended.
 */
export function createReadiness(when: ReadyWhen, context: ReadinessContext): ReadinessWatch {
  const hold = createHold(context);
  const ending = new Set<string>();
  const submit = (input: Input) => {
    if (input.type !== 'ready') context.submit(input);
    else if (!ending.has(keyOf(input))) hold.put(input);
  };
  const watch = withStatus(createWatch(when, {...context, submit}), when, context);
  return {
    ...watch,
    prepare: (address, env) => {
      const {onSpawned, ...prepared} = watch.prepare(address, env);
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
