/** Creates the readiness watch that `--ready` asks for. */
import type {ReadyWhen} from '../../config/ready-when.js';
import type {Input} from '../../core/types.js';
import {keyOf, type WorkerAddress} from '../worker-address.js';
import {createExecReadiness} from './by-exec.js';
import {createFdReadiness} from './by-fd.js';
import {createNotifyReadiness} from './by-notify.js';
import type {ReadinessContext, ReadinessWatch} from './readiness.js';

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
  const watch = createWatch(when, {...context, submit});
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
