/** Faults around a program: its output is lost, its directory or its terminal is gone, a part of it is missing. */
import {mkdirSync} from 'node:fs';
import test from 'ava';
import {redirected} from '../../helpers/adapters/script.js';
import {needs} from '../../helpers/programs.js';
import {createRig, type Rig, SSCTL, SSD} from '../../helpers/rig.js';

const FULL = 'cannot write to standard output: ENOSPC (no space left on device)';

const ssctl = (rig: Rig, ...words: readonly string[]) => [
  process.execPath,
  SSCTL,
  '-s',
  rig.control,
  ...words,
];

for (const [program, path] of [
  ['ssd', SSD],
  ['ssctl', SSCTL],
] as const) {
  for (const option of ['--version', '--help']) {
    test(`${program} ${option} on a full disk fails and says why`, async t => {
      const rig = await createRig(t);
      const {code, stderr} = await rig.run(redirected('>/dev/full', [process.execPath, path, option]));
      t.deepEqual({code, stderr}, {code: 1, stderr: `${program}: ${FULL}\n`});
    });

    test(`${program} ${option} into a pipe without a reader is no failure`, async t => {
      const rig = await createRig(t);
      // The writer starts when its reader has closed the pipe.
      const pipeline = 'mkfifo go; { read -r _ <go; "$@"; echo "status $?" >&2; } | { exec <&-; echo >go; }';
      const {stderr} = await rig.run(['sh', '-c', pipeline, 'sh', process.execPath, path, option]);
      t.is(stderr, 'status 0\n');
    });
  }
}

test('an operation that was done does not count as failed when its output is lost', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1', `--pid-file=${rig.path('pid')}`]);
  await ssd.line(/generation 1 is ready/);
  const restarted = await rig.run(redirected('>/dev/full', ssctl(rig, 'restart')));
  t.is(restarted.code, 0);
  t.regex(restarted.stderr, new RegExp(`^ssctl: ${FULL.replace(/[()]/g, '\\$&')}$`, 'm'));
  const manage = ['--restart', `--pid-file=${rig.path('pid')}`, `--control=${rig.control}`];
  const managed = await rig.run(redirected('>/dev/full', [process.execPath, SSD, ...manage]));
  t.deepEqual([managed.code, managed.stderr], [0, `ssd: ${FULL}\n`]);
  const shown = await rig.run(redirected('>/dev/full', ssctl(rig, 'status')));
  t.deepEqual([shown.code, shown.stderr], [1, `ssctl: ${FULL}\n`]);
});

test('events --follow ends when its reader does, without a further event', async t => {
  const rig = await createRig(t);
  await rig.ssd(['--interval=0.1']).line(/generation 1 is ready/);
  const {code, stdout} = await rig.run([
    'sh',
    '-c',
    '"$@" | grep -m1 spawned',
    'sh',
    ...ssctl(rig, 'events', '-f'),
  ]);
  t.is(code, 0);
  t.regex(stdout, /generation 1 spawned/);
});

test('logs --follow ends when its reader does, without a further line', async t => {
  const rig = await createRig(t);
  const log = rig.path('log');
  rig.ssd(['--interval=0.1', `--log-file=${log}`]);
  await rig.ssctl(['wait', 'ready']);
  const {code, stdout} = await rig.run([
    'sh',
    '-c',
    '"$@" | grep -m1 spawned',
    'sh',
    ...ssctl(rig, 'logs', '-f'),
  ]);
  t.is(code, 0);
  t.regex(stdout, /generation 1 spawned/);
});

/** Runs a command in a directory that was removed before. */
const inLostDirectory = (rig: Rig, command: readonly string[]) => {
  mkdirSync(rig.path('release'));
  return rig.run(['sh', '-c', 'cd release; rmdir ../release; exec "$@"', 'sh', ...command]);
};

const lost: readonly (readonly [words: string, code: number, says: RegExp])[] = [
  ['--help', 0, /^$/],
  ['--version', 0, /^$/],
  ['completion bash', 0, /^$/],
  ['no-such-command', 2, /^ssctl: unknown command no-such-command; see ssctl --help\n$/],
  ['restart --no-such-option', 2, /^ssctl: unknown option --no-such-option; see ssctl restart --help\n$/],
];
for (const [words, code, says] of lost) {
  test(`ssctl ${words} works in a directory that was removed`, async t => {
    const rig = await createRig(t);
    const ended = await inLostDirectory(rig, [process.execPath, SSCTL, ...words.split(' ')]);
    t.is(ended.code, code);
    t.regex(ended.stderr, says);
  });
}

test('ssd starts nothing in a directory that was removed, and still shows its help', async t => {
  const rig = await createRig(t);
  const refused = await inLostDirectory(rig, [process.execPath, SSD, '--', 'sleep', '1000']);
  t.is(refused.code, 1);
  t.is(refused.stderr, 'ssd: cannot change to directory .: ENOENT (no such file or directory)\n');
  t.is((await inLostDirectory(rig, [process.execPath, SSD, '--help'])).code, 0);
});

needs('python3')('a terminal that was closed does not turn a stop into an abort', async t => {
  const rig = await createRig(t);
  // Standard input is a terminal. The parent closes it when ssd is up, which also sends SIGHUP: a restart.
  const script = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    log = os.open('log', os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1); os.dup2(log, 2)
    os.execvp(sys.argv[1], sys.argv[1:])
sys.stdin.readline()
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)`;
  const command = [
    process.execPath,
    SSD,
    `--control=${rig.control}`,
    '--interval=0.1',
    '--',
    'sleep',
    '1000',
  ];
  const pipeline = [
    '{ "$0" "$1" -s "$2" wait ready >&2; echo; "$0" "$1" -s "$2" events -f | grep -m1 "restart completed" >&2;',
    ' "$0" "$1" -s "$2" stop >&2; } | { s=$3; shift 3; exec python3 -c "$s" "$@"; }',
  ].join('');
  const {stdout} = await rig.run([
    ...['sh', '-c', pipeline, process.execPath, SSCTL, rig.control, script],
    ...command,
  ]);
  t.is(stdout, '0\n');
});
