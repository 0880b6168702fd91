import net from 'node:net';
import test from 'ava';
import {following} from '../../helpers/clients/ssctl.js';
import {createRig, SSCTL} from '../../helpers/rig.js';

test('events shows past events in the words of the log', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  const logged = await ssd.line(/generation 1 is ready/);
  const {code, stdout} = await rig.ssctl(['events']);
  t.is(code, 0);
  const lines = stdout.trimEnd().split('\n');
  t.regex(lines[0] ?? '', /^\d{4}-\d\d-\d\dT[\d:.]+Z generation 1 spawned, pid \d+$/);
  t.is(lines.at(-1)?.split('Z ')[1], logged.split(']: ')[1]);
});

test('events --json has one event a line, --since only the latest', async t => {
  const rig = await createRig(t);
  await rig.ssd(['--interval=0.1']).line(/generation 1 is ready/);
  const {stdout} = await rig.ssctl(['events', '--json', '--since=1h']);
  const events = stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));
  t.deepEqual(
    events.map(({seq, type}) => [seq, type]),
    [
      [1, 'spawned'],
      [2, 'ready'],
    ],
  );
  const none = await rig.ssctl(['events', '--since=0']);
  t.deepEqual([none.code, none.stdout], [0, '']);
});

test('events --follow shows new events, and ends with 0 when ssd ends', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  await ssd.line(/generation 1 is ready/);
  const events = following(rig, ['events', '--follow']);
  await events.line(/generation 1 is ready/);
  ssd.kill('SIGHUP');
  await events.line(/restart completed: generation 2 replaced 1$/);
  ssd.kill('SIGTERM');
  await events.line(/all workers are gone$/);
  t.is((await events.exit()).code, 0);
});

test('events --follow ends when its output has no reader', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  await ssd.line(/generation 1 is ready/);
  // The first line is there at once; the next one finds nobody, and the shell waits for ssctl to end.
  const pipeline = `"$0" "$1" -s "$2" events -f | { head -1; exec <&-; kill -HUP ${ssd.pid}; }`;
  const {code, stdout} = await rig.run(['/bin/sh', '-c', pipeline, process.execPath, SSCTL, rig.control]);
  t.is(code, 0);
  t.regex(stdout, /^\S+ generation 1 spawned, pid \d+\n$/);
});

/** What a newer ssd may say. */
const NEWER = [
  {jsonrpc: '2.0', method: 'hello', params: {protocol: 1, version: '9.0.0', instance: 'new', pid: 1}},
  {
    jsonrpc: '2.0',
    method: 'event',
    params: {request: 1, event: {seq: 7, at: '2031-01-01T00:00:00.000Z', type: 'comet', tail: '\u009b2J'}},
  },
  {jsonrpc: '2.0', id: 1, result: {events: 1}},
];

test('an event that ssctl does not know is shown as JSON', async t => {
  const rig = await createRig(t);
  const server = net.createServer(socket => {
    socket.on('error', () => {});
    const [hello, ...answers] = NEWER.map(message => `${JSON.stringify(message)}\n`);
    socket.write(hello ?? '');
    socket.once('data', () => socket.write(answers.join('')));
  });
  await new Promise<void>(resolve => server.listen(rig.control, resolve));
  t.teardown(() => server.close());
  const {code, stdout} = await rig.ssctl(['events']);
  t.is(code, 0);
  t.regex(stdout, /^2031-01-01T00:00:00\.000Z \{"type":"comet",.*"tail":"\?2J"\}\n$/);
});
