/** `--on-death`: what becomes of workers when their ssd is killed. */
import {chmodSync, copyFileSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import test from 'ava';
import {eachLine} from '../../helpers/lines.js';
import {Mailbox} from '../../helpers/mailbox.js';
import {ask, boundPort, createRig, INSTALLED, SERVER} from '../../helpers/rig.js';
import {asRoot, STRANGER} from '../../helpers/root.js';
import {HELLO} from '../../helpers/servers.js';
import {orphaned, settled, stateOf, statusOf} from './stage.js';

test('--on-death=term: a killed ssd leaves a worker that finishes, and the next one does not tell it again', async t => {
  const {rig, old} = await orphaned(t, ['--on-death=term'], worker => worker.beStubborn());
  t.is(await old.nextSignal(), 'SIGTERM');
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd', '--on-death=term']);
  const port = await boundPort(ssd);
  const next = await rig.conductor.nextWorker();
  await next.write(4, '\n');
  await ssd.line(/generation 2 is ready/);
  // The kernel tells it once more for each thread of ssd that it was a child of.
  t.notRegex(await ssd.told(), /sending TERM to generation 1/);
  t.deepEqual([...new Set(old.signals)], ['SIGTERM']);
  old.exit(0);
  await ssd.line(new RegExp(`generation 1, pid ${old.pid}, .*(ended|exited|finished)`));
  t.deepEqual(await ask(port), {generation: 2, pid: next.pid});
  t.is((await rig.ssctl(['stop'])).code, 0);
});

test('--on-death=kill: nothing is left, and the next start is as any other', async t => {
  const {rig, old, port} = await orphaned(t, ['--on-death=kill'], worker => worker.beStubborn());
  await old.gone;
  t.deepEqual(old.signals, []);
  const ssd = rig.ssd([`--port=127.0.0.1:${port}`, '--ready=fd', '--on-death=kill']);
  t.is((await rig.conductor.nextWorker()).generation, 1);
  t.notRegex(await ssd.told(), /generation 1 is taken over/);
});

/** It answers one client, who has to say something first, and tells of a SIGTERM that comes meanwhile. */
const PATIENT = String.raw`
  my ($fd) = $ENV{SERVER_STARTER_PORT} =~ /=(\d+)/;
  open my $listener, '+<&=', $fd or die;
  accept my $client, $listener;
  my $told = 0;
  $SIG{TERM} = sub { syswrite $client, "told\n" unless $told++ };
  syswrite $client, "begun\n";
  my $said = <$client>;
  syswrite $client, "you said $said";
`;

test('a worker that is told by the death of ssd finishes its request', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--on-death=term', '--interval=0.2'], ['perl', '-e', PATIENT]);
  const socket = net.connect({port: await boundPort(ssd), host: '127.0.0.1'});
  t.teardown(() => socket.destroy());
  const lines = new Mailbox<string>('a line of the worker');
  eachLine(socket, line => lines.put(line));
  t.is(await lines.take(), 'begun');
  ssd.kill('SIGKILL');
  t.is(await lines.take(), 'told');
  socket.write('hello\n');
  t.is(await lines.take(), 'you said hello');
});

asRoot('the signal of --on-death reaches a worker of --user', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--on-death=kill', '--user=nobody', '--interval=0.2'], HELLO);
  await boundPort(ssd);
  await ssd.line(/generation 1 is ready/);
  await settled(rig);
  const [worker] = stateOf(rig).generations[0]?.workers ?? [];
  const gone = rig.run(['tail', `--pid=${worker?.pid}`, '-f', '/dev/null']);
  ssd.kill('SIGKILL');
  await ssd.exit();
  t.is((await gone).code, 0);
});

asRoot(
  'a worker that has become another user has not got the signal: it serves on, and is told by the next ssd',
  async t => {
    const rig = await createRig(t);
    for (const path of [rig.directory, rig.conductor.path]) chmodSync(path, 0o777);
    const rights = '+dac_read_search';
    const who = ['setpriv', `--reuid=${STRANGER}`, `--inh-caps=${rights}`, `--ambient-caps=${rights}`];
    const start = () => rig.ssd(['--port=127.0.0.1:0', '--ready=fd', '--on-death=term'], [...who, ...SERVER]);
    const first = start();
    const port = await boundPort(first);
    const old = await rig.conductor.nextWorker();
    await old.write(4, '\n');
    await first.line(/generation 1 is ready/);
    await settled(rig);
    first.kill('SIGKILL');
    await first.exit();
    const ssd = start();
    const next = await rig.conductor.nextWorker();
    t.is((await statusOf(rig)).current, 1);
    // A worker that is not ready accepts, too.
    t.true([old.pid, next.pid].includes((await ask(port)).pid));
    t.deepEqual(old.signals, []);
    await next.write(4, '\n');
    await ssd.line(/restart completed: generation 2 replaced 1/);
    await old.gone;
    t.deepEqual(old.signals, ['SIGTERM']);
  },
);

test('a setpriv that knows no --pdeathsig is refused at the start, and so is one that is missing', async t => {
  const rig = await createRig(t);
  const start = (PATH: string) =>
    rig.run([INSTALLED.ssd, `--control=${rig.control}`, '--on-death=term', '--', '/bin/sleep', '1'], {
      env: {PATH},
    });
  copyFileSync(process.execPath, rig.path('node'));
  const missing = await start(rig.directory);
  t.is(missing.code, 1);
  t.regex(missing.stderr, /setpriv.*--on-death=term.*util-linux|--on-death=term.*setpriv.*util-linux/);
  const old = '#!/bin/sh\necho "setpriv: unrecognized option \'$1\'" >&2\nexit 1\n';
  writeFileSync(rig.path('setpriv'), old, {mode: 0o755});
  const refused = await start(rig.directory);
  t.is(refused.code, 1);
  t.regex(refused.stderr, /cannot run workers with --on-death=term: setpriv: unrecognized option/);
});

test('another value is refused', async t => {
  const rig = await createRig(t);
  const {code, stderr} = await rig.runSsd(['--on-death=hup', '--', 'sleep', '1']);
  t.is(code, 2);
  t.is(stderr, 'ssd: --on-death=hup: expected keep, term or kill\n');
});
