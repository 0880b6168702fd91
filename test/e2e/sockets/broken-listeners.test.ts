/** What one worker does to a listener affects all of them: ssd notices, reports who it was, and repairs it. */
import {once} from 'node:events';
import {chmodSync, statSync, unlinkSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import test from 'ava';
import type {Problem} from '../../../src/shared/protocol/problem.js';
import {problemsOf, restart, status} from '../../helpers/clients/control.js';
import {isNonBlocking} from '../../helpers/processes.js';
import {ask, boundPort, createRig, fixture} from '../../helpers/rig.js';

const BREAKER = fixture('breaker.pl');
const program = (...does: string[]) => ['perl', BREAKER, ...does];
const SHUT = 'shutdown $l, 2; exit 0';

const generationAt = async (target: number | string) => (await ask(target)).generation;

for (const [what, code] of Object.entries({
  'shuts its listener down when it ends': SHUT,
  'shuts it down for reading': 'shutdown $l, 0; exit 0',
  'shuts it down twice': 'shutdown $l, 2; shutdown $l, 2; exit 0',
  'does not accept any more after that': `$accepts = 0; ${SHUT}`,
})) {
  test(`a TCP listener of a worker that ${what} is listened on again, on the same port`, async t => {
    const rig = await createRig(t);
    const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd'], program('', code));
    const port = await boundPort(ssd);
    await ssd.line(/generation 1 is ready/);
    const {pid} = await ask(port);
    const verdict = await restart(rig);
    t.is(verdict.verdict, 'completed');
    const problem = {code: 'listener-shut', subject: `tcp 127.0.0.1:${port}`};
    const met = (verdict.problems as readonly Problem[])[0];
    t.like(met, problem);
    t.regex(met?.cause ?? '', new RegExp(`^shut down by .*pid ${pid}\\b.*; ssd listens again$`));
    t.is(await generationAt(port), 2);
    await restart(rig);
    t.is(await generationAt(port), 3);
  });
}

test('a listener is repaired while the worker that has shut it down lives on', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd'], program('', 'shutdown $l, 2; $accepts = 0'));
  const port = await boundPort(ssd);
  await ssd.line(/generation 1 is ready/);
  ssd.kill('SIGHUP');
  await ssd.line(/tcp \S+ did not take new clients: shut down by .*generation 1, which was told to finish/);
  t.is(await generationAt(port), 2);
});

test('a listener that a lost worker has shut down is repaired for the next', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd', '--interval=0.1'], program('', SHUT));
  const port = await boundPort(ssd);
  await ssd.line(/generation 1 is ready/);
  process.kill((await ask(port)).pid, 'SIGTERM');
  await ssd.line(/generation 2 is ready/);
  t.is(await generationAt(port), 2);
});

test('the problem is solved when the listener has held for a while', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd'], program('', SHUT));
  await ssd.line(/generation 1 is ready/);
  await restart(rig);
  await ssd.line(/solved after \S+: tcp \S+ did not take new clients/);
  t.deepEqual(await problemsOf(rig), []);
});

test('a unix listener is bound anew with its mode; the next generation has it, and until then it is a problem', async t => {
  const rig = await createRig(t);
  const path = rig.path('x');
  const ssd = rig.ssd([`--path=${path}`, '--ready=fd', '--interval=0.1'], program('', SHUT));
  await ssd.line(/generation 1 is ready/);
  chmodSync(path, 0o640);
  const {problems} = await restart(rig);
  t.like((problems as readonly Problem[])[0], {code: 'listener-shut', subject: `unix ${path}`});
  const [problem] = await problemsOf(rig);
  t.regex(
    problem?.cause ?? '',
    /ssd has bound it anew; the workers of generation 2 and before have the former/,
  );
  t.is(statSync(path).mode & 0o777, 0o640);
  await restart(rig);
  t.is(await generationAt(path), 3);
  t.deepEqual(await problemsOf(rig), []);
});

test('a UDP listener that a worker has connected to one peer hears everybody again when it has ended', async t => {
  const rig = await createRig(t);
  const connect = 'connect $l, pack_sockaddr_in(9, INADDR_LOOPBACK); exit 0';
  const ssd = rig.ssd(['--port=127.0.0.1:u0', '--ready=fd'], program('$accepts = 0', connect));
  const port = await boundPort(ssd);
  await ssd.line(/generation 1 is ready/);
  const {problems} = await restart(rig);
  t.like((problems as readonly Problem[])[0], {code: 'listener-shut', subject: `udp 127.0.0.1:${port}`});
  const {stdout} = await rig.run(['ss', '-Hnul', `sport = :${port}`]);
  t.regex(stdout, new RegExp(`127\\.0\\.0\\.1:${port} +0\\.0\\.0\\.0:\\*`));
});

