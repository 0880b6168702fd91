import {packageVersion} from '../../shared/version.js';
import type {Model} from '../core/model.js';
import type {Input} from '../core/types.js';
import {now} from '../system/clock.js';
import {resumeWorkers, type WatchContext} from '../workers/watching/watch-worker.js';
import type {Handover} from './handover.js';

/**
 * Takes back the workers of the former image, and its listeners. To be called when all parts are made, in the same turn.
 *
 * @returns the first input of the core
 */
export function goOn({ssd, token, model}: Handover<unknown>, context: WatchContext): Input {
  for (const listener of context.listeners) listener.isHanded = false;
  resumeWorkers(context, childrenIn(model));
  context.children.forgetRest();
  return {type: 'revive', now: now(), from: ssd, to: packageVersion(), token};
}

/** Workers that were taken over from a dead ssd are no children. */
function childrenIn({generations}: Model): Parameters<typeof resumeWorkers>[1] {
  return generations
    .filter(({adopted}) => !adopted)
    .flatMap(({number: generation, workers}) =>
      workers.flatMap(one => (one.phase === 'pending' ? [] : [{generation, worker: one.id, pid: one.pid}])),
    );
}
