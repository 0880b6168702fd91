import {mkdirSync, symlinkSync, unlinkSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {ask, boundPort, createRig, SERVER} from '../../helpers/rig.js';

/**
 * The fixture server while `broken` is not there; then a release that fails at once. With --ready=fd that is a failed start,
 * however busy the machine; by the interval it has to end within that.
 */
const release = (broken: string, failure = 'exit 3') => [
  '/bin/sh',
  '-c',
  `[ -e ${broken} ] && { ${failure}; }; [ "$SSD_READY_FD" ] && echo >&"$SSD_READY_FD"; exec ${SERVER.join(' ')}`,
];
const BY_FD = ['--ready=fd', '--interval=0.1'];

test('the exit status reports a failed release, and the old generation keeps serving', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', ...BY_FD], release(rig.path('broken')));
  const port = await boundPort(ssd);
  const first = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  writeFileSync(rig.path('broken'), '');

  const {code, stdout, stderr} = await rig.ssctl(['restart']);

  t.is(code, 1);
  t.is(stdout, '');
  t.regex(
    stderr,
    /^ssctl: restart failed: generation 2 \(pid \d+\) exited with status 3 after \d+ms; generation 1 keeps serving/m,
  );
  t.deepEqual(await ask(port), {generation: 1, pid: first.pid});
  const status = JSON.parse((await rig.ssctl(['status', '--json'])).stdout);
  t.is(status.current, 1);
  t.is(status.incoming, null);
  t.like(status.failures, [
    {
      what: 'start-failed',
      generation: 2,
      attempt: 1,
      ending: {type: 'exited', code: 3},
      hint: null,
    },
  ]);
});

test('a restart with retries succeeds once the release does', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(BY_FD, release(rig.path('broken'), `rm ${rig.path('broken')}; exit 3`));
  await ssd.line(/generation 1 is ready/);
  writeFileSync(rig.path('broken'), '');

  const {code, stdout, stderr} = await rig.ssctl(['restart', '--retry']);

  t.is(code, 0);
  t.regex(
    stdout,
    /^generation 3 \(pid \d+\) serves, ready after \S+ at attempt 2; generation 1 finished after /,
  );
  t.regex(stderr, /^attempt 1 failed: generation 2 /m);
});

test('SIGHUP retries until it succeeds, and another restart gets its verdict in the meantime', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(BY_FD, release(rig.path('broken')));
  await ssd.line(/generation 1 is ready/);
  writeFileSync(rig.path('broken'), '');
  ssd.kill('SIGHUP');
  await ssd.line(/attempt 1 failed: generation 2 /);
  await ssd.line(/attempt 2 failed: generation 3 /);

  t.is((await rig.ssctl(['restart'])).code, 1);

  await ssd.line(/attempt \d+ failed/);
  await rig.run(['rm', rig.path('broken')]);
  await ssd.line(/restart completed: generation \d+ replaced 1/);
  t.pass();
});

test('a second SIGHUP does not cut the probation of a generation short', async t => {
  const rig = await createRig(t);
  const fifo = rig.path('fifo');
  await rig.run(['mkfifo', fifo]);
  const failsWhenTold = `cat ${fifo}; rm ${rig.path('broken')}; exit 1`;
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--interval=2'], release(rig.path('broken'), failsWhenTold));
  const port = await boundPort(ssd);
  const first = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  writeFileSync(rig.path('broken'), '');
  ssd.kill('SIGHUP');
  await ssd.line(/generation 2 spawned/);
  ssd.kill('SIGHUP');
  await ssd.line(/it follows the running one/);
  writeFileSync(fifo, '');

  await ssd.line(/attempt 1 failed: generation 2 .* generation 1 keeps serving/);
  t.deepEqual(await ask(port), {generation: 1, pid: first.pid});
  await ssd.line(/generation 3 is ready/);
  t.is(await first.nextSignal(), 'SIGTERM');
  t.notRegex(ssd.stderr(), /generation 2 is ready|generation 4/);
});

test('with --interval=0 a release that fails at once is retried slowly', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0'], release(rig.path('broken')));
  await ssd.line(/generation 1 is ready/);
  writeFileSync(rig.path('broken'), '');
  ssd.kill('SIGHUP');

  const spawned: number[] = [];
  for (let generation = 2; generation <= 12; generation += 1) {
    const line = await ssd.line(new RegExp(`generation ${generation} spawned`));
    spawned.push(Date.parse(line.split(' ')[0] ?? ''));
  }

  // Ten pauses of 100 ms, which the core is shown to keep to the millisecond. A log line can be late on a busy
  // machine; without a pause this would take some 50 ms.
  const took = (spawned.at(-1) ?? 0) - (spawned[0] ?? 0);
  t.true(took >= 800, `eleven spawns in ${took} ms`);
});

