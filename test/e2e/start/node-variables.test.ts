/** Variables for a server written for Node affect the server, but neither ssd nor ssctl. */
import {readFileSync, writeFileSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import test from 'ava';
import {NODE_LINKS, NODE_VARIABLES} from '../../../src/shared/node-variables.js';
import {spawnedPid} from '../../helpers/processes.js';
import {createRig, INSTALLED, type Rig, SSCTL, SSD} from '../../helpers/rig.js';

type Variables = Readonly<Record<string, string>>;

/** Without the variables of `sh`, which runs the launcher, of the rig and of ssd. */
const NOT_GIVEN =
  /^(SHLVL|_|SERVER_STARTER_\w+|NOTIFY_SOCKET|SSD_(NOTIFY|WORKER\w*|SOCKET_TYPES|TEST_CONDUCTOR))$/;

const WAITS = ['sleep', '1000'];
/** Says when it runs: until then its environment in /proc may be empty, for the kernel lets ssd go on in mid-exec. */
const SPEAKS = ['perl', '-e', 'print STDERR "worker runs\\n"; sleep'];

function environmentOf(pid: number): Variables {
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
  return Object.fromEntries(
    entries.map(entry => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}

/** What a worker has, when ssd is started by this command in exactly this environment. */
async function given(rig: Rig, command: readonly string[], env: Variables) {
  const assignments = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const start = ['env', '-i', ...assignments, ...command, `--control=${rig.control}`, '--', ...SPEAKS];
  const ssd = rig.start(start);
  const pid = await spawnedPid(ssd, 1);
  await ssd.line(/^worker runs/);
  const worker = environmentOf(pid);
  const found = Object.fromEntries(Object.entries(worker).filter(([name]) => !NOT_GIVEN.test(name)));
  return {ssd, found};
}

/** Each with what must not be touched on its way: blanks, quotes, a newline, what sh would expand. */
const ODD = Object.fromEntries(NODE_VARIABLES.map(name => [name, ` ${name}\n"'$(id)\`\\ *;é `]));
const BY: Readonly<Record<string, readonly string[]>> = {
  'the launcher': [INSTALLED.ssd],
  'the launcher in bash': ['bash', '--posix', INSTALLED.ssd],
};
const PATH = process.env.PATH ?? '';

for (const [what, command] of Object.entries(BY)) {
  test(`by ${what}, the workers get every variable as it was, and ssd has none that acts on it`, async t => {
    const rig = await createRig(t);
    const env = {...ODD, PATH, EMPTY: '', NODE_ENV: 'production', name: 'mine'};
    const {ssd, found} = await given(rig, command, env);
    t.deepEqual(found, env);
    const own = environmentOf(ssd.pid);
    t.deepEqual(
      NODE_VARIABLES.filter(name => own[name] !== undefined),
      [],
    );
  });

  test(`by ${what}, the workers get variables that sh could not have set`, async t => {
    const rig = await createRig(t);
    const env = {
      ...{
        PATH,
        'spring.profiles.active': 'a b\n=c',
        'X-Y': '',
        '1st': 'one',
        'BASH_FUNC_f%%': '() {\n :;\n}',
      },
      ...{IFS: 'x', OPTIND: '7', NODE_OPTIONS: '--no-warnings', é: 'é', PWD: '/elsewhere'},
    };
    t.deepEqual((await given(rig, command, env)).found, env);
  });

  test(`by ${what}, a variable that is empty is there, and one that is not set is not`, async t => {
    const rig = await createRig(t);
    const env = {PATH, NODE_OPTIONS: '', OPENSSL_CONF: ''};
    t.deepEqual((await given(rig, command, env)).found, env);
  });
}

test('nobody gets the channel or the cluster of somebody else', async t => {
  const rig = await createRig(t);
  const links = Object.fromEntries(NODE_LINKS.map(name => [name, '7']));
  const {ssd, found} = await given(rig, [INSTALLED.ssd], {PATH, ...links});
  t.deepEqual(found, {PATH});
  for (const name of NODE_LINKS) t.is(environmentOf(ssd.pid)[name], undefined);
  await ssd.line(/generation 1 is ready/);
  t.is((await rig.ssctl(['status'], {env: links})).code, 0);
});

test('a debugger for the server leaves the port to it', async t => {
  const rig = await createRig(t);
  const port = await freePort();
  // A debugger that does not get its port has no URL.
  writeFileSync(
    rig.path('server.cjs'),
    'console.error("debugger", require("inspector").url()); setInterval(() => {}, 1e6);',
  );
  for (const command of [[INSTALLED.ssd], [process.execPath, SSD]]) {
    const args = [...command, `--control=${rig.control}`, '--', process.execPath, rig.path('server.cjs')];
    const ssd = rig.start(args, {env: {NODE_OPTIONS: `--inspect=127.0.0.1:${port}`}});
    t.true((await ssd.line(/^debugger /)).startsWith(`debugger ws://127.0.0.1:${port}/`));
    ssd.kill('SIGTERM');
    t.is((await ssd.exit()).code, 0);
  }
});

test('modules that are loaded before the server break neither program', async t => {
  const rig = await createRig(t);
  const env = {
    NODE_OPTIONS: '--require=/nonexistent.cjs',
    OPENSSL_CONF: '/nonexistent',
    NODE_V8_COVERAGE: rig.path('v8'),
  };
  const ssd = rig.ssd(['--port=127.0.0.1:0'], WAITS, {env});
  await ssd.line(/generation 1 spawned/);
  await ssd.line(/generation 1 is ready/);
  t.is((await rig.ssctl(['status'], {env})).code, 0);
  t.is((await rig.ssctl(['stop'], {env})).code, 0);
  t.throws(() => readFileSync(rig.path('v8')), {code: 'ENOENT'});
});

test('started by a path given to Node, ssd gets rid of them and keeps its pid', async t => {
  const rig = await createRig(t);
  const env = {
    ...{NODE_OPTIONS: '--title=affected', NODE_UNIQUE_ID: '1', NODE_DEBUG: 'nothing', NODE_PATH: '/a b\n'},
    PATH,
  };
  const {ssd, found} = await given(rig, [process.execPath, SSD], env);
  const {NODE_UNIQUE_ID: _, ...kept} = env;
  t.deepEqual(found, kept);
  t.is(environmentOf(ssd.pid).NODE_OPTIONS, undefined);
  await ssd.line(/generation 1 is ready/);
  t.is((await rig.run([process.execPath, SSCTL, '-s', rig.control, 'status'], {env})).code, 0);
});

test('--daemonize hands them on', async t => {
  const rig = await createRig(t);
  writeFileSync(
    rig.path('server'),
    `#!/bin/sh\ntr '\\0' '\\n' </proc/$$/environ >${rig.path('env')}.new
    mv ${rig.path('env')}.new ${rig.path('env')}; echo >&"$SSD_READY_FD"; exec sleep 1000\n`,
    {mode: 0o755},
  );
  for (const command of [[INSTALLED.ssd], [process.execPath, SSD]]) {
    const files = [
      `--control=${rig.control}`,
      `--pid-file=${rig.path('pid')}`,
      `--log-file=${rig.path('log')}`,
    ];
    const env = {NODE_OPTIONS: '--no-warnings', NODE_DEBUG: 'x', 'a.b': 'c'};
    const started = await rig.run(
      [...command, ...files, '--port=127.0.0.1:0', '--ready=fd', '--daemonize', '--', rig.path('server')],
      {env},
    );
    t.deepEqual({...started}, {code: 0, signal: null, stdout: '', stderr: ''});
    const pid = Number(readFileSync(rig.path('pid'), 'utf8'));
    t.teardown(() => endGroup(pid));
    t.is((await rig.ssctl(['wait', 'ready'])).code, 0);
    const worker = readFileSync(rig.path('env'), 'utf8').split('\n');
    for (const [name, value] of Object.entries(env)) t.true(worker.includes(`${name}=${value}`), name);
    t.false(worker.some(entry => entry.startsWith('SSD_ASIDE_')));
    t.is(environmentOf(pid).NODE_OPTIONS, undefined);
    t.is((await rig.ssctl(['stop'])).code, 0);
  }
});

test('a log command gets them as well', async t => {
  const rig = await createRig(t);
  t.is((await rig.run(['mkfifo', rig.path('fifo')])).code, 0);
  const log = `| tr '\\0' '\\n' </proc/$$/environ >${rig.path('fifo')}; exec cat >/dev/null`;
  rig.ssd([`--log-file=${log}`], WAITS, {env: {NODE_OPTIONS: '--no-warnings'}});
  const entries = (await readFile(rig.path('fifo'), 'utf8')).split('\n');
  t.true(entries.includes('NODE_OPTIONS=--no-warnings'));
  t.false(entries.some(entry => entry.startsWith('SSD_ASIDE_')));
});

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has stopped.
  }
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const {port} = server.address() as {port: number};
      server.close(() => resolve(port));
    });
  });
}
