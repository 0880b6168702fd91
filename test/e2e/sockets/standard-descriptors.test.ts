/**
 * Descriptors 0, 1 and 2 keep their flags. O_NONBLOCK belongs to the open file description. ssd, ssctl, the workers and
 * the other programs of a pipeline share it, so a program that sets the flag makes the writes of the others fail.
 */
import {readFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {COMMANDS, type CommandName} from '../../../src/ctl/arguments/options.js';
import {restart} from '../../helpers/clients/control.js';
import {following} from '../../helpers/clients/ssctl.js';
import {needs} from '../../helpers/programs.js';
import {createRig, type Rig, type Running, SSD} from '../../helpers/rig.js';

const O_NONBLOCK = 0o4000;

/** @returns those of 0, 1 and 2 of a process that are non-blocking */
function nonBlockingOf(pid: number): number[] {
  return [0, 1, 2].filter(fd => {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))?.[1];
    return (Number.parseInt(flags ?? '', 8) & O_NONBLOCK) !== 0;
  });
}

/** With arguments that make each command do its work; the ones that end the instance come last. */
const VERBS: Readonly<Record<CommandName, readonly string[]>> = {
  status: [],
  list: [],
  restart: [],
  rollback: [],
  accept: [],
  reject: [],
  releases: [],
  pause: [],
  resume: [],
  cancel: [],
  reexec: [],
  scale: ['2'],
  signal: ['CONT'],
  connections: [],
  drain: [],
  wait: ['ready'],
  events: [],
  logs: [],
  'reopen-logs': [],
  metrics: [],
  completion: ['bash'],
  stop: [],
};

test('every command of ssctl is tried', t => {
  t.deepEqual(Object.keys(VERBS).sort(), Object.keys(COMMANDS).sort());
});

test('no command of ssctl makes ssd change its standard descriptors', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1', '--port=127.0.0.1:0']);
  await ssd.line(/generation 1 is ready/);
  for (const [verb, args] of Object.entries(VERBS)) {
    if (verb === 'stop') continue;
    await rig.ssctl([verb, ...args]);
    await rig.ssctl(['--json', verb, ...args]);
    t.deepEqual(nonBlockingOf(ssd.pid), [], `ssd after ${verb}`);
  }
  await rig.ssctl(['stop']);
});

// Node puts the flags back when it ends, so they are looked at while ssctl runs.
for (const [command, line] of [
  [['events', '--follow'], /is ready/],
  [['status', '--watch'], /^GENERATION/],
  [['status', '--watch', '--json'], /"statusVersion"/],
  [['logs', '--follow'], /is ready/],
] as const) {
  test(`ssctl ${command.join(' ')} leaves the descriptors that it shares as they are`, async t => {
    const rig = await createRig(t);
    const file = rig.path('log');
    rig.ssd(['--interval=0.1', `--log-file=${file}`]);
    t.is((await rig.ssctl(['wait', 'ready', '--timeout=20s'])).code, 0);
    const ssctl = following(rig, command);
    await ssctl.line(line);
    t.deepEqual(nonBlockingOf(ssctl.pid), []);
    ssctl.kill('SIGTERM');
    await ssctl.exit();
  });
}

const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  nothing: [],
  '--ready=fd': ['--ready=fd'],
  '--ready=notify': ['--ready=notify'],
  '--ready=exec': ['--ready=exec=true'],
  '--capture-stderr': ['--capture-stderr'],
  '--capture-output': ['--capture-output'],
  '--log-format=json': ['--log-format=json'],
  'a log command': ['--log-file=| exec cat >/dev/null'],
  'many workers': ['--workers=3', '--rolling=1'],
};

for (const [what, options] of Object.entries(OPTIONS)) {
  test(`the standard descriptors of workers stay blocking with ${what}`, async t => {
    const rig = await createRig(t);
    const args = ['--interval=0.1', '--port=127.0.0.1:0', ...options];
    const ssd = rig.ssd(args, ['perl', '-e', READY_THEN_SLEEP]);
    t.is((await rig.ssctl(['wait', 'ready', '--timeout=20s'])).code, 0);
    await rig.ssctl(['status']);
    await restart(rig);
    await checkWorkers(t, rig, ssd);
  });
}

/** Says in every way that it is ready. */
const READY_THEN_SLEEP = `
  use Socket;
  if (my $fd = $ENV{SSD_READY_FD}) { open my $ready, '>&=', $fd; syswrite $ready, "\\n" }
  if (my $to = $ENV{NOTIFY_SOCKET}) {
    $to =~ s/^\\@/\\0/;
    socket my $s, AF_UNIX, SOCK_DGRAM, 0;
    send $s, 'READY=1', 0, pack_sockaddr_un($to);
  }
  sleep 1000;
`;

async function checkWorkers(t: ExecutionContext, rig: Rig, ssd: Running): Promise<void> {
  const {stdout} = await rig.ssctl(['--json', 'status']);
  const pids: number[] = JSON.parse(stdout).generations.flatMap(
    (generation: {readonly workers: readonly {readonly pid: number | null}[]}) =>
      generation.workers.flatMap(({pid}) => (pid === null ? [] : [pid])),
  );
  t.true(pids.length > 0);
  for (const pid of [ssd.pid, ...pids]) t.deepEqual(nonBlockingOf(pid), [], `pid ${pid}`);
}

needs('bash')('a worker that writes more than a slow reader has taken loses nothing', async t => {
  const rig = await createRig(t);
  const writes = `$SIG{USR1} = sub { my $b = 'x' x 400000; my $at = 0;
    while ($at < 400000) { my $n = syswrite STDERR, $b, 400000 - $at, $at; die "lost: $!" unless defined $n; $at += $n }
    syswrite STDERR, "\\nwhole\\n" }; ${READY_THEN_SLEEP} sleep 1000 while 1;`;
  // The reader takes nothing until it is told to.
  const script = `exec 4<>"$0" 5>&2; exec "$@" 2> >(read -r go <&4; exec cat >&5)`;
  await rig.run(['mkfifo', rig.path('go')]);
  const command = [
    process.execPath,
    SSD,
    `--control=${rig.control}`,
    '--ready=fd',
    '--',
    'perl',
    '-e',
    writes,
  ];
  const ssd = rig.start(['bash', '-c', script, rig.path('go'), ...command]);
  t.is((await rig.ssctl(['wait', 'ready', '--timeout=20s'])).code, 0);
  await rig.ssctl(['status']);
  await rig.ssctl(['signal', 'USR1']);
  t.is((await rig.run(['sh', '-c', `echo go >"$0"`, rig.path('go')])).code, 0);
  await ssd.line(/^whole$/);
  t.pass();
});
