/** `ssctl -H` with a stand-in for ssh, which runs the command on this machine; `test/fleet` has a real one. */
import {closeSync, openSync, writeFileSync, writeSync} from 'node:fs';
import test from 'ava';
import {needs} from '../../helpers/programs.js';
import {SSCTL} from '../../helpers/rig.js';
import {place} from './place.js';

test('ssh gets its options, the host behind --, and nothing of them from the host', async t => {
  const {ssctl, words} = await place(t, 'echo "$@"; echo to stderr >&2');
  const {code, stdout, stderr} = await ssctl([
    '-H',
    'deploy@[::1]:2222',
    '-n',
    'app',
    'restart',
    '--until=ready',
  ]);
  t.deepEqual(
    {code, stdout, stderr},
    {
      code: 0,
      stdout: '--name=app --until=ready restart\n',
      stderr: 'to stderr\n',
    },
  );
  const path = words()[words().indexOf('-E') + 1] ?? '';
  t.regex(path, /^\/proc\/\d+\/fd\/\d+$/);
  t.deepEqual(
    words().filter(word => word !== path),
    [
      ...['-x', '-a', '-o', 'ClearAllForwardings=yes', '-o', 'RemoteCommand=none', '-o', 'ConnectTimeout=15'],
      ...['-o', 'ServerAliveInterval=10', '-o', 'ServerAliveCountMax=3', '-o', 'LogLevel=ERROR'],
      ...['-T', '-E', '-p', '2222', '--', 'deploy@::1'],
    ],
  );
});

for (const status of [0, 1, 2, 3, 4, 137]) {
  test(`the exit status ${status} of the ssctl there is that of this one`, async t => {
    const {ssctl} = await place(t, `exit ${status}`);
    t.like(await ssctl(['-H', 'web1', 'status']), {code: status, stdout: '', stderr: ''});
  });
}

test('a host that ssh does not reach is named in one line, with what ssh says', async t => {
  const {ssctl} = await place(t);
  t.like(await ssctl(['-H', 'me@down1', 'restart']), {
    code: 1,
    stdout: '',
    stderr: 'ssctl: cannot reach me@down1 by ssh: connect to host me@down1 port 22: Connection refused\n',
  });
});

test('a host without ssctl is named in one line, with what to do', async t => {
  const {ssctl} = await place(t);
  t.like(await ssctl(['-H', 'bare1', 'restart']), {
    code: 1,
    stdout: '',
    stderr:
      'ssctl: there is no ssctl on bare1 in the PATH of ssh: install ssd there, or link ssctl into /usr/local/bin\n',
  });
});

test('an ssctl whose interpreter is missing is no missing ssctl', async t => {
  const {ssctl, rig} = await place(t);
  writeFileSync(rig.path('remote/ssctl'), '#!/no/such/node\n');
  const {code, stderr} = await ssctl(['-H', 'web1', 'restart']);
  t.is(code, 1);
  t.regex(
    stderr,
    /^ssctl: cannot start ssctl on web1: it may not be executed there, or the interpreter of its first line is missing$/m,
  );
  const {stdout} = await ssctl(['-H', 'web1,web2', 'restart']);
  t.regex(stdout, /^web1 +no ssctl .*cannot start ssctl on web1/m);
});

test('what holds the pipes open when ssh has ended holds nothing up', async t => {
  const {ssctl} = await place(t);
  const {code, stdout} = await ssctl(['-H', 'held1,held2', 'restart']);
  t.is(code, 1);
  t.regex(stdout, /^held1 +failed .*\nheld2 +not tried/m);
});

test('without ssh there is one line that says so', async t => {
  const {ssctl, rig} = await place(t);
  t.like(await ssctl(['-H', 'web1', 'restart'], {env: {PATH: rig.path('remote')}}), {
    code: 1,
    stdout: '',
    stderr: 'ssctl: there is no ssh in PATH: install openssh-client\n',
  });
});

test('standard input is left to the script around it', async t => {
  const {rig, env} = await place(t, 'echo "$SITE"');
  const script = `printf '%s\\n' web1 web2 web3 | while read -r host; do ${process.execPath} ${SSCTL} -H "$host" status; done`;
  t.like(await rig.run(['sh', '-c', script], {env}), {code: 0, stdout: 'web1\nweb2\nweb3\n', stderr: ''});
});

/** What the ssctl of each host prints, as one of another version would. */
const THREE = `
case $SITE in
  web1) echo '{"verdict":"completed","generation":7,"tookMs":1200}' ;;
  web2) echo 'Welcome!'; echo 'ssctl: restart failed: it is broken' >&2; echo '    last words' >&2; exit 4 ;;
  *) echo '{"verdict":"completed","generation":1,"tookMs":1}' ;;
esac`;

test('several hosts: it stops at the first that fails, and a table says what came of each', async t => {
  const {ssctl} = await place(t, THREE);
  const {code, stdout, stderr} = await ssctl(['-H', 'web1,web2,web3', 'restart']);
  t.is(code, 4);
  t.deepEqual(stdout.replace(/\d+ms/, 'T').replaceAll(/ +/g, ' ').split('\n'), [
    'HOST VERDICT GENERATION TOOK REASON',
    'web1 completed 7 1.2s -',
    'web2 timed out - T it is broken',
    'web3 not tried - - -',
    '',
  ]);
  t.deepEqual(stderr.split('\n'), [
    'web1: restart, host 1 of 3',
    'web2: restart, host 2 of 3',
    'web2: ssctl: restart failed: it is broken',
    'web2:     last words',
    '',
  ]);
});

