/** What is odd about one of OpenTelemetry's variables. A value that may be a secret is left out. */
export type TraceSetting = {
  readonly variable: string;
  readonly fault:
    | 'no-address'
    | 'other-exporter'
    | 'other-protocol'
    | 'sent-as-json'
    | 'ignored'
    | 'some-ignored';
  readonly value?: string;
};

const NONE = 'no traces are sent';

const FAULTS: Readonly<Record<TraceSetting['fault'], string>> = {
  'no-address': `is no address that begins with http:// or https://, so ${NONE}`,
  'other-exporter': `names an exporter that ssd does not have, so ${NONE}; it has otlp`,
  'other-protocol': `names a protocol that ssd does not speak, so ${NONE}; it speaks http/json, for which collectors have port 4318`,
  'sent-as-json': 'names a protocol that ssd does not speak; it sends http/json to the same address',
  ignored: 'cannot be read and is ignored',
  'some-ignored': 'has headers that cannot be sent; the others are',
};

/** @example describeTraceSetting({variable: 'OTEL_TRACES_SAMPLER', fault: 'ignored', value: 'some'}) */
export function describeTraceSetting({variable, fault, value}: TraceSetting): string {
  return `${variable}${value === undefined ? '' : `=${value}`} ${FAULTS[fault]}`;
}
