/**
 * The JSON of OTLP, as its specification has it: lowerCamelCase names, ids in hexadecimal digits, numbers of 64 bits as texts,
 * enumerations as numbers. A member that is not known fails as well.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
 */
import * as v from 'valibot';

const text = v.string();
const traceId = v.pipe(text, v.regex(/^(?!0{32})[0-9a-f]{32}$/));
const spanId = v.pipe(text, v.regex(/^(?!0{16})[0-9a-f]{16}$/));
const int64 = v.pipe(text, v.regex(/^-?\d{1,19}$/));
const nanos = v.pipe(text, v.regex(/^\d{19}$/));
const uint32 = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1));
const traceState = v.exactOptional(v.pipe(text, v.maxLength(512)));

const plainValue = [
  v.strictObject({stringValue: text}),
  v.strictObject({boolValue: v.boolean()}),
  v.strictObject({intValue: int64}),
] as const;
const anyValue = v.union([
  ...plainValue,
  v.strictObject({arrayValue: v.strictObject({values: v.array(v.union(plainValue))})}),
]);
const attributes = v.pipe(
  v.array(v.strictObject({key: v.pipe(text, v.minLength(1)), value: anyValue})),
  v.check(list => new Set(list.map(({key}) => key)).size === list.length, 'a key is there once'),
);

const span = v.pipe(
  v.strictObject({
    traceId,
    spanId,
    traceState,
    parentSpanId: v.exactOptional(spanId),
    flags: uint32,
    name: v.pipe(text, v.minLength(1)),
    kind: v.picklist([1, 2, 3, 4, 5]),
    startTimeUnixNano: nanos,
    endTimeUnixNano: nanos,
    attributes,
    events: v.array(v.strictObject({timeUnixNano: nanos, name: text, attributes})),
    links: v.array(v.strictObject({traceId, spanId, traceState, flags: uint32})),
    status: v.strictObject({
      code: v.exactOptional(v.picklist([1, 2])),
      message: v.exactOptional(text),
    }),
  }),
  v.check(
    one => BigInt(one.startTimeUnixNano) <= BigInt(one.endTimeUnixNano),
    'a span does not end before it begins',
  ),
);

export const REQUEST = v.strictObject({
  resourceSpans: v.array(
    v.strictObject({
      resource: v.strictObject({attributes}),
      scopeSpans: v.array(
        v.strictObject({scope: v.strictObject({name: text, version: text}), spans: v.array(span)}),
      ),
    }),
  ),
});

export type Exported = v.InferOutput<typeof REQUEST>;
type Attributes = v.InferOutput<typeof attributes>;
type Value = string | number | boolean | readonly unknown[];

/** Attributes as an object. */
export function plain(list: Attributes): Readonly<Record<string, Value>> {
  return Object.fromEntries(list.map(({key, value}) => [key, plainOf(value)]));
}

function plainOf(value: Attributes[number]['value']): Value {
  if ('stringValue' in value) return value.stringValue;
  if ('boolValue' in value) return value.boolValue;
  if ('intValue' in value) return Number(value.intValue);
  return value.arrayValue.values.map(plainOf);
}
