import {readFileSync} from 'node:fs';
import test from 'ava';
import {restart, status} from '../../helpers/clients/control.js';
import {makeNotifier} from '../../helpers/notify.js';
import {needs} from '../../helpers/programs.js';
import {ask, boundPort, createRig, SERVER} from '../../helpers/rig.js';

const readyFd = (env: Readonly<Record<string, string>>) => Number(env.SSD_READY_FD);

test('with --ready=fd a worker is ready when it has written a newline, and not before', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--port=127.0.0.1:0=7', '--ready=fd']);
  const port = await boundPort(ssd);
  const first = await rig.conductor.nextWorker();

  t.is(first.env.SSD_READY_FD, '8', 'behind every listener');
  await first.write(8, 'nearly there');
  t.like(await status(rig), {current: null, incoming: 1});
  await first.write(8, '\nthe rest is of no interest\n');
  await ssd.line(/generation 1 is ready/);
  t.is((await ask(port)).pid, first.pid);
  t.like(await status(rig), {current: 1, incoming: null});
});

test('with --ready=fd an end of file without a newline is a failed start, reported at once', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd']);
  const first = await rig.conductor.nextWorker();
  await first.write(4, '\n');
  await ssd.line(/generation 1 is ready/);
  const restarting = rig.ssctl(['restart']);
  const second = await rig.conductor.nextWorker();
  await second.beStubborn();
  await second.write(4, 'no newline');
  await second.close(4);

  const {code, stderr} = await restarting;

  t.is(code, 1);
  t.regex(
    stderr,
    /generation 2 \(pid \d+\) closed the descriptor of \$SSD_READY_FD without a newline after .*; generation 1 keeps serving/,
  );
  t.is(await second.nextSignal(), 'SIGTERM');
  t.like(await status(rig), {current: 1, incoming: null});
});

test('with --ready=fd a worker that ends before it is ready is reported with its exit status', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--ready=fd', '--interval=0.1'], ['/bin/sh', '-c', 'exit 3']);
  for (const attempt of [1, 2, 3, 4, 5]) {
    t.regex(await ssd.line(new RegExp(`attempt ${attempt} failed`)), /exited with status 3 after/);
  }
});

needs('python3')('with --ready=notify a worker, or a descendant of one, says that it is ready', async t => {
  const rig = await createRig(t);
  const notify = makeNotifier(rig);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=notify']);
  const port = await boundPort(ssd);
  const first = await rig.conductor.nextWorker();

  t.regex(first.env.NOTIFY_SOCKET ?? '', /^\//);
  await first.run(notify('STATUS=warming up\nX_UNKNOWN=1'));
  t.like(await status(rig), {
    current: null,
    generations: [{workers: [{phase: 'starting', text: 'warming up'}]}],
  });
  await first.run(notify('READY=1\nSTATUS=at your service'));
  await ssd.line(/generation 1 is ready/);
  t.is((await ask(port)).pid, first.pid);
  await first.run(notify('STOPPING=1'));
  t.like(await status(rig), {
    current: 1,
    generations: [{workers: [{phase: 'ready', text: 'at your service', stopping: true}]}],
  });
});

for (const how of ['interval', 'fd', 'exec=false']) {
  test(`with --ready=${how} what a worker says by sd_notify is its status, and no more`, async t => {
    const rig = await createRig(t);
    rig.ssd([`--ready=${how}`, '--interval=60', '--max-attempts=1']);
    const worker = await rig.conductor.nextWorker();
    t.is(worker.env.SSD_NOTIFY, 'status');
    await worker.notify('STATUS=warming up\nREADY=1\nEXTEND_TIMEOUT_USEC=3600000000');
    // It is read when the worker is told to finish, at the latest.
    const seen = await rig.ssctl(['--json', 'status']);
    t.regex(seen.stdout, /warming up/);
    t.like(JSON.parse(seen.stdout), {current: null, incoming: 1});
  });
}

test('with --ready=interval a socket of the operator stays what it is', async t => {
  const rig = await createRig(t);
  await rig.run(['/bin/sh', '-c', 'mkdir envdir && echo /mine > envdir/NOTIFY_SOCKET']);
  rig.ssd(['--envdir=envdir']);
  const {env} = await rig.conductor.nextWorker();
  t.like(env, {NOTIFY_SOCKET: '/mine', SSD_NOTIFY: undefined});
});

needs('python3')('with --ready=notify a stranger is ignored', async t => {
  const rig = await createRig(t);
  const notify = makeNotifier(rig);
  const ssd = rig.ssd(['--ready=notify']);
  const first = await rig.conductor.nextWorker();
  const env = {NOTIFY_SOCKET: first.env.NOTIFY_SOCKET ?? ''};

  await rig.run(['/bin/sh', '-c', notify('READY=1')], {env});

  await ssd.line(/notification from pid \d+ is ignored/);
  t.like(await status(rig), {current: null, incoming: 1});
});

test('a worker that is not ready in time is told to finish, then killed; the old generation keeps serving', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd', '--ready-timeout=4s', '--stop-timeout=200ms']);
  const port = await boundPort(ssd);
  const first = await rig.conductor.nextWorker();
  await first.write(4, '\n');
  await ssd.line(/generation 1 is ready/);
  const restarting = restart(rig);
  const second = await rig.conductor.nextWorker();
  await second.beStubborn();

  t.like(await restarting, {
    verdict: 'failed',
    generation: 2,
    ending: {type: 'not-ready', reason: 'timeout'},
  });
  t.is(await second.nextSignal(), 'SIGTERM');
  await ssd.line(/killing generation 2, pid \d+/);
  await second.gone;
  t.is((await ask(port)).generation, 1);
});

