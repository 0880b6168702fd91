/** What a new user of ssd gets wrong with programs, files and ports, with the whole answers. */
import {chmodSync, mkdirSync, writeFileSync} from 'node:fs';
import {machine} from 'node:os';
import test from 'ava';
import {following} from '../../helpers/clients/ssctl.js';
import {createRig, type Rig} from '../../helpers/rig.js';
import {answers, type Mistake} from './mistake.js';

const SLEEP = ['--', 'sleep', '1000'];

/** An executable file of this name and content. */
const program =
  (name: string, content: string | Buffer, mode = 0o755) =>
  (rig: Rig) => {
    writeFileSync(rig.path(name), content);
    chmodSync(rig.path(name), mode);
  };
const config = (content: string) => (rig: Rig) => writeFileSync(rig.path('config.json'), content);
/** An ELF header of 64 bits for this machine number. */
const elf = (number: number) => {
  const header = Buffer.from(`7f454c46020101${'00'.repeat(57)}`, 'hex');
  header.writeUInt16LE(number, 18);
  return header;
};
const [FOREIGN, FOREIGN_NUMBER] = machine() === 'aarch64' ? ['x86_64', 62] : ['aarch64', 183];

const files: readonly Mistake[] = [
  {
    title: 'a program and its arguments in quotes',
    words: ['--', 'node server.js'],
    says: 'cannot start node server.js: no such program; it is one word, so give the words without the quotes: -- node server.js',
  },
  {
    title: 'a program that is not there',
    words: ['--', './server'],
    says: 'cannot start ./server: no such program',
  },
  {
    title: 'a program of the working directory without ./',
    words: ['--', 'server.js'],
    prepare: program('server.js', '#!/usr/bin/env node\n'),
    says: 'cannot start server.js: no such program; did you mean ./server.js?',
  },
  {
    title: 'a command of ssctl',
    words: ['reopen-logs'],
    says: 'cannot start reopen-logs: no such program; did you mean ssctl reopen-logs? ssctl controls a running ssd, and ssd starts one',
  },
  {
    title: 'a file of variables as the envdir',
    words: ['--envdir=@/.env', ...SLEEP],
    prepare: rig => writeFileSync(rig.path('.env'), 'A=1\n'),
    says: 'cannot read envdir @/.env: ENOTDIR (not a directory); an envdir is a directory with one file per variable',
  },
  {title: 'a directory as the program', words: ['--', '@'], says: 'cannot start @: it is a directory'},
  {
    title: 'a program that is not executable',
    words: ['--', './server'],
    prepare: program('server', '#!/bin/sh\n', 0o644),
    says: 'cannot start ./server: EACCES (permission denied); chmod +x makes a file executable',
  },
  {
    title: 'a line end of Windows',
    words: ['--', './server'],
    prepare: program('server', '#!/bin/sh\r\nexit 0\r\n'),
    says: "cannot execute ./server: its first line, #!/bin/sh, ends with a carriage return, which counts as a part of the name; remove it with sed -i 's/\\r$//'",
  },
  {
    title: 'an interpreter that is not there',
    words: ['--', './server'],
    prepare: program('server', '#!/usr/bin/no-such-python\n'),
    says: 'cannot execute ./server: its interpreter /usr/bin/no-such-python (the #! line) does not exist',
  },
  {
    title: 'a working directory that is not there',
    words: ['--dir=current', ...SLEEP],
    says: 'cannot change to directory current: ENOENT (no such file or directory)',
  },
  {
    title: 'a log file in no directory',
    words: ['--log-file=@/log/app', ...SLEEP],
    says: 'cannot write log file @/log/app: ENOENT (no such file or directory)',
  },
  {
    title: 'a configuration file that is not there',
    words: ['--config=@/config.json'],
    code: 2,
    says: 'cannot read config file @/config.json: ENOENT (no such file or directory)',
  },
  {
    title: 'a configuration file that is not JSON',
    words: ['--config=@/config.json'],
    prepare: config('{\n  "port": [8080],\n  name: "app"\n}\n'),
    code: 2,
    says: 'config file @/config.json: it is not valid JSON: Expected double-quoted property name at line 3, column 3',
  },
  {
    title: 'a configuration file that ends too early',
    words: ['--config=@/config.json'],
    prepare: config('{"port": 8080\n'),
    code: 2,
    says: "config file @/config.json: it is not valid JSON: Expected ',' or '}' after property value at line 2, column 1",
  },
  {
    title: 'a typing error in a configuration file',
    words: ['--config=@/config.json'],
    prepare: config('{"prot": 8080}'),
    code: 2,
    says: 'config file @/config.json: "prot": there is no such option (did you mean port?)',
  },
  {
    title: 'yes in a configuration file',
    words: ['--config=@/config.json'],
    prepare: config('{"kill-group": "yes", "program": ["true"]}'),
    code: 2,
    says: 'config file @/config.json: "kill-group": expected true or false',
  },
  {
    title: 'a file where the socket is to be',
    words: ['--path=@/file', ...SLEEP],
    prepare: rig => writeFileSync(rig.path('file'), ''),
    says: 'cannot listen on unix @/file: it exists and is not a socket; ssd left it alone',
  },
  {
    title: 'a pid file that is a directory',
    words: ['--pid-file=@/run', ...SLEEP],
    prepare: rig => mkdirSync(rig.path('run')),
    says: 'cannot write pid file @/run: EISDIR (illegal operation on a directory)',
  },
];

for (const mistake of files) test.serial(mistake.title, t => answers(t, 'ssd', mistake));

test('a program for another machine is named, and not given to the shell', async t => {
  const rig = await createRig(t);
  program('server', elf(Number(FOREIGN_NUMBER)))(rig);
  const {code, stderr} = await rig.runSsd([`--control=${rig.control}`, '--', './server']);
  t.is(code, 1);
  t.is(
    stderr.trimEnd().split('\n').at(-1),
    `ssd: cannot execute ./server: it is a program for ${FOREIGN}, and this machine is ${machine()}`,
  );
});

test('sockets of a service manager that are meant for another process are told', async t => {
  const rig = await createRig(t);
  const {code, stderr} = await rig.runSsd(
    [`--control=${rig.control}`, '--check', '--port=127.0.0.1:0', ...SLEEP],
    {
      env: {LISTEN_FDS: '1', LISTEN_PID: '1'},
    },
  );
  t.is(code, 0);
  t.regex(
    stderr,
    /^ssd: LISTEN_FDS=1 is passed over: LISTEN_PID is 1, and the pid of ssd is \d+: the sockets are not meant for ssd\n$/,
  );
});

test('a log command that the shell expands to nothing is reported', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--log-file=| $NO_SUCH_VARIABLE'], ['sleep', '1000']);
  t.is((await rig.ssctl(['wait', 'ready', '--timeout=20s'])).code, 0);
  const events = following(rig, ['events', '--follow']);
  t.regex(
    await events.line(/log command/),
    /: the log command exited with status 0 \(it has to read until its input ends\); it is started again/,
  );
  t.is(ssd.stderr(), '');
});

test('a log command that does not exist is reported', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--log-file=| no-such-command -x'], ['sleep', '1000']);
  await ssd.line(/generation 1 spawned|no-such-command/);
  const events = following(rig, ['events', '--follow']);
  t.regex(
    await events.line(/log command/),
    /: the log command exited with status 127 \(there is no such command\); it is started again/,
  );
});