test('a UDP listener that was shut down is reported; only a new ssd repairs it', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:u0', '--ready=fd'], program('$accepts = 0', SHUT));
  await ssd.line(/generation 1 is ready/);
  await restart(rig);
  t.regex((await problemsOf(rig))[0]?.cause ?? '', /a UDP socket stays shut: stop ssd and start it again/);
});

test('what workers do to a listener while ssd stops is not a problem', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd'], program('', SHUT));
  await ssd.line(/generation 1 is ready/);
  ssd.kill('SIGTERM');
  t.is((await ssd.exit()).code, 0);
  t.notRegex(ssd.stderr(), /warning/);
});

const NONBLOCK = 'fcntl $l, F_SETFL, O_NONBLOCK | fcntl($l, F_GETFL, 0)';
const BLOCK = 'fcntl $l, F_SETFL, ~O_NONBLOCK & fcntl($l, F_GETFL, 0)';

for (const [kept, does, undone] of [
  ['yes', BLOCK, true],
  ['no', NONBLOCK, false],
] as const) {
  test(`--nonblocking=${kept} keeps listeners so under a server that does the opposite`, async t => {
    const rig = await createRig(t);
    const args = ['--port=127.0.0.1:0', '--port=127.0.0.1:u0', `--path=${rig.path('x')}`, '--ready=fd'];
    const ssd = rig.ssd([...args, `--nonblocking=${kept}`], program(does));
    const port = await boundPort(ssd);
    await ssd.line(/generation 1 is ready/);
    // The answer comes after everything that ssd had to do before, so this is a barrier.
    await status(rig);
    const sockets = (await ask(port)).pid;
    for (const number of [3, 4, 5]) t.is(isNonBlocking(sockets, number), undone);
  });
}

test('--backlog is kept under a server that calls listen(2) with another', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd', '--backlog=77'], program('listen $l, 5'));
  await ssd.line(/generation 1 is ready/);
  const {listeners} = await status(rig);
  t.like(listeners, [{queue: {limit: 77}}]);
});

test('without it the backlog is what the server asks for', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd'], program('listen $l, 5'));
  await ssd.line(/generation 1 is ready/);
  t.like((await status(rig)).listeners, [{queue: {limit: 5}}]);
});

const DEAF = program('$accepts = 0');

for (const [type, option] of [
  ['tcp', '--port=127.0.0.1:0'],
  ['unix', '--path=x'],
] as const) {
  test(`a ${type} listener at which clients wait in vain is a problem until they are served`, async t => {
    const rig = await createRig(t);
    const file = rig.path('deaf');
    writeFileSync(file, '');
    const ssd = rig.ssd([option, '--ready=fd', '--interval=0.1'], program(`$accepts = !-e '${file}'`));
    const target = type === 'tcp' ? {port: await boundPort(ssd), host: '127.0.0.1'} : {path: rig.path('x')};
    await ssd.line(/generation 1 is ready/);
    const client = net.connect(target);
    t.teardown(() => client.destroy());
    await once(client, 'connect');
    await ssd.line(
      /warning: connections wait at .*, and nobody accepts them: .*; does the server use the descriptor in SERVER_STARTER_PORT\?$/,
    );
    t.like(await problemsOf(rig), [{code: 'queue-stuck'}]);
    unlinkSync(file);
    await restart(rig);
    await ssd.line(/solved after \S+: connections waited at/);
    t.deepEqual(await problemsOf(rig), []);
  });
}

test('a restart into a generation that accepts nothing says so in its verdict', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd', '--kill-old-delay=1.5'], DEAF);
  const port = await boundPort(ssd);
  await ssd.line(/generation 1 is ready/);
  const client = net.connect(port, '127.0.0.1');
  t.teardown(() => client.destroy());
  await once(client, 'connect');
  await status(rig);
  const {problems} = await restart(rig);
  t.like(problems, [{code: 'queue-stuck', subject: `tcp 127.0.0.1:${port}`}]);
});
