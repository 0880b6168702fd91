/** Creates the readiness watch that `--ready` asks for. */
import type {ReadyWhen} from '../../config/ready-when.js';
import type {Input} from '../../core/types.js';
import {keyOf} from '../worker-address.js';
import {createExecReadiness} from './by-exec.js';
import {createFdReadiness} from './by-fd.js';
import {createNotifyReadiness} from './by-notify.js';
import {createHold} from './hold.js';
import type {ReadinessContext, ReadinessWatch} from './readiness.js';

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
  const watch = createWatch(when, {...context, submit});
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
