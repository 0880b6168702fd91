/** Without a collector in the environment there are no traces, and nothing of them. */
import {readFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {createCollector} from '../../helpers/collector/collector.js';
import {createRig, fixture, SERVER, SSD} from '../../helpers/rig.js';

const CALLER = {TRACEPARENT: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'};

/** Starts, restarts and stops ssd. @returns which of Node's modules it has loaded, and what its workers saw */
async function live(t: ExecutionContext, env: Readonly<Record<string, string>>) {
  const rig = await createRig(t);
  const probe = ['--require', fixture('loaded.cjs')];
  const command = [
    process.execPath,
    ...probe,
    SSD,
    `--control=${rig.control}`,
    '--interval=0',
    '--',
    ...SERVER,
  ];
  const ssd = rig.start(command, {env: {SSD_TEST_LOADED: rig.path('loaded'), ...env}});
  const first = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  t.is((await rig.ssctl(['restart'], {env: CALLER})).code, 0);
  const second = await rig.conductor.nextWorker();
  const told = await rig.ssctl(['problems', '--json']);
  ssd.kill('SIGTERM');
  t.is((await ssd.exit()).code, 0);
  const loaded = readFileSync(rig.path('loaded'), 'utf8').split('\n');
  t.true(loaded.includes('NativeModule net'), 'the probe sees what is loaded');
  const http = loaded.filter(name => /^NativeModule (_?http|https|_tls|tls)/.test(name));
  return {http, first, second, log: await ssd.told(), told};
}

test('without the variable no http is loaded, and TRACEPARENT is a variable like any other', async t => {
  const {http, first, second} = await live(t, {OTEL_SERVICE_NAME: 'shop', TRACEPARENT: 'anything'});
  t.deepEqual(http, []);
  t.is(first.env.TRACEPARENT, 'anything');
  t.is(second.env.TRACEPARENT, 'anything');
});

test('with it http is loaded, and no TLS for an address without it', async t => {
  const {env, trace} = await createCollector(t);
  const both = Promise.all([trace(), trace()]);
  const {http} = await live(t, env);
  t.true(http.includes('NativeModule http'));
  t.false(http.includes('NativeModule https'));
  t.is((await both).length, 2);
});

for (const [off, says] of [
  [{OTEL_SDK_DISABLED: 'true'}, null],
  [{OTEL_TRACES_EXPORTER: 'none'}, null],
  [
    {OTEL_TRACES_EXPORTER: 'zipkin'},
    /OTEL_TRACES_EXPORTER=zipkin names an exporter that ssd does not have, so no traces are sent/,
  ],
  [
    {OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc'},
    /OTEL_EXPORTER_OTLP_PROTOCOL=grpc names a protocol that ssd does not speak, so no traces are sent/,
  ],
  [
    {OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'collector:4318'},
    /OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is no address/,
  ],
] as const) {
  test(`${JSON.stringify(off)} turns it off`, async t => {
    // Nobody listens there.
    const {http, log} = await live(t, {OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', ...off});
    t.deepEqual(http, []);
    if (says) t.regex(log, says);
    else t.notRegex(log, /OTEL|trace/);
  });
}