needs('python3')('a worker can ask for more time', async t => {
  const rig = await createRig(t);
  const notify = makeNotifier(rig);
  const ssd = rig.ssd(['--ready=notify', '--ready-timeout=4s']);
  const first = await rig.conductor.nextWorker();
  await first.run(notify('EXTEND_TIMEOUT_USEC=60000000'));
  // Longer than the timeout by the clock of a program; without the extension the start would have failed.
  await rig.run(['sleep', '4.2']);
  await first.run(notify('READY=1'));
  await ssd.line(/generation 1 is ready/);
  t.notRegex(ssd.stderr(), /failed/);
});

test('with --ready=exec a worker is ready when the command says so', async t => {
  const rig = await createRig(t);
  const asked = rig.path('asked');
  const command = `echo "$SSD_WORKER_PID $SERVER_STARTER_GENERATION $SSD_WORKER_INDEX" >> ${asked}; test -e ${rig.path('up')}`;
  const ssd = rig.ssd(['--port=127.0.0.1:0', `--ready=exec=${command}`]);
  const port = await boundPort(ssd);
  const first = await rig.conductor.nextWorker();
  t.like(await status(rig), {current: null, incoming: 1});

  await rig.run(['touch', rig.path('up')]);

  await ssd.line(/generation 1 is ready/);
  t.is((await ask(port)).pid, first.pid);
  t.is(readFileSync(asked, 'utf8').split('\n')[0], `${first.pid} 1 0`);
});

test('with --ready=exec the command and its children are killed when the time is over', async t => {
  const rig = await createRig(t);
  const fifo = rig.path('fifo');
  await rig.run(['mkfifo', fifo]);
  // The background process holds the fifo open; its reader sees the end of file when that is gone.
  const command = `sleep 600 > ${fifo} & sleep 600`;
  const ssd = rig.ssd(
    [`--ready=exec=${command}`, '--ready-timeout=300ms', '--interval=60'],
    ['sleep', '600'],
  );
  const held = rig.run(['cat', fifo]);

  await ssd.line(/attempt 1 failed: generation 1 .* was not ready in time/);
  t.is((await held).code, 0);
});

test('the variables of a service manager do not reach a worker, but those of envdir do', async t => {
  const rig = await createRig(t);
  const names = [
    'WATCHDOG_PID',
    'WATCHDOG_USEC',
    'LISTEN_PID',
    'LISTEN_FDS',
    'LISTEN_FDNAMES',
    'LISTEN_PIDFDID',
  ];
  const env = Object.fromEntries([...names, 'NOTIFY_SOCKET', 'SSD_READY_FD'].map(name => [name, '1']));
  await rig.run(['mkdir', 'envdir']);
  await rig.run(['/bin/sh', '-c', 'echo mine > envdir/LISTEN_FDS']);
  rig.ssd(['--envdir=envdir'], SERVER, {env});

  const worker = await rig.conductor.nextWorker();

  const seen = Object.keys(env).filter(name => worker.env[name] !== undefined);
  t.deepEqual(seen, ['LISTEN_FDS', 'NOTIFY_SOCKET']);
  t.regex(worker.env.NOTIFY_SOCKET ?? '', /^\//);
  t.is(worker.env.LISTEN_FDS, 'mine');
});

test('each worker has its own readiness descriptor, and no other leaks', async t => {
  const rig = await createRig(t);
  rig.ssd(['--port=127.0.0.1:0', '--ready=fd', '--workers=2', '--capture-stderr']);
  const workers = [await rig.conductor.nextWorker(), await rig.conductor.nextWorker()];

  const pipes = workers.map(({env, descriptors}) => descriptors[readyFd(env)]);
  t.not(pipes[0], pipes[1]);
  t.true(pipes.every(pipe => pipe?.startsWith('pipe:')));
  const [first] = workers;
  const others = Object.values(first?.descriptors ?? {});
  t.is(others.filter(target => target === pipes[0]).length, 1);
  t.false(others.includes(pipes[1] ?? ''));
});