test('an ssd that was held up across the deadline does not count an ended worker as ready', async t => {
  const rig = await createRig(t);
  const fifo = rig.path('fifo');
  await rig.run(['mkfifo', fifo]);
  const ssd = rig.ssd(
    ['--port=127.0.0.1:0', '--interval=4'],
    release(rig.path('broken'), `cat ${fifo}; exit 7`),
  );
  const port = await boundPort(ssd);
  const first = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  writeFileSync(rig.path('broken'), '');
  ssd.kill('SIGHUP');
  await ssd.line(/generation 2 spawned/);
  ssd.kill('SIGSTOP');
  writeFileSync(fifo, '');
  // A busy machine must be able to stop ssd within it. It must pass while ssd is stopped: a program that takes that long is the clock here.
  await rig.run(['sleep', '4.2']);
  ssd.kill('SIGCONT');

  await ssd.line(/attempt 1 failed: generation 2 .* exited with status 7 .* generation 1 keeps serving/);
  t.deepEqual(await ask(port), {generation: 1, pid: first.pid});
});

test('a release that cannot be executed is a failed start, and says why', async t => {
  const rig = await createRig(t);
  const program = rig.path('program');
  writeFileSync(program, `#!/bin/sh\nexec ${SERVER.join(' ')}\n`, {mode: 0o755});
  const ssd = rig.ssd(['--interval=0.1'], [program]);
  await ssd.line(/generation 1 is ready/);
  await rig.run(['rm', program]);

  const {code, stderr} = await rig.ssctl(['restart']);

  t.is(code, 1);
  t.regex(
    stderr,
    /generation 2 could not be started: cannot start \S+: no such program; generation 1 keeps serving/,
  );
});

test('a worker that finds its port in use gets the exact hint if its standard error is a file', async t => {
  const rig = await createRig(t);
  const complaint = 'echo "bind: Address already in use" >&2; exit 1';
  const ssd = rig.ssd(
    ['--port=127.0.0.1:0', ...BY_FD, `--log-file=${rig.path('log')}`],
    release(rig.path('broken'), complaint),
  );
  await rig.conductor.nextWorker();
  await rig.ssctl(['restart']);
  writeFileSync(rig.path('broken'), '');

  const {code, stderr} = await rig.ssctl(['restart']);

  t.is(code, 1);
  t.regex(
    stderr,
    /hint: the program binds the port itself; it must take the descriptor from SERVER_STARTER_PORT$/m,
  );
  ssd.kill('SIGTERM');
  t.is((await ssd.exit()).code, 0);
});

test('a release in --dir that cannot be executed: what is wrong with it, each mistake by its own name', async t => {
  const rig = await createRig(t);
  const release = (name: string, program: string | Buffer) => {
    mkdirSync(rig.path(name));
    writeFileSync(rig.path(`${name}/server`), program, {mode: 0o755});
  };
  // Without #!, so that the shell runs it.
  release('1', 'exec sleep 1000\n');
  release('2', '#!/usr/bin/no-such-python\n');
  release('3', '#!/bin/sh\r\nexec sleep 1000\r\n');
  release('4', Buffer.from(`7f454c46020101${'00'.repeat(57)}`, 'hex'));
  symlinkSync('1', rig.path('current'));
  const ssd = rig.ssd(['--interval=0.1', `--dir=${rig.path('current')}`], ['./server']);
  await ssd.line(/generation 1 is ready/);
  const mistakes: readonly (readonly [release: string, says: string])[] = [
    ['2', 'cannot execute ./server: its interpreter /usr/bin/no-such-python (the #! line) does not exist'],
    ['3', 'cannot execute ./server: its first line, #!/bin/sh, ends with a carriage return, '],
    ['4', 'cannot execute ./server: it is a program for machine 0, and this machine is '],
    ['5', `cannot change to directory ${rig.path('current')}: ENOENT (no such file or directory)`],
  ];
  for (const [index, [target, says]] of mistakes.entries()) {
    unlinkSync(rig.path('current'));
    symlinkSync(target, rig.path('current'));
    const {code, stderr} = await rig.ssctl(['restart']);
    t.is(code, 1);
    const start = `ssctl: restart failed: generation ${index + 2} could not be started: ${says}`;
    t.true(stderr.startsWith(start), stderr);
  }
});
