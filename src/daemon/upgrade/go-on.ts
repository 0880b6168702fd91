import {packageVersion} from '../../shared/package.js';
import type {AdoptedWorkers} from '../adoption/adopted-workers.js';
import type {Config} from '../config/config.js';
import type {Model} from '../core/model.js';
import type {Input} from '../core/types.js';
import type {Problems} from '../problems/problems.js';
import type {Resources} from '../resources/list.js';
import {now} from '../system/clock.js';
import {resumeWorkers, type WatchContext} from '../workers/watching/watch-worker.js';
import {endForeign} from './end-foreign.js';
import type {Handover} from './handover.js';

/**
 * Takes back the workers of the former image, and its listeners. To be called when all parts are made, in the same turn.
 *
 * @returns the first input of the core
 */
export function goOn({ssd, token, model, ready}: Handover<unknown>, context: Context): Input {
  const {config, problems, made, listeners} = context;
  for (const listener of listeners) listener.isHanded = false;
  endForeign(problems, {
    config,
    listeners,
    http: made.http?.bound.place ?? config.http?.asked ?? null,
    logFile: made.logTarget?.path ?? config.logFile,
    readyBefore: ready,
  });
  resumeWorkers(
    context,
    workersIn(model).filter(address => context.adopted.handOf(address) === null),
  );
  context.children.forgetRest();
  return {type: 'revive', now: now(), from: ssd, to: packageVersion(), token};
}

type Context = WatchContext & {
  /** Those that were taken over from a dead ssd are no children. Others of their generation can be. */
  readonly adopted: Pick<AdoptedWorkers, 'handOf'>;
  readonly config: Config;
  readonly problems: Problems;
  readonly made: Resources;
};

function workersIn({generations}: Model): Parameters<typeof resumeWorkers>[1] {
  return generations.flatMap(({number: generation, workers}) =>
    workers.flatMap(one => (one.phase === 'pending' ? [] : [{generation, worker: one.id, pid: one.pid}])),
  );
}
