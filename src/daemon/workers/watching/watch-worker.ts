/** What follows when a worker ends or is stopped, whether this image of ssd has started it or a former one. */
import type {Ending, Hint} from '../../../shared/protocol/event.js';
import type {ListenerOptions} from '../../config/listening/listener-options.js';
import type {Input} from '../../core/types.js';
import type {Border} from '../../faults/border.js';
import type {Listener} from '../../sockets/listener.js';
import type {ChildCallbacks} from '../children/table.js';
import type {Children} from '../children.js';
import {hintFor} from '../diagnosis.js';
import type {ReadinessWatch} from '../readiness/readiness.js';
import type {StderrTails} from '../stderr/tails.js';
import type {WorkerAddress} from '../worker-address.js';

export type WatchContext = Pick<ListenerOptions, 'listenFds'> & {
  readonly program: readonly [string, ...string[]];
  readonly killGroup: boolean;
  readonly listeners: readonly Listener[];
  readonly children: Children;
  readonly readiness: ReadinessWatch;
  readonly tails: StderrTails;
  readonly now: () => number;
  readonly submit: (input: Input) => void;
  readonly border: Border;
  /** A worker was stopped by this signal; null: it continues, or has ended. */
  readonly onStop: (subject: string, signal: string | null) => void;
};

/**
 * Watches workers that the former image of ssd has started. To be called when the readiness and the tails are revived, in the
 * same turn. What they have said and how they have ended since is submitted in later turns.
 */
export function resumeWorkers(
  context: WatchContext,
  workers: readonly (WorkerAddress & {readonly pid: number})[],
): void {
  for (const {generation, worker, pid} of workers)
    context.children.takeBack(pid, callbacksFor(context, {generation, worker}));
}

export function callbacksFor(context: WatchContext, address: WorkerAddress): ChildCallbacks {
  return {
    onStop: (pid, by) => context.onStop(`generation ${address.generation}, pid ${pid}`, by),
    onExit: ending => end(context, address, {type: 'exited', ending}),
    ...(context.killGroup && {
      onLeaderEnd: ending => end(context, address, {type: 'leader-ended', ending}),
    }),
  };
}

/** Reports the end of a worker. What the worker said of its end counts, even if ssd has not read it yet. */
function end(
  context: WatchContext,
  address: WorkerAddress,
  ended: {readonly type: 'exited' | 'leader-ended'; readonly ending: Ending},
): void {
  const {listeners, readiness, tails, border, now, submit} = context;
  let hint: Hint | null = null;
  border.guard('readiness of a worker', readiness.end)(address);
  border.guard('standard error of a worker', () => {
    tails.end(address);
    const [command] = context.program;
    const evidence = {
      ...tails.read(address),
      listeners,
      listenFds: context.listenFds,
      program: command,
    };
    hint = hintFor({ending: ended.ending, ...evidence});
  })();
  submit({now: now(), ...address, ...ended, hint});
}