test('with --json it is one document, and nothing else is said', async t => {
  const {ssctl} = await place(t, THREE);
  const {code, stdout, stderr} = await ssctl(['-H', 'web1,web2,web3', '--json', 'restart']);
  t.is(code, 4);
  t.is(stderr, '');
  const {hosts} = JSON.parse(stdout);
  t.deepEqual(hosts[0], {
    host: 'web1',
    verdict: 'completed',
    status: 0,
    generation: 7,
    tookMs: 1200,
    reason: null,
    result: {verdict: 'completed', generation: 7, tookMs: 1200},
  });
  t.like(hosts[1], {host: 'web2', verdict: 'timed-out', status: 4, reason: 'it is broken', result: null});
  t.like(hosts[2], {host: 'web3', verdict: 'not-tried', status: null, tookMs: null});
});

test('a host in between that cannot be reached ends the tour as well', async t => {
  const {ssctl} = await place(t, THREE);
  const {code, stdout} = await ssctl(['-H', 'web1,down,web3', 'restart']);
  t.is(code, 1);
  t.regex(stdout, /^down +unreachable .*cannot reach down by ssh: connect to host down/m);
  t.regex(stdout, /^web3 +not tried/m);
});

test('what only shows something asks every host, and fails as the first that has failed', async t => {
  const {ssctl} = await place(t, `echo "$SITE: $*"; [ $SITE = web1 ] || exit 3`);
  const {code, stdout, stderr} = await ssctl(['-H', 'web1,down,web3', 'status']);
  t.is(code, 1);
  t.is(stdout, '==> web1 <==\nweb1: status\n\n==> down <==\n\n==> web3 <==\nweb3: status\n');
  t.regex(stderr, /^ssctl: cannot reach down by ssh: [^\n]*\n$/);
  const versions = await ssctl(['-H', 'web1,web3', '--version']);
  t.is(versions.stdout, '==> web1 <==\nweb1: --version\n\n==> web3 <==\nweb3: --version\n');
  t.is(versions.code, 3);
});

test('a wish for help is answered here', async t => {
  const {ssctl} = await place(t, 'exit 9');
  t.like(await ssctl(['-H', 'web1', 'restart', '--help']), {code: 0, stderr: ''});
});

test('what the ssctl there advises is a command for here', async t => {
  const {rig, env} = await place(t);
  const ssd = rig.ssd(['--ready=fd']);
  const first = await rig.conductor.nextWorker();
  await first.write(Number(first.env.SSD_READY_FD), '\n');
  await ssd.line(/generation 1 is ready/);
  const asked = rig.start([process.execPath, SSCTL, '-H', 'me@web1:22', 'restart'], {env});
  await rig.conductor.nextWorker();
  asked.kill('SIGINT');
  await asked.line(/the restart continues: ssctl -H me@web1:22 -s \S+ cancel ends it/);
  t.is((await asked.exit()).signal, 'SIGINT');
});

test('Ctrl-C ends the ssctl there, which says what goes on, and then the one here', async t => {
  const {rig, env} = await place(t);
  const ssd = rig.ssd(['--interval=0.1']);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  await worker.beStubborn();
  const asked = rig.start([process.execPath, SSCTL, '-H', 'web1', 'restart'], {env});
  await asked.line(/sending TERM to generation 1/);
  asked.kill('SIGINT');
  await asked.line(/^ssctl: interrupted; generation 2 serves, and those before it are still finishing$/);
  t.deepEqual(await asked.exit(), {code: null, signal: 'SIGINT'});
  worker.die('KILL');
});

needs('script')('on a terminal, Ctrl-C before ssh is connected is no failure of ssh', async t => {
  const {rig, env} = await place(t);
  await rig.run(['mkfifo', rig.path('keys')]);
  const keys = openSync(rig.path('keys'), 'r+');
  t.teardown(() => closeSync(keys));
  const terminal = `exec ${process.execPath} ${SSCTL} -H asks restart`;
  const script = `exec script -qec '${terminal}' /dev/null < ${rig.path('keys')} >&2`;
  const asked = rig.start(['sh', '-c', script], {env});
  await asked.line(/password:/);
  writeSync(keys, '\u0003');
  t.is((await asked.exit()).code, 130);
  t.notRegex(asked.stderr(), /ssctl: /);
});

test('between hosts as well: those that remain are not tried', async t => {
  const {rig, env} = await place(t);
  const ssd = rig.ssd(['--interval=0.1']);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  await worker.beStubborn();
  const asked = rig.start(['sh', '-c', `exec ${process.execPath} ${SSCTL} -H web1,web2 restart >&2`], {env});
  await ssd.line(/sending TERM to generation 1/);
  asked.kill('SIGINT');
  await asked.line(/^web1 +interrupted/);
  await asked.line(/^web2 +not tried/);
  t.deepEqual(await asked.exit(), {code: null, signal: 'SIGINT'});
  worker.die('KILL');
});

test('an ssctl that is killed leaves none behind at the other end', async t => {
  const {rig, env} = await place(
    t,
    `mkfifo "$FAKE_SSH/ended"; ${process.execPath} ${SSCTL} -s "$FAKE_SSH/control" "$@"; echo $? > "$FAKE_SSH/ended"`,
  );
  const ssd = rig.ssd(['--interval=0.1']);
  await ssd.line(/generation 1 is ready/);
  const asked = rig.start(['sh', '-c', `exec ${process.execPath} ${SSCTL} -H web1 events --follow >&2`], {
    env,
  });
  await asked.line(/generation 1 is ready/);
  process.kill(asked.pid, 'SIGKILL');
  // As a shell shows SIGINT; opening waits for the writer.
  t.is((await rig.run(['cat', rig.path('ended')])).stdout, '130\n');
});
