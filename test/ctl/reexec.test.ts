/** `ssctl reexec` against a daemon that answers as it is told. */
import test, {type ExecutionContext} from 'ava';
import {parseCommandLine} from '../../src/ctl/arguments/command-line.js';
import {readOrder} from '../../src/ctl/arguments/order.js';
import {renderUpgraded} from '../../src/ctl/render/upgraded.js';
import {Refusal} from '../../src/shared/words/errors.js';
import {FAKE_VERSION, fakeDaemon} from '../helpers/clients/fake-daemon.js';
import {following, onTerminal} from '../helpers/clients/ssctl.js';
import {needs} from '../helpers/programs.js';
import {createRig} from '../helpers/rig.js';

const read = async (line: string) => readOrder(await parseCommandLine(line.split(' ').filter(Boolean)));

const lines: readonly (readonly [line: string, order: object])[] = [
  ['reexec', {details: {args: null, timeoutMs: null}}],
  ['reexec --timeout=5', {details: {args: null, timeoutMs: 5000}}],
  [
    '-n app reexec -- --port=8080 -- ./server --json -- -n',
    {
      target: {name: 'app'},
      json: false,
      details: {args: ['--port=8080', '--', './server', '--json', '--', '-n'], timeoutMs: null},
    },
  ],
  ['--json reexec --timeout 5 -- -- ./server', {json: true, details: {args: ['--', './server']}}],
  ['reexec -- restart', {command: 'reexec', details: {args: ['restart']}}],
  ['reexec --help -- ./server', {command: 'help', topic: 'reexec'}],
  // Other commands know no command line: what follows is their argument, as ever.
  ['reject -- -slow', {details: {reason: '-slow'}}],
  ['-n reexec reject -- -slow', {target: {name: 'reexec'}, details: {reason: '-slow'}}],
];

for (const [line, order] of lines) test(`ssctl ${line}`, async t => t.like(await read(line), order));

const FOLLOWS = '; a command line of ssd follows --, as in ssctl reexec -- --port=8080 -- ./server';
const mistakes: readonly (readonly [line: string, problem: string])[] = [
  ['reexec --', 'nothing follows --; without it, ssd keeps its command line'],
  ['reexec --port=8080 -- ./server', `unknown option --port${FOLLOWS}`],
  ['reexec ./server', `reexec takes no argument, but got ./server${FOLLOWS}`],
  ['reexec --max=5 -- ./server', `reexec has no option --max; it is one of pause${FOLLOWS}`],
  ['reexec --timeout -- ./server', '--timeout needs a value'],
  ['help reexec -- ./server', 'help takes one command, but also got ./server'],
  [`reexec -- ${'x'.repeat(65_400)}`, 'the command line of ssd is too long; use --config=FILE there'],
];

for (const [line, problem] of mistakes) {
  test(`ssctl ${line.slice(0, 60)} is a mistake`, async t => {
    const error = await t.throwsAsync(read(line), {instanceOf: Refusal});
    const see = line.startsWith('help') ? 'ssctl' : 'ssctl reexec';
    t.deepEqual((error as Refusal).failure, {code: 'usage', problem, see});
  });
}

test('a replaced ssd is told with both versions, and new options with what makes them act', t => {
  const hello = {instance: 'app', pid: 7};
  const target = {name: 'app', socket: null};
  const text = (from: string, to: string, isChanged: boolean) =>
    renderUpgraded({verdict: 'completed', from, to}, {hello, isChanged, target});
  t.is(
    text('0.1.0', '0.2.0', false),
    'app (pid 7): ssd 0.2.0 has taken the place of ssd 0.1.0; its workers go on',
  );
  t.is(
    text('0.2.0', '0.2.0', true),
    'app (pid 7): ssd 0.2.0 has taken the place of the one before it; its workers go on\nthey keep what they were started with until ssctl -n app restart',
  );
});

const DONE = {verdict: 'completed', from: '0.0.9', to: '0.1.0'};

async function asked(t: ExecutionContext, args: readonly string[]) {
  const rig = await createRig(t);
  const daemon = await fakeDaemon(rig.control, process.pid);
  t.teardown(daemon.close);
  const ended = rig.ssctl(['reexec', ...args]);
  return {rig, daemon, ended, request: await daemon.nextRequest()};
}

