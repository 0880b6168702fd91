/** Spans, and what is open of a trace: plain data, so that the next image of ssd goes on with it. */
import type {TraceContext} from '../../../shared/protocol/trace/context.js';

export type Value = string | number | boolean | readonly number[];
export type Attributes = Readonly<Record<string, Value>>;
/** `atMs` is a time of day: milliseconds since 1970. */
export type SpanEvent = {readonly name: string; readonly atMs: number; readonly attributes: Attributes};

/** A span that has ended. */
export type Span = {
  readonly traceId: string;
  readonly spanId: string;
  /** null: the trace begins with it. */
  readonly parentSpanId: string | null;
  /** Its parent is a span of another process. */
  readonly isEntry: boolean;
  readonly traceState: string | null;
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  readonly links: readonly TraceContext[];
  /** What went wrong, in words, or null. */
  readonly error: string | null;
};

/** A part of a restart that goes on. Moments are those of the core. */
export type Open = {
  readonly name: 'spawn' | 'ready' | 'trial' | 'drain';
  readonly generation: number;
  readonly spanId: string;
  readonly startedAt: number;
  attributes: Attributes;
  readonly events: SpanEvent[];
};

export type By = 'request' | 'signal' | 'auto-restart' | 'boot' | 'adopt' | 'resume' | 'lost';

/** A restart that goes on, and the parts of it that do. A contract with later versions of ssd: what is added may be missing. */
export type Root = {
  /** That of the restart in the core. */
  readonly number: number;
  readonly name: 'restart' | 'start';
  readonly by: By;
  readonly traceId: string;
  readonly spanId: string;
  readonly isRecorded: boolean;
  readonly parent: {readonly spanId: string; readonly traceState: string | null} | null;
  /** The same as it was named, for a restart to which this one becomes a part. */
  readonly asker: TraceContext | null;
  readonly startedAt: number;
  /** Added to a moment, it gives the time of day. The same for all of a trace, even if the clock is set meanwhile. */
  readonly offsetMs: number;
  /** Others who asked for it. */
  links: readonly TraceContext[];
  order: string;
  release: string | null;
  attempts: number;
  /** The generation of the last attempt, and the span to which its workers belong. */
  generation: number | null;
  spawnSpanId: string | null;
  isReady: boolean;
  replaced: readonly number[];
  /** The last attempt that failed: the code of the reason, and a sentence. */
  failure: Failure | null;
  open: Open[];
};

export type Failure = {readonly reason: string; readonly message: string};

/** More pids than a person reads. A generation can have a thousand. */
const MOST_PIDS = 64;
/** A trial can be checked each second for an hour. */
const MOST_EVENTS = 32;
const LONGEST_TEXT = 1000;

export function pidsAttribute(pids: readonly number[]): Attributes {
  return {'ssd.worker.pids': pids.slice(0, MOST_PIDS)};
}

export function addEvent({open, at, offsetMs}: At, name: string, attributes: Attributes): void {
  if (open.events.length < MOST_EVENTS) open.events.push({name, atMs: at + offsetMs, attributes});
}

type At = {readonly open: Open; readonly at: number; readonly offsetMs: number};

/** A part that has ended at this moment. */
export function endOpen(root: Root, open: Open, at: number, error: string | null): Span {
  return {
    ...common(root, open, at),
    parentSpanId: root.spanId,
    isEntry: false,
    attributes: open.attributes,
    events: open.events,
    links: [],
    error: error && shortened(error),
  };
}

/** All of the restart, which has ended at this moment. */
export function endRoot(root: Root, at: number, attributes: Attributes, error: string | null): Span {
  return {
    ...common(root, root, at),
    parentSpanId: root.parent?.spanId ?? null,
    isEntry: root.parent !== null,
    attributes,
    events: [],
    links: root.links,
    error: error && shortened(error),
  };
}

function common(
  root: Root,
  {name, spanId, startedAt}: Pick<Open | Root, 'name' | 'spanId' | 'startedAt'>,
  at: number,
) {
  const {traceId, parent, offsetMs} = root;
  const endMs = Math.max(startedAt, at) + offsetMs;
  return {
    traceId,
    spanId,
    traceState: parent?.traceState ?? null,
    name,
    startMs: startedAt + offsetMs,
    endMs,
  };
}

export function shortened(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}...` : text;
}
