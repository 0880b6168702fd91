import {chmodSync, mkdirSync, readdirSync, symlinkSync} from 'node:fs';
import net from 'node:net';
import test from 'ava';
import {createRig, SSCTL} from '../../helpers/rig.js';
import {asRoot, somebody} from '../../helpers/root.js';

asRoot('the only instance is found without a name and by its name', async t => {
  const {ssd, ssctl} = await somebody(t);
  const running = ssd([]);
  await running.line(/generation 1 is ready/);
  t.is(JSON.parse((await ssctl(['status', '--json'])).stdout).pid, running.pid);
  t.is(JSON.parse((await ssctl(['-n', 'perl', 'status', '--json'])).stdout).pid, running.pid);
});

asRoot('with several instances one must be chosen, and the error lists them', async t => {
  const {ssd, ssctl} = await somebody(t);
  for (const name of ['one', 'two']) await ssd([`--name=${name}`]).line(/generation 1 is ready/);
  const {code, stderr} = await ssctl(['status']);
  t.is(code, 2);
  t.is(stderr, 'ssctl: several instances are running; choose one with -n: one, two\n');
  t.is(JSON.parse((await ssctl(['-n', 'two', 'status', '--json'])).stdout).instance, 'two');
});

asRoot('with no instance the exit status is 3 and the places are named', async t => {
  const {rig, ssctl} = await somebody(t);
  const {code, stderr} = await ssctl(['status']);
  t.is(code, 3);
  t.regex(
    stderr,
    new RegExp(
      `^ssctl: no instance of ssd is running \\(looked in ${rig.directory}/ssd, .*\\); instances of other users, `,
    ),
  );
});

asRoot('an ssd that was killed is reported, and the next start replaces its socket', async t => {
  const {ssd, ssctl} = await somebody(t);
  const killed = ssd([]);
  await killed.line(/generation 1 is ready/);
  killed.kill('SIGKILL');
  await killed.exit();
  const {code, stderr} = await ssctl(['-n', 'perl', 'status']);
  t.is(code, 3);
  t.regex(
    stderr,
    /^ssctl: the ssd at .*perl\.sock has died, and its workers serve on \(pid \d+\): start it again, /,
  );
  await ssd([]).line(/generation 2 is ready/);
  t.is((await ssctl(['status'])).code, 0);
});

asRoot('a taken name is an error if it was requested, and a warning otherwise', async t => {
  const {ssd} = await somebody(t);
  const first = ssd([]);
  await first.line(/generation 1 is ready/);

  const named = ssd(['--name=perl']);
  await named.line(new RegExp(`^ssd: cannot make control socket .*: the process with pid ${first.pid} is`));
  t.is((await named.exit()).code, 1);

  const unnamed = ssd([]);
  await unnamed.line(/warning: running without a control socket: .*choose another --name/);
  await unnamed.line(/generation 1 is ready/);
});

asRoot('a default place that another user prepared is not used, and ssd keeps running', async t => {
  const {rig, ssd} = await somebody(t);
  mkdirSync(rig.path('elsewhere'));
  symlinkSync(rig.path('elsewhere'), rig.path('ssd'));
  const linked = ssd([]);
  await linked.line(/warning: running without a control socket: .*it is not a directory/);
  await linked.line(/generation 1 is ready/);
  t.deepEqual(readdirSync(rig.path('elsewhere')), []);
});

asRoot('a default place that is another user’s is not used', async t => {
  const {rig, ssd} = await somebody(t);
  mkdirSync(rig.path('ssd'), {mode: 0o777});
  await ssd([]).line(/warning: running without a control socket: .*it belongs to uid 0/);
  t.pass();
});

asRoot('another user is turned away by the daemon itself', async t => {
  const {rig, ssctl} = await somebody(t);
  const running = rig.ssd(['--interval=0.1']);
  await running.line(/generation 1 is ready/);
  chmodSync(rig.control, 0o666);
  const {code, stderr} = await ssctl(['-s', rig.control, 'stop']);
  t.is(code, 1);
  t.regex(stderr, /^ssctl: connection was refused: only the user of this ssd and root may use it\n$/);
  t.is((await rig.ssctl(['status'])).code, 0);
});

