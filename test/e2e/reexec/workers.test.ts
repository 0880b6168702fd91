/** Workers go on across a replacement: how they say that they are ready, what they write, how they end. */
import {closeSync, openSync, readFileSync, writeFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {problemsOf, status} from '../../helpers/clients/control.js';
import {alive, descriptorOf} from '../../helpers/processes.js';
import {ask, boundPort, createRig, type Rig, SERVER} from '../../helpers/rig.js';
import {reexec, statusOf} from './stage.js';

const PORT = '--port=127.0.0.1:0';
const QUICK = '--interval=0';

/** Each waits for its own gate, and says then that it is ready: some at once, others within a third of a second. */
const GATED = (directory: string) => [
  'perl',
  '-MSocket',
  '-e',
  `open my $gate, '<', "${directory}/gate-$ENV{SERVER_STARTER_GENERATION}" or die;
  select undef, undef, undef, $ENV{SSD_WORKER_INDEX} / 300;
  socket my $s, AF_UNIX, SOCK_DGRAM, 0 or die;
  send $s, 'READY=1', 0, pack_sockaddr_un($ENV{NOTIFY_SOCKET} =~ s/^@/\\0/r) or die;
  sleep 1000`,
];
const AT_ONCE = 100;
const ROUNDS = 10;

test('none of 1,000 READY=1 that are sent meanwhile is lost', async t => {
  const rig = await createRig(t);
  const gates = Array.from({length: ROUNDS + 1}, (_, nth) => rig.path(`gate-${nth + 1}`));
  await rig.run(['mkfifo', ...gates]);
  // Opened for reading as well, it does not wait for readers, and those that come later do not wait either.
  const open = (nth: number) => {
    const fd = openSync(gates[nth] ?? '', 'r+');
    t.teardown(() => closeSync(fd));
  };
  const ssd = rig.ssd(['--ready=notify', `--workers=${AT_ONCE}`], GATED(rig.directory));
  await ssd.line(/generation 1 spawned/);
  open(0);
  await ssd.line(/generation 1 is ready/);
  for (let nth = 1; nth <= ROUNDS; nth += 1) {
    const restarting = rig.ssctl(['restart']);
    await ssd.line(new RegExp(`generation ${nth + 1} spawned`));
    const replaced = rig.ssctl(['reexec']);
    open(nth);
    t.is((await replaced).code, 0);
    t.is((await restarting).code, 0);
  }
  t.is(ssd.stderr().match(/has taken the place/g)?.length, ROUNDS);
  t.deepEqual(await problemsOf(rig), []);
});

for (const how of ['fd', 'notify'] as const) {
  test(`a worker that starts says by --ready=${how} that it is ready, to the next image`, async t => {
    const rig = await createRig(t);
    const ssd = rig.ssd([PORT, `--ready=${how}`]);
    const port = await boundPort(ssd);
    const worker = await rig.conductor.nextWorker();
    await reexec(rig);
    await reexec(rig);
    await (how === 'fd' ? worker.write(4, '\n') : worker.notify('READY=1'));
    await ssd.line(/generation 1 is ready/);
    t.deepEqual(await ask(port), {generation: 1, pid: worker.pid});
    const descriptors = Object.keys(worker.descriptors).length;
    const restarting = rig.ssctl(['restart']);
    const young = await rig.conductor.nextWorker();
    t.is(Object.keys(young.descriptors).length, descriptors, 'workers have no descriptor more');
    await (how === 'fd' ? young.write(4, '\n') : young.notify('READY=1'));
    t.is((await restarting).code, 0);
  });
}

test('a command of --ready=exec that runs is not begun twice, and decides', async t => {
  const rig = await createRig(t);
  const [begun, go] = [rig.path('begun'), rig.path('go')];
  await rig.run(['mkfifo', begun, go]);
  const command = `echo $$ >>${rig.path('runs')}; echo >${begun}; read x <${go}`;
  const ssd = rig.ssd([PORT, `--ready=exec=${command}`]);
  await rig.run(['cat', begun]);
  await reexec(rig);
  t.like(await statusOf(rig), {current: null});
  await rig.run(['sh', '-c', `echo >${go}`]);
  await ssd.line(/generation 1 is ready/);
  t.is(readFileSync(rig.path('runs'), 'utf8').trim().split('\n').length, 1);
});

const CHATTY = (stop: string) => [
  'perl',
  '-e',
  `until (-e '${stop}') { syswrite STDERR, 'line ' . ++$n . "\\n"; select undef, undef, undef, 0.0005 }
  syswrite STDERR, "the end, $n\\n"; sleep 1000`,
];

/** Replaces ssd four times while the worker writes, and lets it end then. */
async function chat(rig: Rig): Promise<void> {
  for (let nth = 0; nth < 4; nth += 1) await reexecWith(rig);
  writeFileSync(rig.path('stop'), '');
}

async function reexecWith(rig: Rig): Promise<void> {
  const {code, stderr} = await rig.ssctl(['reexec']);
  if (code !== 0) throw new Error(stderr);
}

function demandAll(t: ExecutionContext, text: string): void {
  const lines = text.split('\n');
  const said = lines.filter(line => /^line \d+$/.test(line));
  const count = Number(/^the end, (\d+)$/m.exec(text)?.[1]);
  t.true(count > 0);
  t.deepEqual(
    said,
    Array.from({length: count}, (_, nth) => `line ${nth + 1}`),
  );
  const others = lines.filter(
    line => !/^(line \d+|the end, \d+|\S+ ssd\[\d+\]: .*|command \d+|)$/.test(line),
  );
  t.deepEqual(others, []);
}

test('with --capture-stderr no line of a chatty worker is lost, doubled or cut', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--capture-stderr', QUICK], CHATTY(rig.path('stop')));
  await ssd.line(/^line \d+/);
  await chat(rig);
  await ssd.line(/^the end, /);
  demandAll(t, ssd.stderr());
});

