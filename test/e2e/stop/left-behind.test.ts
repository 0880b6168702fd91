/** Everybody who may wonder is told which processes ssd cannot end. */
import {chmodSync, chownSync, copyFileSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import type {Problem} from '../../../src/shared/protocol/problem.js';
import {problemsOf, restart, send, status} from '../../helpers/clients/control.js';
import {following} from '../../helpers/clients/ssctl.js';
import {alive} from '../../helpers/processes.js';
import {needs} from '../../helpers/programs.js';
import {createRig, SERVER} from '../../helpers/rig.js';
import {asRoot, STRANGER} from '../../helpers/root.js';

const WRAPPED = ['sh', '-c', '"$@"; true', 'wrapper', ...SERVER];

type WithProblems = {readonly problems?: readonly Problem[]};

/** The generation to which a process belongs, as its environment says. */
const generationOf = (pid: number) =>
  /SERVER_STARTER_GENERATION=(\d+)/.exec(readFileSync(`/proc/${pid}/environ`, 'latin1'))?.[1];

/** The warning about a server that holds the listener. */
const holds = (pid: number) =>
  new RegExp(`warning: pid ${pid} \\(\\S*perl .*\\) outlives its generation and holds 127.0.0.1:0`);

/** A server that outlives its wrapper, which dies of the signal to finish. */
async function outliving(t: ExecutionContext, options: readonly string[] = [], program = WRAPPED) {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1', '--port=127.0.0.1:0', ...options], program);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  return {rig, ssd, worker};
}

test('a process that holds a listener after its generation is gone is named in the verdict, the log and status', async t => {
  const {rig, ssd, worker} = await outliving(t);
  const {code, stderr} = await rig.ssctl(['restart']);
  t.is(code, 0);
  t.regex(stderr, holds(worker.pid));
  await ssd.line(holds(worker.pid));
  t.like(await problemsOf(rig), [{code: 'listener-held', cause: '127.0.0.1:0'}]);

  // The next restart leaves another one behind, and finds that this one is gone.
  worker.exit(0);
  await worker.gone;
  const second = await rig.conductor.nextWorker();
  const {problems = []} = (await restart(rig)) as WithProblems;
  t.is(problems.length, 1);
  t.regex(problems[0]?.subject ?? '', new RegExp(`^pid ${second.pid} `));
  await ssd.line(new RegExp(`solved after \\S+: pid ${worker.pid} `));
});

needs('setsid')('--kill-group is advised only where it is not in use', async t => {
  const without = await outliving(t);
  t.regex(
    (await without.rig.ssctl(['restart'])).stderr,
    /: it may answer clients; end it, or use --kill-group$/m,
  );
  const apart = ['sh', '-c', 'setsid "$@" & wait', 'wrapper', ...SERVER];
  const {rig, worker} = await outliving(t, ['--kill-group'], apart);
  const {stderr} = await rig.ssctl(['restart']);
  t.regex(stderr, holds(worker.pid));
  t.regex(stderr, /, in spite of --kill-group: it may answer clients; end it$/m);
});

test('ssctl stop names a process that still holds a listener, and succeeds', async t => {
  const {rig, ssd, worker} = await outliving(t);
  const {code, stderr, stdout} = await rig.ssctl(['stop']);
  t.is(code, 0);
  t.regex(stdout, /is stopped\n$/);
  t.regex(stderr, holds(worker.pid));
  t.is((await ssd.exit()).code, 0);
  t.regex(ssd.stderr(), holds(worker.pid));
  t.true(alive(worker.pid));
});

test('such a process is found even if nobody waits for a verdict', async t => {
  const {rig, ssd, worker} = await outliving(t);
  const events = following(rig, ['events', '--follow']);
  ssd.kill('SIGHUP');
  await events.line(holds(worker.pid));
  t.like(await problemsOf(rig), [{code: 'listener-held'}]);
});

test('a process of a living generation may hold its listeners', async t => {
  const rig = await createRig(t);
  // One is a child of the worker. The other has no parent, but its environment names its generation.
  const program = ['sh', '-c', 'sleep 600 & (sleep 600 &); exec "$@"', 'wrapper', ...SERVER];
  const ssd = rig.ssd(['--interval=0.1', '--port=127.0.0.1:0'], program);
  await ssd.line(/generation 1 is ready/);
  const {problems = []} = (await restart(rig)) as WithProblems;
  const pids = problems.map(({subject}) => Number(/^pid (\d+) \(sleep 600\)$/.exec(subject)?.[1]));
  t.deepEqual(pids.map(generationOf), ['1', '1']);
});

test('who is in the midst of execve(2) is not named before it can be told who it is', async t => {
  const rig = await createRig(t);
  const program = ['perl', fileURLToPath(new URL('../../../../test/fixtures/executing.pl', import.meta.url))];
  const ssd = rig.ssd(['--interval=0.1', '--port=127.0.0.1:0'], program);
  const pid = Number((await ssd.line(/^executing/)).slice('executing '.length));
  await ssd.line(/generation 1 is ready/);
  t.is(((await restart(rig)) as WithProblems).problems, undefined);
  process.kill(pid, 'SIGUSR1');
  await ssd.line(/^executed/);
  const {problems = []} = (await restart(rig)) as WithProblems;
  t.is(problems.length, 1);
  t.regex(problems[0]?.subject ?? '', new RegExp(`^pid ${pid} \\(perl `));
});

/** ssd as a stranger, and a worker that has become root. */
async function risen(t: ExecutionContext, options: readonly string[] = []) {
  const rig = await createRig(t);
  const rise = rig.path('rise');
  copyFileSync('/usr/bin/setpriv', rise);
  chmodSync(rise, 0o4755);
  chownSync(rig.directory, STRANGER, STRANGER);
  const program = [rise, '--reuid=0', '--regid=0', '--clear-groups', ...SERVER];
  const ssd = rig.ssd(['--interval=0.3', ...options], program, {uid: STRANGER});
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  return {rig, ssd, worker};
}

asRoot('a restart ends even if its old worker may not be signalled, which is reported once', async t => {
  const {rig, ssd, worker} = await risen(t, ['--stop-timeout=200ms']);
  const verdict = await restart(rig);
  t.like(verdict, {verdict: 'completed', replaced: [1], retiring: [1]});
  const [problem] = (verdict as WithProblems).problems ?? [];
  t.like(problem, {code: 'signal-refused', subject: `generation 1, pid ${worker.pid}`, cause: 'EPERM'});
  await ssd.line(/killing generation 1/);
  t.like(await status(rig), {generations: [{generation: 1, phase: 'retiring'}, {generation: 2}]});

  worker.exit(0);
  await ssd.line(/solved after .*could not end generation 1, pid/);
  t.is((await ssd.told()).match(/killing generation 1/g)?.length, 1);
  t.is(ssd.stderr().match(/warning: cannot end generation 1/g)?.length, 1);
});

asRoot('a stop that may not end a worker says which one, and both programs exit with 1', async t => {
  const {rig, ssd, worker} = await risen(t, ['--stop-timeout=200ms']);
  const {code, stderr} = await rig.ssctl(['stop']);
  t.is(code, 1);
  t.regex(stderr, new RegExp(`warning: cannot end generation 1, pid ${worker.pid}: EPERM`));
  t.is((await ssd.exit()).code, 1);
  t.regex(ssd.stderr(), new RegExp(`ssd: stopped without ending pid ${worker.pid}: `));
  t.true(alive(worker.pid));
});

asRoot('a second SIGINT does so at once', async t => {
  const {ssd, worker} = await risen(t);
  ssd.kill('SIGINT');
  await ssd.line(/warning: cannot end generation 1/);
  ssd.kill('SIGINT');
  await ssd.line(/killing generation 1/);
  t.is((await ssd.exit()).code, 1);
  t.true(alive(worker.pid));
});

asRoot('ssctl signal names the workers that could not be signalled, and fails', async t => {
  const {rig, worker} = await risen(t);
  const {code, stderr} = await rig.ssctl(['signal', 'USR1']);
  t.is(code, 1);
  t.regex(stderr, new RegExp(`cannot send USR1 to pid ${worker.pid}: EPERM`));
  const refused = [{pid: worker.pid, cause: 'EPERM'}];
  t.like(await send(rig, 'signal', {signal: 'USR1'}), {pids: [], refused});
});
