/** A problem shows everywhere an operator looks, as long as it lasts. */
import {mkdirSync} from 'node:fs';
import test from 'ava';
import type {Problem} from '../../../src/shared/protocol/problem.js';
import {readMetrics} from '../../daemon/metrics/read-metrics.js';
import {removeAtOnce} from '../../helpers/adapters/temporary.js';
import {metrics, restart, status as statusOf} from '../../helpers/clients/control.js';
import {following} from '../../helpers/clients/ssctl.js';
import {createRig, INSTALLED, type Rig, SERVER} from '../../helpers/rig.js';

const problemsOf = async (rig: Rig) => (await statusOf(rig)).problems as readonly Problem[];

/** An ssd with a variable that it has to ignore. */
async function withProblem(rig: Rig) {
  const ssd = rig.ssd(['--interval=0.1'], undefined, {env: {KILL_OLD_DELAY: 'soon'}});
  await ssd.line(/generation 1 is ready/);
  return ssd;
}

test('a problem is in status, list, events, metrics and the verdict of a restart', async t => {
  const rig = await createRig(t);
  await withProblem(rig);
  const problem = {code: 'environment', subject: 'KILL_OLD_DELAY=soon'};
  const problems = await problemsOf(rig);
  t.is(problems.length, 1);
  t.like(problems[0], problem);
  t.true(Math.abs(Date.now() - Date.parse(problems[0]?.since ?? '')) < 60_000);

  const {stdout: view} = await rig.ssctl(['status']);
  t.regex(view, /^PROBLEM +AGE +COUNT +WHAT$/m);
  t.regex(view, /^environment +[\d.]+m?s +\d+ +KILL_OLD_DELAY=soon is ignored: /m);

  const {stdout: list} = await rig.ssctl(['list']);
  t.regex(list, /STATE +PROBLEMS\n.* running +1$/m);
  t.is(JSON.parse((await rig.ssctl(['--json', 'list'])).stdout).instances[0].problems, 1);

  t.regex((await rig.ssctl(['events'])).stdout, /warning: KILL_OLD_DELAY=soon is ignored/);
  const samples = readMetrics(await metrics(rig));
  t.is(samples.get('ssd_problems{code="environment"}'), 1);
  t.is(samples.get('ssd_problems{code="status-file"}'), 0);

  const verdict = await rig.ssctl(['restart']);
  t.is(verdict.code, 0);
  t.regex(verdict.stderr, /^warning: KILL_OLD_DELAY=soon is ignored/m);
  const {problems: met} = JSON.parse((await rig.ssctl(['restart', '--json'])).stdout);
  t.like(met, [{...problem, count: 3}]);
});

test('the end of a problem is reported, and afterwards only the events show it', async t => {
  const rig = await createRig(t);
  const directory = rig.path('gone');
  mkdirSync(directory);
  const ssd = rig.ssd([`--status-file=${directory}/status`, '--interval=0.1']);
  await ssd.line(/generation 1 is ready/);
  t.deepEqual(await problemsOf(rig), []);
  removeAtOnce(directory);
  await restart(rig);
  t.like(await problemsOf(rig), [{code: 'status-file', cause: 'ENOENT'}]);
  mkdirSync(directory);
  await restart(rig);
  await ssd.line(/resolved after \S+: could not write status file .* \(occurred \d+ times\)$/);
  t.deepEqual(await problemsOf(rig), []);
  const {stdout} = await rig.ssctl(['--json', 'events']);
  const types = stdout.split('\n').flatMap(line => (line ? [JSON.parse(line)] : []));
  t.is(types.filter(({type}) => type === 'problem').length, 1);
  t.is(types.filter(({type}) => type === 'problem-solved').length, 1);
});

test('a log that cannot be written is a problem while that lasts', async t => {
  const rig = await createRig(t);
  rig.ssd(['--interval=0.1', '--log-file=/dev/full']);
  t.is((await rig.ssctl(['wait', 'ready', '--timeout=20s'])).code, 0);
  const [problem] = await problemsOf(rig);
  t.like(problem, {code: 'log-lines', subject: 'the log'});
  t.regex(problem?.cause ?? '', /^\d+ log lines were dropped: ENOSPC \(no space left on device\)$/);
  t.regex((await rig.ssctl(['metrics'])).stdout, /log-lines/);
});

test('lines of workers that cannot be passed on are a problem, of the stream that takes none', async t => {
  const rig = await createRig(t);
  const program = ['sh', '-c', `echo lost; exec ${SERVER.join(' ')}`];
  const command = [INSTALLED.ssd, `--control=${rig.control}`, '--interval=0.1', '--capture-output', '--'];
  const ssd = rig.start(['sh', '-c', 'exec "$@" >/dev/full', 'sh', ...command, ...program]);
  await ssd.line(/warning: 1 line of workers was dropped: ENOSPC/);
  t.like(await problemsOf(rig), [{code: 'log-lines', subject: 'the output of workers'}]);
});

test('a missing log command is reported once, not every second', async t => {
  const rig = await createRig(t);
  rig.ssd(['--interval=0.1', '--log-file=| /nonexistent/logger 2>/dev/null']);
  t.is((await rig.ssctl(['wait', 'ready', '--timeout=20s'])).code, 0);
  // The pause before it is started again is a second: it has ended twice then.
  const events = following(rig, ['events', '--follow']);
  await events.line(
    /the log command exited with status 127 \(there is no such command\); it is started again/,
  );
  t.like(await problemsOf(rig), [{code: 'log-command', subject: '| /nonexistent/logger 2>/dev/null'}]);
});