test('a log command goes on with all that ssd and a chatty worker write', async t => {
  const rig = await createRig(t);
  const log = rig.path('log');
  const ssd = rig.ssd(
    [`--log-file=| echo command $$ >>${rig.path('runs')}; exec tee -a ${log} >&2`, QUICK],
    CHATTY(rig.path('stop')),
  );
  await ssd.line(/^line \d+/);
  await chat(rig);
  await ssd.line(/^the end, /);
  t.is((await rig.ssctl(['stop'])).code, 0);
  t.deepEqual(await ssd.exit(), {code: 0, signal: null});
  const text = readFileSync(log, 'utf8');
  demandAll(t, text);
  t.is(text.match(/has taken the place/g)?.length, 4);
  t.regex(text, /all workers are gone\n$/);
  t.is(readFileSync(rig.path('runs'), 'utf8').trim().split('\n').length, 1);
});

test('a log command that ends is started again by the next image', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([`--log-file=| echo $$ >>${rig.path('runs')}; exec cat >&2`, QUICK]);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  await reexecWith(rig);
  await ssd.line(/has taken the place/);
  process.kill(Number(readFileSync(rig.path('runs'), 'utf8')), 'SIGKILL');
  await ssd.line(/log command.*was killed by SIGKILL/);
  await worker.print('still there');
  await ssd.line(/^still there$/);
  t.is(readFileSync(rig.path('runs'), 'utf8').trim().split('\n').length, 2);
});

test('a worker that is stopped stays known as stopped, and its problem ends when it goes on', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([QUICK]);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  process.kill(worker.pid, 'SIGSTOP');
  await ssd.line(/was stopped by SIGSTOP/);
  await reexec(rig);
  t.like(await status(rig), {generations: [{workers: [{phase: 'ready', stopped: true}]}]});
  t.is((await problemsOf(rig)).length, 1);
  process.kill(worker.pid, 'SIGCONT');
  await ssd.line(/resolved after \S+: generation 1, pid \d+, had been stopped by SIGSTOP$/);
  t.deepEqual(await problemsOf(rig), []);
});

test('with --kill-group the rest of a group whose leader has ended is waited for', async t => {
  const rig = await createRig(t);
  const wrapped = ['sh', '-c', '"$@"; true', 'wrapper', ...SERVER];
  const ssd = rig.ssd([QUICK, '--kill-group', PORT], wrapped);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  await worker.beStubborn();
  const restarting = rig.ssctl(['restart']);
  t.is(await worker.nextSignal(), 'SIGTERM');
  await ssd.line(/generation 1, pid \d+, was killed by SIGTERM; other processes of its group live/);
  await reexecWith(rig);
  t.regex((await rig.ssctl(['status'])).stdout, /lingering/);
  t.true(alive(worker.pid));
  worker.exit(0);
  t.is((await restarting).code, 0);
  t.is((await rig.ssctl(['stop'])).code, 0);
});

test('the number of the listener in a worker, and its socket, are those of the first image', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([PORT, `--path=${rig.path('web')}`, QUICK]);
  const old = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  await reexec(rig, [PORT, `--path=${rig.path('web')}`, QUICK]);
  const sockets = [3, 4].map(fd => descriptorOf(old.pid, fd));
  t.is((await rig.ssctl(['restart'])).code, 0);
  const young = await rig.conductor.nextWorker();
  t.deepEqual(
    [3, 4].map(fd => descriptorOf(young.pid, fd)),
    sockets,
  );
  t.deepEqual(Object.keys(young.descriptors), Object.keys(old.descriptors));
  t.deepEqual({...young.env, SERVER_STARTER_GENERATION: '1'}, {...old.env});
});
