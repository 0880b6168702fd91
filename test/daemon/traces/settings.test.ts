import test from 'ava';
import type {TraceSetting} from '../../../src/daemon/log/trace-setting.js';
import {describeTraceSetting} from '../../../src/daemon/log/trace-setting.js';
import {readTraceSettings} from '../../../src/daemon/traces/settings/read.js';

const ENDPOINT = {OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318'};
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';

function read(env: Readonly<Record<string, string>>) {
  const told: TraceSetting[] = [];
  const settings = readTraceSettings({...ENDPOINT, ...env}, oddity => told.push(oddity));
  return {settings, told, faults: told.map(({variable, fault}) => `${variable} ${fault}`)};
}

test('an address is all that is needed', t => {
  const {settings, told} = read({});
  t.deepEqual(told, []);
  t.is(settings?.url.href, 'http://collector:4318/v1/traces');
  t.like(settings, {headers: {}, timeoutMs: 10_000, tls: {ca: null, cert: null, key: null}});
  t.deepEqual(settings?.resource, {'service.name': 'ssd'});
});

for (const [endpoint, url] of [
  ['http://collector:4318/', 'http://collector:4318/v1/traces'],
  ['https://collector/otlp//', 'https://collector/otlp/v1/traces'],
  ['http://[::1]:4318/a?key=value#part', 'http://[::1]:4318/a/v1/traces?key=value'],
] as const) {
  test(`${endpoint} is where the path begins`, t => {
    t.is(read({OTEL_EXPORTER_OTLP_ENDPOINT: endpoint}).settings?.url.href, url);
  });
}

test('what is said of traces alone comes first, and its address is taken as it is', t => {
  const {settings, told} = read({
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://other:1/path',
    OTEL_EXPORTER_OTLP_HEADERS: 'a=1',
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'b=2',
    OTEL_EXPORTER_OTLP_TIMEOUT: '1',
    OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '2000',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: '/ca.pem',
  });
  t.deepEqual(told, []);
  t.is(settings?.url.href, 'http://other:1/path');
  t.like(settings, {headers: {b: '2'}, timeoutMs: 2000, tls: {ca: '/ca.pem', cert: null, key: null}});
});

for (const [env, fault] of [
  [{OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318'}, 'OTEL_EXPORTER_OTLP_ENDPOINT no-address'],
  [{OTEL_EXPORTER_OTLP_ENDPOINT: 'file:///etc/passwd'}, 'OTEL_EXPORTER_OTLP_ENDPOINT no-address'],
  [{OTEL_TRACES_EXPORTER: 'jaeger'}, 'OTEL_TRACES_EXPORTER other-exporter'],
  [{OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc'}, 'OTEL_EXPORTER_OTLP_PROTOCOL other-protocol'],
  [{OTEL_SDK_DISABLED: 'TRUE'}, null],
  [{OTEL_TRACES_EXPORTER: 'none'}, null],
] as const) {
  test(`${JSON.stringify(env)} turns it off`, t => {
    const {settings, faults} = read(env as Readonly<Record<string, string>>);
    t.is(settings, null);
    t.deepEqual(faults, fault === null ? [] : [fault]);
  });
}

for (const [env, fault] of [
  [{OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf'}, 'OTEL_EXPORTER_OTLP_PROTOCOL sent-as-json'],
  [{OTEL_EXPORTER_OTLP_TIMEOUT: '-5'}, 'OTEL_EXPORTER_OTLP_TIMEOUT ignored'],
  [{OTEL_EXPORTER_OTLP_TIMEOUT: '1e3'}, 'OTEL_EXPORTER_OTLP_TIMEOUT ignored'],
  [{OTEL_EXPORTER_OTLP_HEADERS: 'no list'}, 'OTEL_EXPORTER_OTLP_HEADERS ignored'],
  [{OTEL_EXPORTER_OTLP_HEADERS: 'a=%'}, 'OTEL_EXPORTER_OTLP_HEADERS ignored'],
  [{OTEL_RESOURCE_ATTRIBUTES: 'a'}, 'OTEL_RESOURCE_ATTRIBUTES ignored'],
  [{OTEL_TRACES_SAMPLER: 'jaeger_remote'}, 'OTEL_TRACES_SAMPLER ignored'],
  [{OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2'}, 'OTEL_TRACES_SAMPLER_ARG ignored'],
] as const) {
  test(`${JSON.stringify(env)} is told and does not keep traces from being sent`, t => {
    const {settings, faults, told} = read(env as unknown as Readonly<Record<string, string>>);
    t.truthy(settings);
    t.deepEqual(faults, [fault]);
    t.regex(told.map(describeTraceSetting).join(), /^OTEL_/);
  });
}

test('an empty variable is as good as none', t => {
  const {settings, told} = read({
    OTEL_SDK_DISABLED: '',
    OTEL_EXPORTER_OTLP_TIMEOUT: ' ',
    OTEL_TRACES_SAMPLER: '',
  });
  t.deepEqual(told, []);
  t.is(settings?.timeoutMs, 10_000);
});

test('a request takes a minute at most', t => {
  t.is(read({OTEL_EXPORTER_OTLP_TIMEOUT: '999999999'}).settings?.timeoutMs, 60_000);
});

test('headers are decoded, and none that HTTP cannot have or that are ours is sent or told', t => {
  const {settings, faults, told} = read({
    OTEL_EXPORTER_OTLP_HEADERS:
      'Authorization=Basic%20c2VjcmV0%3D, a%0D%0Ab=secret,c=secret%0D%0Ax: y,Host=secret',
  });
  t.deepEqual(settings?.headers, {Authorization: 'Basic c2VjcmV0='});
  t.deepEqual(faults, ['OTEL_EXPORTER_OTLP_HEADERS some-ignored']);
  t.notRegex(JSON.stringify(told) + told.map(describeTraceSetting).join(), /secret|c2VjcmV0/);
});

test('__proto__ is a key like any other', t => {
  const {settings} = read({OTEL_RESOURCE_ATTRIBUTES: '__proto__=x,a=b'});
  t.deepEqual(Object.entries(settings?.resource ?? {}), [
    ['service.name', 'ssd'],
    ['__proto__', 'x'],
    ['a', 'b'],
  ]);
});

test('the name of the service is that of its own variable first', t => {
  const OTEL_RESOURCE_ATTRIBUTES = 'service.name=one,region=%C3%A4';
  t.deepEqual(read({OTEL_RESOURCE_ATTRIBUTES}).settings?.resource, {'service.name': 'one', region: 'ä'});
  t.is(read({OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME: 'two'}).settings?.resource['service.name'], 'two');
});

for (const [sampler, arg, parent, isSampled] of [
  ['always_on', '', false, true],
  ['always_off', '', true, false],
  ['parentbased_always_on', '', null, true],
  ['parentbased_always_on', '', false, false],
  ['parentbased_always_off', '', null, false],
  ['parentbased_always_off', '', true, true],
  ['traceidratio', '0', true, false],
  ['traceidratio', '1', false, true],
  ['parentbased_traceidratio', '0', true, true],
  ['parentbased_traceidratio', '0', null, false],
] as const) {
  test(`${sampler} ${arg} with ${parent} as the parent`, t => {
    const {settings, told} = read({OTEL_TRACES_SAMPLER: sampler, ...(arg && {OTEL_TRACES_SAMPLER_ARG: arg})});
    t.deepEqual(told, []);
    t.is(settings?.sampler(TRACE_ID, parent), isSampled);
  });
}

test('by ratio, the last 56 bits of the trace id decide', t => {
  const {settings} = read({OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.5'});
  t.true(settings?.sampler(`ffffffffffffffffff${'7f'.padEnd(14, '0')}`, null));
  t.false(settings?.sampler(`000000000000000000${'80'.padEnd(14, '0')}`, null));
});
