import {writeFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {following, onTerminal} from '../../helpers/clients/ssctl.js';
import {needs} from '../../helpers/programs.js';
import {createRig, type Rig, type Running, SERVER} from '../../helpers/rig.js';

/** An ssd with a first generation that serves, and later ones that fail as the shell commands have it. */
async function failing(
  t: ExecutionContext,
  failure: string,
  args: (rig: Rig) => readonly string[] = () => [],
): Promise<Rig> {
  const rig = await createRig(t);
  const broken = rig.path('broken');
  const program = ['/bin/sh', '-c', `[ -e ${broken} ] && { ${failure}; }; exec ${SERVER.join(' ')}`];
  const ssd = rig.ssd(['--interval=1', ...args(rig)], program);
  await rig.conductor.nextWorker();
  await rig.ssctl(['wait', 'ready']);
  writeFileSync(broken, '');
  t.teardown(() => ssd.kill('SIGKILL'));
  return rig;
}

/** Only the first generation ever gets ready. */
async function neverReady(t: ExecutionContext): Promise<{rig: Rig; ssd: Running}> {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--ready=exec=[ "$SERVER_STARTER_GENERATION" = 1 ]']);
  await ssd.line(/generation 1 is ready/);
  return {rig, ssd};
}

const COMPLAINT = 'printf "no \\033[31mconfig\\033[0m\\n\\tat line 3\\n" >&2; exit 3';
const QUOTED = 'its last lines on standard error:\n    no config\n        at line 3\n';

for (const [where, args] of [
  ['--log-file', (rig: Rig) => [`--log-file=${rig.path('log')}`]],
  ['--capture-stderr', () => ['--capture-stderr']],
] as const) {
  test(`a failed restart quotes standard error, by ${where}`, async t => {
    const rig = await failing(t, COMPLAINT, args);
    const {code, stdout, stderr} = await rig.ssctl(['restart']);
    t.is(code, 1);
    t.is(stdout, '');
    t.regex(
      stderr,
      /^ssctl: restart failed: generation 2 \(pid \d+\) exited with status 3 after \d+ms; generation 1/m,
    );
    t.true(stderr.endsWith(QUOTED), stderr);
  });
}

test('a failed restart says how to see standard error, or that it was empty', async t => {
  const blind = await failing(t, COMPLAINT);
  t.regex(
    (await blind.ssctl(['restart'])).stderr,
    /\nto see what .* start ssd with --log-file=FILE or --capture-stderr\n$/,
  );
  const silent = await failing(t, 'exit 3', () => ['--capture-stderr']);
  t.regex((await silent.ssctl(['restart'])).stderr, /\nit wrote nothing to standard error\n$/);
});

test('--json has the verdict of a failed restart with its lines', async t => {
  const rig = await failing(t, COMPLAINT, () => ['--capture-stderr']);
  const {code, stdout} = await rig.ssctl(['restart', '--json']);
  t.is(code, 1);
  const {stderr, ...verdict} = JSON.parse(stdout);
  t.like(verdict, {verdict: 'failed', attempts: 1, generation: 2, serving: 1});
  t.is(stderr.length, 2);
});

test('--attempts limits the number of starts', async t => {
  const rig = await failing(t, 'exit 3');
  const {code, stderr} = await rig.ssctl(['restart', '--attempts=2']);
  t.is(code, 1);
  t.regex(
    stderr,
    /^attempt 1 failed: generation 2 .*\ngeneration 3 spawned, .*\nssctl: restart failed: generation 3 /m,
  );
  t.notRegex(stderr, /attempt 2|generation 4/);
});

test('a restart that is given up in its pause has reported the failed attempt', async t => {
  // A broken release never passes the command: one that always passes could be done before the worker has failed.
  const passes = (rig: Rig) => `--ready=exec=test ! -e ${rig.path('broken')}`;
  const rig = await failing(t, 'exit 3', rig => ['--interval=1h', passes(rig)]);
  const {code, stderr} = await rig.ssctl(['restart', '--retry', '--timeout=4']);
  t.is(code, 4);
  t.regex(
    stderr,
    /^generation 2 spawned, .*\nattempt 1 failed: generation 2 .*\nssctl: restart did not finish within 4 s; it continues\n$/,
  );
});

test('--until=ready returns while the old generation finishes; a restart that waits for the end is superseded', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  const first = await rig.conductor.nextWorker();
  await first.beStubborn();
  await ssd.line(/generation 1 is ready/);

  const patient = rig.ssctl(['restart']);
  await first.nextSignal();
  const quick = await rig.ssctl(['restart', '--until=ready', '--json']);

  t.is(quick.code, 0);
  t.like(JSON.parse(quick.stdout), {verdict: 'completed', generation: 3, retiring: [2]});
  const {code, stdout} = await patient;
  t.is(code, 0);
  t.is(stdout, 'generation 2 became ready; generation 3 has since replaced it and serves\n');
  first.exit(0);
});

