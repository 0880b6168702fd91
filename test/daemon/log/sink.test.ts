import {readFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {jsonOf, limited, redirected, scriptCommand, source} from '../../helpers/adapters/script.js';
import {createRig, type Rig} from '../../helpers/rig.js';

/** A sink in a process of its own: it writes to standard error. What is `tell`ed comes back. */
const script = (body: string) => `
  import {closeSync, constants, openSync, readFileSync, readSync} from 'node:fs';
  import net from 'node:net';
  import {once} from 'node:events';
  import {createLogSink} from '${source('daemon/log/sink')}';
  import {duplicateOnto, pipe} from '${source('daemon/system/posix')}';
  const isNonBlocking = fd =>
    (Number.parseInt(/^flags:\\s*(\\d+)$/m.exec(readFileSync('/proc/self/fdinfo/' + fd, 'utf8'))[1], 8) & 0o4000) !== 0;
  const entry = text => ({event: 'test', text, fields: {n: 1}});
  const readAll = fd => {
    const own = openSync('/proc/self/fd/' + fd, constants.O_RDONLY | constants.O_NONBLOCK);
    const buffer = Buffer.alloc(1024 * 1024);
    return buffer.toString('utf8', 0, readSync(own, buffer));
  };
  const told = [];
  const tell = value => told.push(value);
  ${body}
  console.log(JSON.stringify(told));
  process.exit();`;

const sinkIn = (rig: Rig, body: string, redirection = '') =>
  jsonOf(rig, redirected(redirection, scriptCommand(script(body))));

async function told(t: ExecutionContext, body: string, redirection = ''): Promise<unknown> {
  return sinkIn(await createRig(t), body, redirection);
}

test('a line has the time, the pid and the text, and goes to the end of the file', async t => {
  const rig = await createRig(t);
  await rig.run(['sh', '-c', 'echo before >log']);
  const body = "createLogSink('text').write(entry('hello')); createLogSink('json').write(entry('ü'));";
  await sinkIn(rig, body, '2>>log');
  const [before, text = '', json = '', end] = readFileSync(rig.path('log'), 'utf8').split('\n');
  t.deepEqual([before, end], ['before', '']);
  t.regex(text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ssd\[\d+\]: hello$/);
  t.like(JSON.parse(json), {program: 'ssd', event: 'test', n: 1, text: 'ü'});
});

test('a full pipe never makes ssd wait; dropped lines are counted and reported when there is room', async t => {
  const body = `
    const {readEnd, writeEnd} = pipe();
    duplicateOnto(writeEnd, 2);
    const sink = createLogSink('text');
    for (let n = 0; n < 3000; n++) sink.write(entry('line ' + n + ' ' + 'x'.repeat(100)));
    const first = readAll(readEnd);
    const came = first.split('\\n').length - 1;
    sink.write(entry('after'));
    const then = readAll(readEnd).split('\\n').map(line => line.replace(/^.*?: /, ''));
    tell(first.endsWith('\\n'));
    tell(came > 100 && came < 3000);
    tell(then[0] === (3000 - came) + ' log lines were dropped: nobody read them');
    tell(then.slice(1));
    tell([isNonBlocking(2), isNonBlocking(writeEnd)]);`;
  t.deepEqual(await told(t, body), [true, true, true, ['after', ''], [false, false]]);
});

test('a nearly full pipe takes a part of the output of a worker, then nothing, and the rest later', async t => {
  const body = `
    const {readEnd, writeEnd} = pipe();
    duplicateOnto(writeEnd, 2);
    const sink = createLogSink('text');
    const data = Buffer.alloc(100_000, 'x');
    const taken = sink.passOn(data);
    tell(taken > 0 && taken < data.length);
    tell(sink.passOn(data.subarray(taken)));
    tell(readAll(readEnd).length === taken);
    tell(sink.passOn(data.subarray(taken)) === data.length - taken);`;
  t.deepEqual(await told(t, body), [true, 0, true, true]);
});

test('on a full disk lines are dropped and counted, and the output of workers is not kept', async t => {
  const body = `
    const sink = createLogSink('text');
    sink.write(entry('lost'));
    sink.write(entry('lost'));
    tell(sink.passOn(Buffer.from('lost')));
    duplicateOnto(openSync('log', 'a'), 2);
    sink.reopen();
    sink.write(entry('seen'));
    tell(readFileSync('log', 'utf8').trim().split('\\n').map(line => line.replace(/^.*?: /, '')));`;
  t.deepEqual(await told(t, body, '2>/dev/full'), [
    4,
    ['2 log lines were dropped: ENOSPC (no space left on device)', 'seen'],
  ]);
});

test('a lost line is reported when it is lost, and a report that writes to the log does not end in a circle', async t => {
  const body = `
    let circles = 0;
    const sink = createLogSink('text', dropped => {
      tell([dropped.of, dropped.lines, dropped.cause]);
      if (circles++ === 0) sink.write(entry('a line about it'));
    });
    sink.write(entry('lost'));
    sink.passOn(Buffer.from('two\\nlines\\n'));
    sink.passOn(Buffer.from('and a half'));
    duplicateOnto(openSync('log', 'a'), 2);
    sink.reopen();
    sink.write(entry('seen'));`;
  t.deepEqual(await told(t, body, '2>/dev/full'), [
    ['ssd', 1, 'ENOSPC'],
    ['ssd', 2, 'ENOSPC'],
    ['workers', 2, 'ENOSPC'],
    ['workers', 3, 'ENOSPC'],
    ['ssd', 2, 'ENOSPC'],
  ]);
});

test('a reader that is gone is no reason to die, of a pipe or of a socket', async t => {
  const body = `
    const {readEnd, writeEnd} = pipe();
    duplicateOnto(writeEnd, 2);
    const sink = createLogSink('text');
    closeSync(readEnd);
    sink.write(entry('lost'));
    tell(sink.passOn(Buffer.from('lost')));
    const server = net.createServer(socket => socket.destroy()).listen('socket');
    const client = net.connect('socket');
    await Promise.all([once(server, 'connection'), once(client, 'connect')]);
    duplicateOnto(client._handle.fd, 2);
    sink.reopen();
    await once(client.resume(), 'close');
    sink.write(entry('lost'));
    tell(sink.passOn(Buffer.from('lost')));`;
  t.deepEqual(await told(t, body), [4, 4]);
});

test('a socket whose peer does not read never makes ssd wait', async t => {
  const body = `
    const server = net.createServer({pauseOnConnect: true}).listen('socket');
    const client = net.connect('socket');
    const [[peer]] = await Promise.all([once(server, 'connection'), once(client, 'connect')]);
    duplicateOnto(client._handle.fd, 2);
    const sink = createLogSink('text');
    const data = Buffer.alloc(10_000_000, 'x');
    let taken = 0;
    for (let more = 1; more > 0; taken += more) more = sink.passOn(data.subarray(taken));
    tell(taken > 0 && taken < data.length);
    tell(sink.passOn(data));
    for (let n = 0; n < 100; n++) sink.write(entry('lost'));`;
  t.deepEqual(await told(t, body), [true, 0]);
});

test('with standard error closed every line is lost, and nothing is thrown', async t => {
  const body = `
    const held = openSync('log', 'a');
    closeSync(2);
    const sink = createLogSink('text');
    sink.write(entry('lost'));
    duplicateOnto(held, 2);
    sink.reopen();
    sink.write(entry('seen'));
    tell(readFileSync('log', 'utf8').split('\\n').length - 1);`;
  t.deepEqual(await told(t, body), [2]);
});

test('a line of which only a part was written counts as dropped, and the next one begins a line', async t => {
  const body = `
    const sink = createLogSink('text');
    let lines = 0;
    // ulimit -f 8 allows 4096 bytes (in blocks of 512): the line that crosses them is torn.
    process.on('SIGXFSZ', () => {});
    while (lines < 60) { sink.write(entry('x'.repeat(100))); lines += 1; }
    const {ftruncateSync} = await import('node:fs');
    const seen = readFileSync('log', 'utf8');
    tell(seen.length === 4096 && !seen.endsWith('\\n'));
    ftruncateSync(2, 2000);
    sink.write(entry('after'));
    const [torn, lost, after] = readFileSync('log', 'utf8').slice(2000 - 20).split('\\n');
    tell(/ log lines were dropped: EFBIG /.test(lost));
    tell(after.endsWith(': after'));`;
  const rig = await createRig(t);
  const command = limited('f', 8, redirected('2>>log', scriptCommand(script(body))));
  t.deepEqual(await jsonOf(rig, command), [true, true, true]);
});
