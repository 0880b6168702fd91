/** What ssd refuses. It prints one line with the operation, the object and the cause, and leaves nothing behind. */

import {spawnSync} from 'node:child_process';
import {chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {createRig, type Finished, type Rig} from '../../helpers/rig.js';

type Case = {
  /** What comes before `--`; `@` stands for the directory of the test. */
  readonly args: readonly string[];
  readonly code: number;
  /** The whole line after `ssd: `; `@` as above. */
  readonly says: string | RegExp;
  readonly prepare?: (rig: Rig) => void;
  readonly program?: readonly string[];
  /** Set-up was done: lines of the log, each with its time, come before. */
  readonly late?: boolean;
};

// One after the other: processes take their time to start, all at once they would take too long each.
const refused = test.macro({exec: refuse, title: given => `${given} is refused`});

async function refuse(
  t: ExecutionContext,
  {args, program = ['sleep', '1000'], ...expected}: Case,
): Promise<void> {
  const rig = await createRig(t);
  const here = (text: string) => text.replaceAll('@', rig.directory);
  expected.prepare?.(rig);
  const before = everythingIn(rig.directory);
  const command = [...args, ...(program.length > 0 ? ['--', ...program] : [])].map(here);

  const finished = await rig.runSsd([`--control=${rig.control}`, ...command]);

  t.is(finished.code, expected.code);
  t.is(finished.stdout, '');
  const {log, error} = linesOf(finished);
  if (typeof expected.says === 'string') t.is(error, `ssd: ${here(expected.says)}`);
  else t.regex(error, expected.says);
  t.is(log.length > 0, expected.late === true, finished.stderr);
  t.deepEqual(everythingIn(rig.directory), before);
}

/** The one line of error, and what the log said before it. */
function linesOf({stderr}: Finished): {readonly log: readonly string[]; readonly error: string} {
  const lines = stderr.replace(/\n$/, '').split('\n');
  const log = lines.slice(0, -1);
  const foreign = log.filter(line => !/^\d{4}-\d\d-\d\dT[\d:.]+Z ssd\[\d+\]: /.test(line));
  if (foreign.length > 0) throw new Error(`more than one line of error:\n${stderr}`);
  return {log, error: lines.at(-1) ?? ''};
}

/** Names, kinds and contents. */
function everythingIn(directory: string): string[] {
  return readdirSync(directory, {recursive: true, encoding: 'utf8'}).map(name => {
    const path = `${directory}/${name}`;
    const stats = statSync(path);
    return `${name} ${stats.mode} ${stats.ino} ${stats.isFile() ? readFileSync(path, 'utf8') : ''}`;
  });
}

const usage = (says: string, ...args: readonly string[]): Case => ({args, code: 2, says});
const FORM = 'expected [HOST:][u]PORT[=FD], as in 8080, 127.0.0.1:8080, [::1]:8080, u53, 8080=7';
const DURATION = 'expected seconds (1, 0.2) or a number with ms, s, m or h';
const LONG = 'x'.repeat(108);
const LENGTH = 'it has 108 bytes; a unix socket path has at most 107';
const CARRY = 'SERVER_STARTER_PORT cannot carry a path with ";" or "=" in it';

test.serial('a port that is no number', refused, usage(`--port=http: ${FORM}`, '--port=http'));
test.serial('a port without its value', refused, {
  args: ['--port'],
  code: 2,
  says: /^ssd: .*port.*; see ssd --help$/,
});
test.serial(
  'a port that is given twice',
  refused,
  usage('cannot listen on tcp 8080: it is given twice', '--port=8080', '--port=8080'),
);
test.serial(
  'a descriptor that is given twice',
  refused,
  usage('cannot place 8080 and 8081: both ask for descriptor 5', '--port=8080=5', '--port=8081=5'),
);
test.serial(
  'an amount of memory that is none',
  refused,
  usage(
    '--max-memory=0: expected bytes (536870912) or a number with K, M or G (512M, 1.5G), more than 0',
    '--max-memory=0',
  ),
);
test.serial('a path that is too long', refused, usage(`--path=${LONG}: ${LENGTH}`, `--path=${LONG}`));
test.serial('a path with ";"', refused, usage(`--path=@/a;b: ${CARRY}`, '--path=@/a;b'));
test.serial('a path with "="', refused, usage(`--path=@/a=b: ${CARRY}`, '--path=@/a=b'));
test.serial(
  'an unknown option',
  refused,
  usage('unknown option --frobnicate; see ssd --help', '--frobnicate'),
);
test.serial('no program', refused, {
  ...usage(
    'no server program is given: it comes after --, as in ssd --port=8080 -- program; see ssd --help',
    '--port=0',
  ),
  program: [],
});
test.serial('an unknown signal', refused, {
  ...usage('--signal-on-hup=FOO: there is no such signal (kill -l lists them)', '--signal-on-hup=FOO'),
});
test.serial('a negative duration', refused, usage(`--interval=-1: ${DURATION}`, '--interval=-1'));
test.serial('a name that can be no file', refused, {
  args: ['--name=a/b'],
  code: 2,
  says: /^ssd: --name=a\/b: expected 1 to 64 letters/,
});
test.serial(
  'a control socket whose path is too long',
  refused,
  usage(`--control=${LONG}: ${LENGTH}`, `--control=${LONG}`),
);
test.serial(
  '--daemonize without a log file',
  refused,
  usage('--daemonize needs --log-file: a background process has no terminal to write to', '--daemonize'),
);
test.serial(
  '--stop without a pid file',
  refused,
  usage('--restart and --stop need --pid-file; see ssd --help', '--stop'),
);
test.serial(
  '--timeout where nothing is waited for',
  refused,
  usage('--timeout works only with --restart or --stop; see ssd --help', '--timeout=1'),
);
test.serial(
  '--restart together with --stop',
  refused,
  usage('give --restart or --stop, not both; see ssd --help', '--restart', '--stop', '--pid-file=@/pid'),
);

test.serial('a program that does not exist', refused, {
  args: ['--port=0', '--pid-file=@/pid'],
  program: ['no-such-program'],
  code: 1,
  says: 'cannot start no-such-program: no such program',
});
test.serial('a program that is not executable', refused, {
  args: [],
  program: ['@/srv'],
  prepare: rig => writeFileSync(rig.path('srv'), '#!/bin/sh\n', {mode: 0o644}),
  code: 1,
  says: 'cannot start @/srv: EACCES (permission denied); chmod +x makes a file executable',
});
test.serial('a program that is a directory', refused, {
  args: [],
  program: ['/tmp'],
  code: 1,
  says: 'cannot start /tmp: it is a directory',
});
test.serial('a program whose interpreter is not there', refused, {
  args: ['--port=127.0.0.1:0', '--path=@/x', '--pid-file=@/pid', '--status-file=@/status'],
  program: ['@/srv'],
  prepare: rig => {
    writeFileSync(rig.path('srv'), '#!/no/such/interpreter\n');
    chmodSync(rig.path('srv'), 0o755);
  },
  code: 1,
  says: 'cannot execute @/srv: its interpreter /no/such/interpreter (the #! line) does not exist',
});
test.serial('a directory that is not there', refused, {
  args: ['--dir=@/no'],
  code: 1,
  says: 'cannot change to directory @/no: ENOENT (no such file or directory)',
});
test.serial('a directory that is a file', refused, {
  args: ['--dir=@/file'],
  prepare: rig => writeFileSync(rig.path('file'), '', {mode: 0o755}),
  code: 1,
  says: 'cannot change to directory @/file: ENOTDIR (not a directory)',
});

const failed = (says: string | RegExp, ...args: readonly string[]): Case => ({args, code: 1, says});
const withFile = (rig: Rig) => writeFileSync(rig.path('file'), 'precious');
const withDirectory = (rig: Rig) => void mkdirSync(rig.path('directory'));
const GONE = 'ENOENT (no such file or directory)';
const LEFT = 'it exists and is not a socket; ssd left it alone';

test.serial('a host that does not resolve', refused, {
  ...failed(/^ssd: cannot resolve host no-such-host\.invalid: E\w+/, '--port=no-such-host.invalid:0'),
});
test.serial(
  'an IPv6 address that is none',
  refused,
  failed('cannot resolve host ::zz: it is not an IPv6 address', '--port=[::zz]:0'),
);
test.serial('an address of another machine', refused, {
  ...failed(/^ssd: cannot listen on tcp 203\.0\.113\.1:0: EADDRNOTAVAIL \(.+\)$/, '--port=203.0.113.1:0'),
});
test.serial('a path that is a file', refused, {
  ...failed(`cannot listen on unix @/file: ${LEFT}`, '--path=@/other', '--path=@/file', '--pid-file=@/pid'),
  prepare: withFile,
});
test.serial(
  'a pid file in no directory',
  refused,
  failed(`cannot write pid file @/no/pid: ${GONE}`, '--pid-file=@/no/pid'),
);
test.serial('a pid file that is a directory', refused, {
  ...failed(/^ssd: cannot write pid file \S+\/directory: EISDIR \(.+\)$/, '--pid-file=@/directory'),
  prepare: withDirectory,
});
test.serial('a status file in no directory', refused, {
  ...failed(`cannot write status file @/no/status: ${GONE}`, '--status-file=@/no/status', '--path=@/x'),
});
test.serial('a status file that is a directory', refused, {
  ...failed(/^ssd: cannot write status file \S+\/directory: EISDIR \(.+\)$/, '--status-file=@/directory'),
  prepare: withDirectory,
});
test.serial(
  'a log command of nothing',
  refused,
  usage('--log-file=| : the value is empty; is a variable not set?', '--log-file=| '),
);
test.serial('a log file in no directory', refused, {
  ...failed(
    `cannot write log file @/no/log: ${GONE}`,
    '--log-file=@/no/log',
    '--pid-file=@/pid',
    '--path=@/x',
  ),
});
test.serial('a log file that is a directory', refused, {
  ...failed(/^ssd: cannot write log file \S+\/directory: EISDIR \(.+\)$/, '--log-file=@/directory'),
  prepare: withDirectory,
});
test.serial('a log file that is a FIFO without a reader', refused, {
  ...failed(/^ssd: cannot write log file \S+\/fifo: ENXIO \(.+\)$/, '--log-file=@/fifo'),
  prepare: rig => void spawnSync('mkfifo', [rig.path('fifo')]),
});
test.serial('a control socket in no directory', refused, {
  ...failed(`cannot make control socket @/no/c: ${GONE}`, '--control=@/no/c', '--pid-file=@/pid'),
});
test.serial('more listeners than a variable can carry', refused, {
  args: Array.from({length: 10_000}, (_, index) => `--path=@/${index}`),
  code: 1,
  says: /^ssd: cannot pass so many listeners to a worker: SERVER_STARTER_PORT would be \d+ bytes long, .* 131072/,
});