test('cancel ends a restart that does not get ready, which then exits with 1', async t => {
  const {rig, ssd} = await neverReady(t);
  const restart = rig.ssctl(['restart', '--retry']);
  await ssd.line(/generation 2 spawned/);

  const cancel = await rig.ssctl(['cancel']);

  t.is(cancel.code, 0);
  t.is(cancel.stdout, 'cancelled the start of generation 2\n');
  const {code, stdout, stderr} = await restart;
  t.is(code, 1);
  t.is(stdout, '');
  t.regex(stderr, /^ssctl: restart cancelled: a client cancelled it \(ssctl cancel\)$/m);
  t.is(JSON.parse((await rig.ssctl(['status', '--json'])).stdout).current, 1);
});

test('cancel without a restart says so and exits with 1', async t => {
  const {rig} = await neverReady(t);
  const text = await rig.ssctl(['cancel']);
  t.is(text.code, 1);
  t.is(text.stdout, '');
  t.regex(text.stderr, /^ssctl: nothing to cancel: no restart is in progress, [^\n]*\n$/);
  const json = await rig.ssctl(['cancel', '--json']);
  t.is(json.code, 1);
  t.deepEqual(JSON.parse(json.stdout), {cancelled: false, generation: null});
});

test('the first start cannot be cancelled', async t => {
  const rig = await createRig(t);
  await rig.ssd(['--interval=1h']).line(/generation 1 spawned/);
  const {code, stderr} = await rig.ssctl(['cancel']);
  t.is(code, 1);
  t.regex(
    stderr,
    /^ssctl: cannot cancel the start of generation 1: no generation serves yet; use ssctl -s \S+ stop to end it$/m,
  );
});

needs('script')('on a terminal the progress is one line that is gone at the end', async t => {
  const {rig} = await neverReady(t);
  const {code, seen} = await onTerminal(rig, ['restart', '--timeout=4']);
  t.is(code, 4);
  t.regex(seen, /(<0d>[|/\\-] \S+ {2}generation 2 spawned, pid \d+<1b>\[K){2}/);
  // Nothing is left of it: the error stands in its place.
  t.true(seen.endsWith('<0d><1b>[Kssctl: restart did not finish within 4 s; it continues\n'), seen);
  t.is(seen.split('\n').length, 2);
});

needs('script')('on a terminal with NO_COLOR the progress is plain lines', async t => {
  const {rig} = await neverReady(t);
  const {seen} = await onTerminal(rig, ['restart', '--timeout=4'], {env: {NO_COLOR: '1'}});
  t.notRegex(seen, /<1b>/);
  t.regex(seen, /^generation 2 spawned, pid \d+\n/);
});

test('Ctrl-C says what continues, and ends ssctl by the signal', async t => {
  const {rig, ssd} = await neverReady(t);
  const restart = following(rig, ['restart', '--retry']);
  await ssd.line(/generation 2 spawned/);
  await restart.line(/generation 2 spawned/);
  restart.kill('SIGINT');
  const ssctl = `ssctl -s ${rig.control}`;
  t.is(
    await restart.line(/^ssctl: /),
    `ssctl: interrupted; the restart continues: ${ssctl} cancel ends it, ${ssctl} events --follow shows it`,
  );
  t.deepEqual(await restart.exit(), {code: null, signal: 'SIGINT'});
  t.is((await rig.ssctl(['cancel'])).code, 0);
});

test('Ctrl-C while an old generation finishes says that the new one serves', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  const first = await rig.conductor.nextWorker();
  await first.beStubborn();
  await ssd.line(/generation 1 is ready/);
  const restart = following(rig, ['restart']);
  await restart.line(/sending TERM to generation 1/);
  restart.kill('SIGINT');
  t.is(
    await restart.line(/^ssctl: /),
    'ssctl: interrupted; generation 2 serves, and those before it are still finishing',
  );
  t.deepEqual(await restart.exit(), {code: null, signal: 'SIGINT'});
});

const SLOW =
  'generation 2 serves; waiting for generation 1 to finish (--until=ready does not wait, --stop-timeout of ssd limits it)';

test('a restart says once what it waits for, if the old generation is slow to finish', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--ready=fd']);
  const first = await rig.conductor.nextWorker();
  await first.beStubborn();
  await first.write(3, '\n');
  await ssd.line(/generation 1 is ready/);
  const restart = following(rig, ['restart']);
  await (await rig.conductor.nextWorker()).write(3, '\n');
  t.is(await restart.line(/waiting/), SLOW);
  first.exit(0);
  await restart.line(/^generation 2 \(pid \d+\) serves, ready after/);
  t.is(restart.stderr().split(SLOW).length, 2);
});

needs('script')('on a terminal the line of progress says so, too', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  await (await rig.conductor.nextWorker()).beStubborn();
  await ssd.line(/generation 1 is ready/);
  const {seen} = await onTerminal(rig, ['restart', '--timeout=6']);
  t.regex(seen, /<0d>[|/\\-] \S+ {2}generation 2 serves; waiting for generation 1 to finish \(/);
});