test('reexec asks with nothing, and prints one line', async t => {
  const {ended, request} = await asked(t, []);
  t.is(request.method, 'reexec');
  t.deepEqual(request.params, {});
  request.event({type: 'upgraded', from: '0.0.9', to: '0.1.0'});
  request.result(DONE);
  const {code, stdout, stderr} = await ended;
  t.is(stdout, `app (pid ${process.pid}): ssd 0.1.0 has taken the place of ssd 0.0.9; its workers go on\n`);
  t.deepEqual([code, stderr], [0, '']);
});

test('reexec passes the command line on as it is, and says that the options wait for a restart', async t => {
  const line = ['--port=8080', '--name=a b', '--', './server', '--', '--json'];
  const {rig, ended, request} = await asked(t, ['--', ...line]);
  t.deepEqual(request.params, {args: line});
  request.result(DONE);
  const {code, stdout} = await ended;
  t.is(code, 0);
  t.true(
    stdout.endsWith(
      `; its workers go on\nthey keep what they were started with until ssctl -s ${rig.control} restart\n`,
    ),
  );
});

test('reexec --json prints the result', async t => {
  const {ended, request} = await asked(t, ['--json']);
  request.result(DONE);
  const {code, stdout, stderr} = await ended;
  t.deepEqual([code, JSON.parse(stdout), stderr], [0, DONE, '']);
});

test('a refusal is one line with its reason', async t => {
  const {ended, request} = await asked(t, []);
  request.event({type: 'upgrade-failed', problem: 'the name cannot change'});
  request.refuse('not-replaced', 'the name cannot change');
  const {code, stdout, stderr} = await ended;
  t.deepEqual([code, stdout, stderr], [1, '', 'ssctl: reexec was refused: the name cannot change\n']);
});

test('an ssd that is too old to be replaced is named', async t => {
  const {ended, request} = await asked(t, []);
  request.refuse('unknown-method', 'there is no such method');
  const {code, stderr} = await ended;
  t.is(code, 1);
  t.is(
    stderr,
    `ssctl: reexec was refused: the ssd that runs, ${FAKE_VERSION}, has no such request; stop it and start the installed one\n`,
  );
});

test('reexec --timeout gives up with 4', async t => {
  // It bounds the greeting as well, for which a busy machine may need a while.
  const {ended} = await asked(t, ['--timeout=3']);
  const {code, stderr} = await ended;
  t.deepEqual([code, stderr], [4, 'ssctl: reexec did not finish within 3 s; it continues\n']);
});

test('a connection that ends before the answer: ssd is gone, and where to look', async t => {
  const {rig, daemon, ended, request} = await asked(t, []);
  daemon.close();
  request.hangUp();
  const {code, stderr} = await ended;
  t.is(code, 1);
  t.is(
    stderr,
    `ssctl: lost the connection to ${rig.control} before reexec was answered, and nobody answers there: ssd (pid ${process.pid}) may have ended; see its log and ssctl list; the next start of ssd takes over workers that live\n`,
  );
});

test('a connection that ends before the answer, and an ssd that lives: which one, and where to look', async t => {
  const {rig, ended, request} = await asked(t, []);
  request.hangUp();
  const {code, stderr} = await ended;
  t.is(code, 1);
  t.is(
    stderr,
    `ssctl: lost the connection to ${rig.control} before reexec was answered: ssd ${FAKE_VERSION} answers there; ssctl -s ${rig.control} events and its log say whether it is the new one\n`,
  );
});

test('without an ssd the exit status is 3', async t => {
  const rig = await createRig(t);
  t.is((await rig.ssctl(['reexec'])).code, 3);
});

test('Ctrl-C says that the replacement goes on', async t => {
  const rig = await createRig(t);
  const daemon = await fakeDaemon(rig.control, process.pid);
  t.teardown(daemon.close);
  const running = following(rig, ['reexec']);
  await daemon.nextRequest();
  running.kill('SIGINT');
  await running.line(
    /^ssctl: interrupted; the replacement of ssd goes on: ssctl -s \S+ events shows how it ends$/,
  );
  t.is((await running.exit()).signal, 'SIGINT');
});

needs('script')('a person who watches sees what it waits for', async t => {
  const rig = await createRig(t);
  const daemon = await fakeDaemon(rig.control, process.pid);
  t.teardown(daemon.close);
  const ended = onTerminal(rig, ['reexec']);
  (await daemon.nextRequest()).result(DONE);
  const {code, seen} = await ended;
  t.is(code, 0);
  t.regex(seen, /the installed ssd is asked whether it can take over/);
});
