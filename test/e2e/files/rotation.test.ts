/** Where the output of workers goes: when the log file is rotated, and when ssd passes it on. */
import {existsSync, mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {problemsOf, restart, send, stop} from '../../helpers/clients/control.js';
import {createRig, INSTALLED, SERVER} from '../../helpers/rig.js';

async function logging(t: ExecutionContext, options: readonly string[] = []) {
  const rig = await createRig(t);
  const log = rig.path('app.log');
  rig.ssd(['--interval=0.1', `--log-file=${log}`, ...options]);
  const worker = await rig.conductor.nextWorker();
  t.is((await rig.ssctl(['wait', 'ready'])).code, 0);
  const rotate = () => {
    renameSync(`${log}`, `${log}.1`);
    return rig.ssctl(['reopen-logs']);
  };
  return {rig, log, worker, rotate};
}

test('after a rotation the workers that write to the former file are named, until they are replaced', async t => {
  const {rig, log, worker, rotate} = await logging(t);
  const {code, stdout} = await rotate();
  t.is(code, 0);
  const advice = `until ssctl -s ${rig.control} restart; ssd --capture-output avoids that`;
  t.is(stdout, `reopened ${log}; pid ${worker.pid} still writes to the former file ${advice}\n`);
  await worker.write(1, 'to the former file\n');
  t.regex(readFileSync(`${log}.1`, 'utf8'), /^to the former file$/m);

  // Nothing was renamed this time, and it has not been replaced either.
  t.like(await send(rig, 'reopen-logs'), {logFile: log, onFormer: [worker.pid]});
  t.is((await restart(rig)).verdict, 'completed');
  const second = await rig.conductor.nextWorker();
  await second.write(1, 'to the new file\n');
  t.regex(readFileSync(log, 'utf8'), /^to the new file$/m);
  renameSync(log, `${log}.2`);
  t.like(await send(rig, 'reopen-logs'), {onFormer: [second.pid]});
});

test('a worker is named as long as it writes to a former file, in another directory and under any name', async t => {
  const {rig, log, worker} = await logging(t);
  mkdirSync(rig.path('old'));
  for (const name of ['app.log-1', 'app-20261126.log', 'third']) {
    renameSync(log, rig.path(`old/${name}`));
    t.like(await send(rig, 'reopen-logs'), {onFormer: [worker.pid]}, name);
  }
  t.is((await restart(rig)).verdict, 'completed');
  t.like(await send(rig, 'reopen-logs'), {onFormer: []});
});

test('a former file that is moved back is the log file again', async t => {
  const {rig, log, worker} = await logging(t);
  renameSync(log, rig.path('away'));
  t.like(await send(rig, 'reopen-logs'), {onFormer: [worker.pid]});
  renameSync(rig.path('away'), log);
  t.like(await send(rig, 'reopen-logs'), {onFormer: []});
});

test('a log file that was removed is a problem until it is opened again', async t => {
  const {rig, log} = await logging(t);
  unlinkSync(log);
  t.like(await problemsOf(rig), [{code: 'log-file', subject: log, cause: 'was removed'}]);
  t.like(await restart(rig), {verdict: 'completed', problems: [{code: 'log-file'}]});
  t.false(existsSync(log));
  t.is((await rig.ssctl(['reopen-logs'])).code, 0);
  t.deepEqual(await problemsOf(rig), []);
  t.regex(readFileSync(log, 'utf8'), /solved after \S+: log file \S+ was removed/);
});

test('in the midst of a rotation nothing is wrong', async t => {
  const {rig, log} = await logging(t);
  renameSync(log, `${log}.1`);
  t.deepEqual(await problemsOf(rig), []);
  writeFileSync(log, '');
  t.deepEqual(await problemsOf(rig), []);
});

test('with --capture-output both streams of a running worker go to the new file', async t => {
  const {rig, log, worker, rotate} = await logging(t, ['--capture-output']);
  t.deepEqual(await rotate(), {code: 0, signal: null, stdout: `reopened ${log}\n`, stderr: ''});
  await worker.write(1, 'from its standard output\n');
  await worker.write(2, 'from its standard error\n');
  // The last words of a worker are passed on before ssd ends.
  await stop(rig);
  const text = readFileSync(log, 'utf8');
  t.regex(text, /^from its standard output$/m);
  t.regex(text, /^from its standard error$/m);
});

test('with --capture-output each stream goes to that of ssd', async t => {
  const rig = await createRig(t);
  const ssd = `exec "$0" --control=${rig.control} --capture-output --interval=0.1 -- "$@" >${rig.path('out')}`;
  const running = rig.start(['sh', '-c', ssd, INSTALLED.ssd, ...SERVER]);
  const worker = await rig.conductor.nextWorker();
  await running.line(/generation 1 is ready/);
  await worker.write(2, 'error\n');
  await running.line(/^error$/);
  await worker.run('head -c 300000 /dev/zero | tr "\\0" x; echo');
  await stop(rig);
  await running.exit();
  t.is(readFileSync(rig.path('out'), 'utf8'), `${'x'.repeat(300_000)}\n`);
});

test('a log file that is the standard output of ssd is shown if it is a file; otherwise ssctl says what it is', async t => {
  const rig = await createRig(t);
  const args = ['--interval=0.1', '--log-file=/dev/stdout', '--', 'sleep', '1000'];
  const command = (control: string) => [INSTALLED.ssd, `--control=${control}`, ...args];
  const script = `exec "$@" >${rig.path('out')}`;
  const toFile = rig.start(['sh', '-c', script, 'sh', ...command(rig.control)]);
  t.is((await rig.ssctl(['wait', 'ready', '--timeout=20s'])).code, 0);
  t.regex((await rig.ssctl(['logs'])).stdout, /generation 1 is ready/);
  t.true(toFile.pid > 0);

  const other = rig.path('other');
  // As in a container: a pipe.
  rig.start(['sh', '-c', '"$@" | cat >&2', 'sh', ...command(other)]);
  const ssctl = (words: readonly string[]) => rig.run([INSTALLED.ssctl, '-s', other, ...words]);
  t.is((await ssctl(['wait', 'ready', '--timeout=20s'])).code, 0);
  const {code, stdout, stderr} = await ssctl(['logs']);
  t.deepEqual([code, stdout], [1, '']);
  t.regex(
    stderr,
    /^ssctl: cannot show the log: \/dev\/stdout is not a file; look where the standard output of ssd goes/,
  );
});
