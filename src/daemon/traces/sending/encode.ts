/**
 * Spans as OTLP has them in JSON: ids as hexadecimal text, 64-bit numbers as text, enumerations as numbers.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
import {parseTraceparent, type TraceContext} from '../../../shared/protocol/trace/context.js';
import type {Attributes, Span, SpanEvent, Value} from '../recording/span.js';

export type Origin = {readonly resource: Attributes; readonly version: string};

const KIND_INTERNAL = 1;
const STATUS_ERROR = 2;
/** Bits of `flags` beside those of a traceparent. */
const SAMPLED = 1;
const KNOWS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;

/** The body of a request. */
export function encode(spans: readonly Span[], {resource, version}: Origin): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: {attributes: attributesOf(resource)},
        scopeSpans: [{scope: {name: 'ssd', version}, spans: spans.map(encodeSpan)}],
      },
    ],
  });
}

function encodeSpan(span: Span): object {
  const {traceId, spanId, parentSpanId, traceState, isEntry, name, error} = span;
  return {
    traceId,
    spanId,
    ...(traceState !== null && {traceState}),
    ...(parentSpanId !== null && {parentSpanId}),
    flags: SAMPLED | KNOWS_IS_REMOTE | (isEntry ? IS_REMOTE : 0),
    name,
    kind: KIND_INTERNAL,
    startTimeUnixNano: nanos(span.startMs),
    endTimeUnixNano: nanos(span.endMs),
    attributes: attributesOf(span.attributes),
    events: span.events.map(encodeEvent),
    links: span.links.flatMap(encodeLink),
    status: error === null ? {} : {code: STATUS_ERROR, message: error},
  };
}

function encodeEvent({name, atMs, attributes}: SpanEvent): object {
  return {timeUnixNano: nanos(atMs), name, attributes: attributesOf(attributes)};
}

function encodeLink({traceparent, tracestate}: TraceContext): object[] {
  const parsed = parseTraceparent(traceparent);
  if (!parsed) return [];
  const {traceId, spanId, flags} = parsed;
  const more = tracestate === undefined ? {} : {traceState: tracestate};
  return [{traceId, spanId, ...more, flags: flags | KNOWS_IS_REMOTE | IS_REMOTE}];
}

/** A time in nanoseconds has too many digits for a number. */
function nanos(ms: number): string {
  return `${Math.round(ms)}000000`;
}

function attributesOf(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, value]) => ({key, value: anyValue(value)}));
}

function anyValue(value: Value): object {
  if (typeof value === 'string') return {stringValue: value};
  if (typeof value === 'boolean') return {boolValue: value};
  if (typeof value === 'number') return {intValue: String(Math.round(value))};
  return {arrayValue: {values: value.map(anyValue)}};
}
