import {appendFileSync, renameSync, rmSync, truncateSync, writeFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {following} from '../../helpers/clients/ssctl.js';
import {createRig, type Rig} from '../../helpers/rig.js';

/** An ssd with a log file in which nothing stirs. */
async function logging(t: ExecutionContext): Promise<{rig: Rig; log: string}> {
  const rig = await createRig(t);
  const log = rig.path('log');
  rig.ssd(['--interval=0.1', `--log-file=${log}`]);
  await rig.conductor.nextWorker();
  t.is((await rig.ssctl(['wait', 'ready'])).code, 0);
  return {rig, log};
}

const numbers = (from: number, to: number) =>
  Array.from({length: to - from + 1}, (_, index) => `line ${from + index}\n`).join('');

test('logs shows the last lines, ten by default', async t => {
  const {rig, log} = await logging(t);
  // More than one block to read, and lines across its edge.
  writeFileSync(log, numbers(1, 20_000));
  const shown = async (args: readonly string[]) => (await rig.ssctl(['logs', ...args])).stdout;
  t.is(await shown([]), numbers(19_991, 20_000));
  t.is(await shown(['-n', '2']), numbers(19_999, 20_000));
  t.is(await shown(['--lines=15000']), numbers(5001, 20_000));
  t.is(await shown(['-n', '30000']), numbers(1, 20_000));
  t.is(await shown(['-n0']), '');
  appendFileSync(log, 'no newline');
  t.is(await shown(['-n', '2']), `${numbers(20_000, 20_000)}no newline`);
});

test('logs --follow continues through renaming, reopen-logs and truncation', async t => {
  const {rig, log} = await logging(t);
  writeFileSync(log, 'old\n');
  const tail = following(rig, ['logs', '-f']);
  await tail.line(/^old$/);
  appendFileSync(log, 'more\n');
  await tail.line(/^more$/);

  renameSync(log, `${log}.1`);
  appendFileSync(`${log}.1`, 'late\n');
  await tail.line(/^late$/);
  const {code, stdout} = await rig.ssctl(['reopen-logs']);
  t.is(code, 0);
  t.true(stdout.startsWith(`reopened ${log}; pid `));
  appendFileSync(log, 'new file\n');
  await tail.line(/^new file$/);

  truncateSync(log);
  appendFileSync(log, 'short\n');
  await tail.line(/^short$/);
  tail.kill('SIGINT');
  t.is((await tail.exit()).signal, 'SIGINT');
});

test('logs says why it cannot read the file', async t => {
  const {rig, log} = await logging(t);
  rmSync(log);
  const {code, stdout, stderr} = await rig.ssctl(['logs']);
  t.deepEqual([code, stdout], [1, '']);
  t.is(stderr, `ssctl: cannot read log file ${log}: ENOENT (no such file or directory)\n`);
});

test('without a log file, logs and reopen-logs say so', async t => {
  const rig = await createRig(t);
  await rig.ssd(['--interval=0.1']).line(/generation 1 is ready/);
  const logs = await rig.ssctl(['logs']);
  t.is(logs.code, 1);
  t.regex(logs.stderr, /^ssctl: ssd \(instance perl\) has no log file: start it with --log-file=FILE/);
  const reopen = await rig.ssctl(['reopen-logs']);
  t.is(reopen.code, 1);
  t.regex(
    reopen.stderr,
    /^ssctl: reopen-logs was refused: this ssd has no log file; start it with --log-file=FILE\n$/,
  );
});

test('with a log command, status, logs and reopen-logs say so', async t => {
  const rig = await createRig(t);
  const log = rig.path('log');
  rig.ssd(['--interval=0.1', `--log-file=| cat >>${log}`]);
  t.is((await rig.ssctl(['wait', 'ready'])).code, 0);
  t.regex((await rig.ssctl(['status'])).stdout, new RegExp(`^log to +\\| cat >>${log}$`, 'm'));
  const logs = await rig.ssctl(['logs']);
  t.deepEqual(
    [logs.code, logs.stderr],
    [1, `ssctl: ssd (instance perl) logs to a command, not to a file: look where it writes: cat >>${log}\n`],
  );
  const reopen = await rig.ssctl(['reopen-logs']);
  t.deepEqual(
    [reopen.code, reopen.stderr],
    [1, 'ssctl: reopen-logs was refused: this ssd logs to a command, not to a file\n'],
  );
});

test('metrics prints what ssd answers', async t => {
  const rig = await createRig(t);
  await rig.ssd(['--interval=0.1']).line(/generation 1 is ready/);
  const text = await rig.ssctl(['metrics']);
  const json = await rig.ssctl(['metrics', '--json']);
  t.deepEqual([text.code, json.code], [0, 0]);
  t.is(typeof JSON.parse(json.stdout).text, 'string');
  t.is(text.stdout === '', JSON.parse(json.stdout).text === '');
});
