/** The way that `--ready` asks for. */
import type {ReadyWhen} from '../ready-when.js';
import type {Readiness, ReadinessContext} from './readiness.js';
import {createExecReadiness} from './ready-by-exec.js';
import {createFdReadiness} from './ready-by-fd.js';
import {createNotifyReadiness} from './ready-by-notify.js';

export function createReadiness(when: ReadyWhen, context: ReadinessContext): Readiness {
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
