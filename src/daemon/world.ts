/** How the effects of the core leave, and the one timer that it has. */
import type {AdoptedWorkers} from './adoption/adopted-workers.js';
import type {Input} from './core/types.js';
import type {World} from './effects.js';
import {type Border, doEach} from './faults/border.js';
import type {LeftBehind} from './left-behind.js';
import type {Problems} from './problems/problems.js';
import type {Resources} from './resources/list.js';
import type {ListenerCare} from './sockets/listener-care.js';
import {createClock, now} from './system/clock.js';
import type {Undo} from './system/undo.js';
import type {Manager} from './systemd/manager.js';
import {lookAhead} from './workers/release/look-ahead.js';
import {spawnWorkers, type WorkerContext} from './workers/spawn.js';
import type {TrialChecks} from './workers/trial-check.js';

export type WorldContext = {
  readonly made: Resources;
  readonly problems: Problems;
  readonly border: Border;
  readonly manager: Manager;
  readonly undo: Undo;
};

export type WorldParts = {
  readonly ending: Pick<World, 'onRefused' | 'onGivenUp' | 'onStopped'>;
  readonly care: ListenerCare;
  readonly workers: WorkerContext & {readonly checks: TrialChecks};
  readonly adopted: AdoptedWorkers;
  readonly leftBehind: LeftBehind;
  readonly news: Pick<World, 'tell' | 'answer'>;
  readonly submit: (input: Input) => void;
};

export function createWorld(context: WorldContext, parts: WorldParts): World {
  const {made, problems, border, manager} = context;
  const {ending, care, workers, adopted, leftBehind, news, submit} = parts;
  return {
    ...made,
    ...ending,
    adopted,
    clock: clockFor(context, parts),
    problems,
    border,
    report: manager.hear,
    spawn: order => {
      border.guard('the listeners', care.prepare)(order.generation);
      spawnWorkers(workers, order);
    },
    look: order => lookAhead(workers, order),
    onTold: workers.readiness.stopAsking,
    checks: workers.checks,
    submit: input => submit({...input, now: now()}),
    onSignalRefused: leftBehind.refused,
    ...news,
  };
}

/** Exits and readiness that have come by the time that the timer fires count first. */
function clockFor({made, undo, border}: WorldContext, {workers, adopted, submit}: WorldParts) {
  const steps = {
    ...collectors({made, workers, adopted}),
    deadline: () => submit({type: 'deadline', now: now()}),
  };
  const clock = createClock(() => doEach(border, steps));
  undo.add(clock.dispose);
  return clock;
}

/** They submit what has happened to workers and what they have said, as far as ssd has not heard of it yet. */
export function collectors({
  made,
  workers,
  adopted,
}: Pick<WorldContext, 'made'> & Pick<WorldParts, 'workers' | 'adopted'>): Readonly<
  Record<string, () => void>
> {
  return {
    'the end of a child': made.children.collect,
    'the end of an adopted worker': adopted.collect,
    readiness: workers.readiness.collect,
  };
}
