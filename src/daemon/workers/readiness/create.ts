/** Creates the readiness watch that `--ready` asks for. */
import type {ReadyWhen} from '../../config/ready-when.js';
import {createExecReadiness} from './by-exec.js';
import {createFdReadiness} from './by-fd.js';
import {createNotifyReadiness} from './by-notify.js';
import type {ReadinessContext, ReadinessWatch} from './readiness.js';

export function createReadiness(when: ReadyWhen, context: ReadinessContext): ReadinessWatch {
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
