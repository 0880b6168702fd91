/** What happens in a restart: which part of it begins, ends or goes on by an event. */
import {correlated} from '../../../shared/correlated.js';
import type {Event} from '../../../shared/protocol/event.js';
import {describeEnding} from '../../../shared/words/starts/failed-start.js';
import type {Effect} from '../../core/types.js';
import type {CoreStep} from '../port.js';
import {newId} from './begin-root.js';
import {failureOf} from './end-of.js';
import {type EventOf, eventsIn} from './events-in.js';
import {type Attributes, addEvent, type Open, pidsAttribute, type Root, shortened} from './span.js';

export type Found = {
  readonly step: CoreStep;
  /** The restart whose last attempt is this generation. */
  readonly of: (generation: number) => Root | undefined;
  /** The restart with this number in the core. */
  readonly with: (number: number) => Root | undefined;
  readonly end: (root: Root, open: Open, at: number, error: string | null) => void;
};

/** A new generation is ordered. Workers that are added to one that serves are none. */
export function takeSpawn(found: Found, {generation, places}: Extract<Effect, {type: 'spawn'}>): void {
  const {generations, restart, recovery} = found.step.after;
  const incoming = generations.find(({number}) => number === generation);
  if (incoming?.phase !== 'starting' || !places.some(({id}) => id === 0)) return;
  const root = found.with((incoming.recovers ? recovery : restart)?.number ?? 0);
  if (!root) return;
  root.attempts += 1;
  root.generation = generation;
  root.isReady = false;
  const open = begin(found, root, {name: 'spawn', generation, attributes: {'ssd.attempt': root.attempts}});
  root.spawnSpanId = open.spanId;
}

type Takers = {readonly [T in Event['type']]?: (found: Found, event: EventOf<T>) => void};

const takers: Takers = {
  spawned: takeSpawned,
  ready: (found, {generation, pids}) => {
    const root = found.of(generation);
    if (!root) return;
    root.isReady = true;
    for (const open of partsOf(root, generation, 'spawn', 'ready')) {
      open.attributes = {...open.attributes, ...pidsAttribute(pids)};
      found.end(root, open, found.step.input.now, null);
    }
  },
  'start-failed': (found, event) => {
    const root = found.of(event.generation);
    if (!root) return;
    root.failure = failureOf(event);
    for (const open of partsOf(root, event.generation, 'spawn', 'ready')) {
      open.attributes = {...open.attributes, 'ssd.reason': root.failure.reason};
      found.end(root, open, found.step.input.now, describeEnding(event.ending));
    }
  },
  'trial-began': (found, {generation, old, forMs}) => {
    const root = found.of(generation);
    const attributes = {'ssd.trial.old': old, 'ssd.trial.for_ms': forMs};
    if (root) begin(found, root, {name: 'trial', generation, attributes});
  },
  'trial-checked': (found, {generation, run, cause}) => {
    for (const {root, open} of openParts(found, generation, 'trial'))
      note(found, root, open, 'checked', {
        'ssd.check.run': run,
        ...(cause !== null && {'ssd.cause': shortened(cause)}),
      });
  },
  'trial-ended': takeTrialEnd,
  'making-room': (found, {generations}) => {
    for (const generation of generations) drainOf(found, generation);
  },
  delaying: (found, {generations, delayMs}) => {
    for (const generation of generations) {
      const drain = drainOf(found, generation);
      if (drain) note(found, drain.root, drain.open, 'delaying', {'ssd.delay_ms': delayMs});
    }
  },
  telling: (found, {generation, pids, signal}) => {
    const drain = drainOf(found, generation);
    if (!drain) return;
    drain.open.attributes = {...drain.open.attributes, ...withPids(drain.open, pids)};
    note(found, drain.root, drain.open, 'telling', {'ssd.signal': signal});
  },
  killing: (found, {generation, pids}) => {
    const drain = drainOf(found, generation);
    if (drain) note(found, drain.root, drain.open, 'killing', pidsAttribute(pids));
  },
};

export function takeEvent(found: Found, event: Event): void {
  const take = takers[event.type];
  if (take) correlated(take)(found, event);
}

function takeSpawned(found: Found, {generation, pid, added, release}: EventOf<'spawned'>): void {
  const root = found.of(generation);
  if (!root || added) return;
  root.release = release ?? root.release;
  const [open] = partsOf(root, generation, 'spawn');
  if (!open) return;
  open.attributes = {...open.attributes, ...withPids(open, [pid])};
  const {after, input} = found.step;
  const spawned = after.generations.find(({number}) => number === generation);
  if (spawned?.workers.some(({phase}) => phase === 'pending')) return;
  found.end(root, open, input.now, null);
  const {attributes} = open;
  if (spawned?.phase === 'starting') begin(found, root, {name: 'ready', generation, attributes});
}

function takeTrialEnd(found: Found, {generation, passed}: EventOf<'trial-ended'>): void {
  const {effects, input} = found.step;
  const failed = eventsIn(effects, 'restart-ended').find(
    end => end.verdict === 'failed' && end.generation === generation,
  );
  const why = failed?.verdict === 'failed' ? describeEnding(failed.ending) : 'the trial has failed';
  for (const {root, open} of openParts(found, generation, 'trial')) {
    open.attributes = {...open.attributes, ...(passed !== null && {'ssd.trial.passed': passed})};
    found.end(root, open, input.now, passed === false ? why : null);
  }
}

type Part = Pick<Open, 'name' | 'generation'> & {readonly attributes: Attributes};

function begin({step}: Found, root: Root, {name, generation, attributes}: Part): Open {
  const all = {'ssd.generation': generation, ...attributes};
  const open = {name, generation, spanId: newId(8), startedAt: step.input.now, attributes: all, events: []};
  root.open = [...root.open, open];
  return open;
}

function note({step}: Found, root: Root, open: Open, ...[name, attributes]: [string, Attributes]): void {
  addEvent({open, at: step.input.now, offsetMs: root.offsetMs}, name, attributes);
}

function partsOf({open}: Root, generation: number, ...names: readonly Open['name'][]): readonly Open[] {
  return open.filter(one => one.generation === generation && names.includes(one.name));
}

function openParts(found: Found, generation: number, name: Open['name']) {
  const root = found.of(generation);
  return root ? partsOf(root, generation, name).map(open => ({root, open})) : [];
}

/** The drain of an old generation, which begins with this event if none has. */
function drainOf(found: Found, generation: number): {readonly root: Root; readonly open: Open} | null {
  const {finishing, restart} = found.step.after;
  const isReplaced = finishing?.replaced.includes(generation);
  const number = isReplaced ? finishing?.number : restart?.stopped.includes(generation) ? restart.number : 0;
  const root = found.with(number ?? 0);
  if (!root) return null;
  const [known] = partsOf(root, generation, 'drain');
  return {root, open: known ?? begin(found, root, {name: 'drain', generation, attributes: {}})};
}

function withPids({attributes}: Open, pids: readonly number[]): Attributes {
  const known = attributes['ssd.worker.pids'];
  return pidsAttribute([...new Set([...(Array.isArray(known) ? known : []), ...pids])]);
}
