/**
 * Makes spans of the steps of the core. It only looks: which restarts there are is in the model, and what happens in them is in
 * the effects.
 *
 *     restart ─┬─ spawn   from the order to the last pid; the workers belong to it     once more for each attempt
 *              ├─ ready   until the generation is ready, or has failed                 likewise
 *              ├─ trial   while it is on trial (`--bake`)
 *              └─ drain   from the first order to finish until an old generation is gone
 *
 * A restart that becomes part of another one before it has spawned anything leaves a link there and no span. What goes on when
 * its restart has ended, such as the drain of one that a later restart supersedes, ends with it and is marked as unfinished.
 */
import {type TraceContext, traceVariables} from '../../../shared/protocol/trace/context.js';
import type {Input} from '../../core/types.js';
import type {CoreStep, Traces} from '../port.js';
import {type Begin, begun} from './begin-root.js';
import {endOf} from './end-of.js';
import {endOpen, endRoot, type Root, type Span} from './span.js';
import {type Found, takeEvent, takeSpawn} from './take-event.js';

export type Recorder = {
  readonly observe: (step: CoreStep) => void;
  readonly nameTrace: Traces['nameTrace'];
  readonly withTrace: Traces['withTrace'];
  /** The restarts that go on. */
  readonly roots: () => readonly Root[];
};

export type RecorderContext = Begin & {
  readonly instance: string;
  /** @param isWhole a restart has ended with it */
  readonly onSpan: (span: Span, isWhole: boolean) => void;
};

/** @param revived the restarts that went on when a former image of ssd handed over */
export function createRecorder(context: RecorderContext, revived: readonly Root[] = []): Recorder {
  const roots = new Map(revived.map(root => [root.number, root]));
  const names = createNames();
  const give = (root: Root, span: Span, isWhole = false) => {
    if (root.isRecorded) context.onSpan(span, isWhole);
  };
  const found: Omit<Found, 'step'> = {
    of: generation => [...roots.values()].find(root => root.generation === generation),
    with: number => roots.get(number),
    end: (root, open, at, error) => {
      root.open = root.open.filter(one => one !== open);
      give(root, endOpen(root, open, at, error));
    },
  };
  const finish = (root: Root, step: CoreStep) => {
    const {now: at} = step.input;
    const end = endOf(root, step, context.instance);
    roots.delete(root.number);
    if (!end) {
      link(roots.get(step.after.restart?.number ?? 0), root.asker, ...root.links);
      return;
    }
    for (const open of root.open) {
      open.attributes = {...open.attributes, 'ssd.unfinished': true};
      give(root, endOpen(root, open, at, null));
    }
    give(root, endRoot(root, at, end.attributes, end.error), true);
  };
  return {
    observe: step => {
      const named = names.take(step.input);
      for (const root of begun(step, named, context)) roots.set(root.number, root);
      if (roots.size === 0) return;
      if (named) link(rootOfAsker(step, roots), named);
      for (const effect of step.effects) {
        if (effect.type === 'spawn') takeSpawn({...found, step}, effect);
        if (effect.type === 'publish') takeEvent({...found, step}, effect.event);
      }
      for (const root of [...roots.values()]) {
        endDrains(root, step, found.end);
        if (!noteFacts(root, step)) finish(root, step);
      }
    },
    nameTrace: names.add,
    withTrace: (env, order) => withVariables(env, found.of(order.generation)),
    roots: () => [...roots.values()],
  };
}

/** An old generation is gone when the model has it no more. */
function endDrains(root: Root, {after, input}: CoreStep, end: Found['end']): void {
  for (const open of root.open) {
    const isGone = !after.generations.some(({number}) => number === open.generation);
    if (open.name === 'drain' && isGone) end(root, open, input.now, null);
  }
}

/** Takes over what the model knows of a restart. @returns whether it goes on */
function noteFacts(root: Root, {after}: CoreStep): boolean {
  const {restart, following, recovery, finishing} = after;
  const restarting = [restart, following, recovery].find(one => one?.number === root.number);
  const finished = finishing?.number === root.number ? finishing : undefined;
  if (restarting) root.order = restarting.stopFirst ? 'stop-first' : 'overlap';
  if (finished) root.replaced = finished.replaced;
  return (restarting ?? finished) !== undefined;
}

/** Nobody's trace comes through ssd by itself. A worker that takes a lost one's place when the restart is over belongs to none. */
function withVariables(
  {TRACEPARENT: _, TRACESTATE: __, ...env}: Parameters<Traces['withTrace']>[0],
  root: Root | undefined,
): ReturnType<Traces['withTrace']> {
  if (!root?.spawnSpanId) return env;
  const traceparent = `00-${root.traceId}-${root.spawnSpanId}-${root.isRecorded ? '01' : '00'}`;
  const tracestate = root.parent?.traceState ?? null;
  return {...env, ...traceVariables({traceparent, ...(tracestate !== null && {tracestate})})};
}

/** The restart of which the request of this step has become a part. */
function rootOfAsker({input, after}: CoreStep, roots: ReadonlyMap<number, Root>): Root | undefined {
  const token = tokenOf(input);
  const asked = [after.restart, after.following].find(one =>
    one?.waiters.some(waiter => waiter.token === token),
  );
  return asked ? roots.get(asked.number) : undefined;
}

/** More than anybody follows. */
const MOST_LINKS = 32;

function link(root: Root | undefined, ...contexts: readonly (TraceContext | null)[]): void {
  for (const context of contexts) {
    if (!root || !context || root.links.length >= MOST_LINKS) return;
    const isKnown = [root.asker, ...root.links].some(known => known?.traceparent === context.traceparent);
    if (!isKnown) root.links = [...root.links, context];
  }
}

/** The traces of the requests that are about to be submitted. One that the core could not take is pushed out in the end. */
function createNames() {
  const names = new Map<string, TraceContext>();
  return {
    add: (token: string, trace: TraceContext) => {
      names.set(token, trace);
      for (const oldest of [...names.keys()].slice(0, -MOST_LINKS)) names.delete(oldest);
    },
    take: (input: Input): TraceContext | null => {
      const token = tokenOf(input);
      const named = token === null ? undefined : names.get(token);
      if (token !== null) names.delete(token);
      return named ?? null;
    },
  };
}

function tokenOf(input: Input): string | null {
  return input.type === 'restart' ? (input.asker?.token ?? null) : null;
}
