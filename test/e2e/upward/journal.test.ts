/** ssctl as ExecReload of the service itself: what it would say is in the journal already. */
import {createSocket} from 'node:dgram';
import {promisify} from 'node:util';
import test from 'ava';
import {deafServer} from '../../helpers/adapters/deaf.js';
import {boundPort, createRig, INSTALLED, type Rig} from '../../helpers/rig.js';

/** Node gives its children sockets for pipes, as systemd does for the journal. This makes standard error the journal. */
const IN_JOURNAL = 'JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec "$@"';

function reload(rig: Rig, invocation: string | undefined, args: readonly string[] = []) {
  const ssctl = [INSTALLED.ssctl, '-s', rig.control, 'restart', ...args];
  return rig.run(['sh', '-c', IN_JOURNAL, 'sh', ...ssctl], {env: {INVOCATION_ID: invocation}});
}

test('within the same service it says nothing, and its exit status tells', async t => {
  const rig = await createRig(t);
  rig.ssd(['--ready=notify'], undefined, {env: {INVOCATION_ID: 'a1'}});
  await (await rig.conductor.nextWorker()).notify('READY=1');
  const good = reload(rig, 'a1');
  await (await rig.conductor.nextWorker()).notify('READY=1');
  t.deepEqual(await good, {code: 0, signal: null, stdout: '', stderr: ''});
  const failed = reload(rig, 'a1');
  (await rig.conductor.nextWorker()).exit(3);
  t.deepEqual(await failed, {code: 1, signal: null, stdout: '', stderr: ''});
});

test('what ssd does not say itself is said all the same', async t => {
  const rig = await createRig(t);
  rig.ssd(['--ready=notify'], undefined, {env: {INVOCATION_ID: 'a1'}});
  await (await rig.conductor.nextWorker()).notify('READY=1');
  const late = reload(rig, 'a1', ['--timeout=0.2']);
  await rig.conductor.nextWorker();
  const {code, stderr} = await late;
  t.is(code, 4);
  t.regex(stderr, /^ssctl: .*0\.2/);
});

test('why --fail-on-drops made it fail is said, for ssd logs only what was dropped', async t => {
  const rig = await createRig(t);
  const {program, letBeReady} = await deafServer(rig);
  const ssd = rig.ssd(['--port=127.0.0.1:u0', '--ready=fd'], program, {env: {INVOCATION_ID: 'a1'}});
  const port = await boundPort(ssd);
  await ssd.line(/generation 1 is ready/);
  const failed = reload(rig, 'a1', ['--fail-on-drops', '--until=ready']);
  await ssd.line(/generation 2 spawned/);
  const client = createSocket('udp4');
  t.teardown(() => client.close());
  const send = promisify(client.send.bind(client) as Send);
  // More than the receive buffer holds.
  for (let sent = 0; sent < 1000; sent += 1) await send(Buffer.alloc(1000), port, '127.0.0.1');
  letBeReady();
  const {code, stdout, stderr} = await failed;
  t.is(code, 1);
  t.is(stdout, '');
  t.regex(stderr, /^ssctl: the restart is done, but packets of clients were dropped at [^\n]+\n$/);
});

type Send = (data: Buffer, port: number, host: string, done: (error: Error | null) => void) => void;

const ELSEWHERE: readonly [string, string | undefined, readonly string[]][] = [
  ['in another service', 'b2', []],
  ['outside of any', undefined, []],
  ['where the log is a file', 'a1', ['--log-file=log']],
];
for (const [where, invocation, args] of ELSEWHERE) {
  test(`${where} it says what it does`, async t => {
    const rig = await createRig(t);
    rig.ssd(['--interval=0.1', ...args], undefined, {env: {INVOCATION_ID: 'a1'}});
    await rig.conductor.nextWorker();
    t.is((await rig.ssctl(['wait', 'ready'])).code, 0);
    const {code, stdout, stderr} = await reload(rig, invocation);
    t.is(code, 0);
    t.regex(stdout, /generation 2 .*serves/);
    t.regex(stderr, /generation 2 spawned/);
  });
}

test('the data of --json is always printed', async t => {
  const rig = await createRig(t);
  rig.ssd(['--interval=0.1'], undefined, {env: {INVOCATION_ID: 'a1'}});
  await rig.conductor.nextWorker();
  t.is((await rig.ssctl(['wait', 'ready'])).code, 0);
  const {code, stdout} = await reload(rig, 'a1', ['--json']);
  t.is(code, 0);
  t.like(JSON.parse(stdout), {verdict: 'completed'});
});