asRoot('a name that is not found may be that of another user’s instance, as the error says', async t => {
  const {rig, ssctl} = await somebody(t);
  const unseen = 'instances of other users, and those with --control elsewhere, are not searched: use';
  const theirs = await ssctl(['-n', 'term', 'status']);
  t.is(theirs.code, 3);
  t.regex(
    theirs.stderr,
    new RegExp(`^ssctl: no instance "term" is running \\(looked in .*\\); ${unseen} sudo or -s SOCKET\n$`),
  );
  const ours = await rig.run([process.execPath, SSCTL, '-n', 'term', 'status']);
  t.is(ours.code, 3);
  t.regex(ours.stderr, new RegExp(`\\(looked in /run/ssd\\); ${unseen} -s SOCKET\n$`));
});

asRoot('a socket of another user is an error that says so', async t => {
  const {rig, ssctl} = await somebody(t);
  await rig.ssd(['--interval=0.1']).line(/generation 1 is ready/);
  const {code, stderr} = await ssctl(['-s', rig.control, 'status']);
  t.is(code, 1);
  t.regex(stderr, /^ssctl: cannot connect to .*control: EACCES \(permission denied\)\n$/);
});

test('a stopped daemon is reported as stuck, with 4', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  await ssd.line(/generation 1 is ready/);
  ssd.kill('SIGSTOP');
  const {code, stderr} = await rig.ssctl(['status']);
  t.is(code, 4);
  const who = `ssd \\(pid ${ssd.pid}\\) at .*`;
  t.regex(
    stderr,
    new RegExp(`^ssctl: no answer from ${who} within 5 s: it is stopped \\(kill -CONT ${ssd.pid} `),
  );
  ssd.kill('SIGCONT');
  t.is((await rig.ssctl(['status'])).code, 0);
});

test('a socket of another program is reported as such', async t => {
  const rig = await createRig(t);
  const server = net.createServer(socket => void socket.on('error', () => {}).end('220 smtp ready\r\n'));
  await new Promise<void>(resolve => server.listen(rig.path('smtp'), resolve));
  t.teardown(() => server.close());
  const {code, stderr} = await rig.run([process.execPath, SSCTL, '-s', rig.path('smtp'), 'status']);
  t.is(code, 1);
  t.regex(stderr, /^ssctl: cannot talk to .*smtp: it does not speak this protocol\n$/);
});

test('the death of ssd while ssctl waits is reported, with 1', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=1h']);
  await rig.conductor.nextWorker();
  const waiting = rig.ssctl(['restart']);
  await ssd.line(/restart requested/);
  ssd.kill('SIGKILL');
  const {code, stderr} = await waiting;
  t.is(code, 1);
  t.regex(stderr, new RegExp(`ssctl: restart did not finish: ssd \\(pid ${ssd.pid}\\) has ended\n$`));
});

const usage: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [[], /no command is given; see ssctl --help/],
  [['frobnicate'], /unknown command frobnicate/],
  [['status', '--frobnicate'], /unknown option --frobnicate/],
  [['status', '--timeout=1'], /status has no option --timeout/],
  [['status', 'more'], /status takes no argument, but got more/],
  [['restart', '--timeout=-1'], /--timeout=-1: expected seconds/],
  [['restart', '--timeout=1', '--no-wait'], /it does not work with --no-wait/],
  [['-n', '../x', 'status'], /--name=\.\.\/x: it is not a valid instance name/],
];

for (const [args, message] of usage) {
  test(`ssctl ${args.join(' ')} is a usage error`, async t => {
    const rig = await createRig(t);
    const {code, stdout, stderr} = await rig.run([process.execPath, SSCTL, ...args]);
    t.is(code, 2);
    t.is(stdout, '');
    t.regex(stderr, message);
    t.regex(stderr, /^ssctl: [^\n]*\n$/);
  });
}
