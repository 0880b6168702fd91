/** The hints of ssd about programs that do not fit, with real programs. */
import {writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {needs} from '../../helpers/programs.js';
import {createRig, type Rig} from '../../helpers/rig.js';

const LIBRARY = fileURLToPath(new URL('../../../src/library/index.js', import.meta.url));

/** An executable script of this name. @returns its path */
function script(rig: Rig, name: string, text: string): string {
  writeFileSync(rig.path(name), text, {mode: 0o755});
  return rig.path(name);
}

needs('perl')('a program that goes to the background by itself', async t => {
  const rig = await createRig(t);
  // It stays in the process group of the test, which ends it.
  const program = ['perl', '-e', 'exit 0 if fork; close STDOUT; close STDERR; sleep 60'];
  const ssd = rig.ssd(['--interval=0.5', '--port=127.0.0.1:0'], program);
  t.regex(
    await ssd.line(/attempt 1 failed/),
    /exited with status 0 after \S+; no generation serves now; hint: the worker ended by itself with status 0, and a server must keep running in the foreground; if it goes to the background, .*nginx -g 'daemon off;'/,
  );
});

test('a program whose standard error cannot be read', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=5', '--port=127.0.0.1:0'], ['false']);
  t.regex(
    await ssd.line(/attempt 1 failed/),
    /hint: if its standard error says that the address is in use, the program/,
  );
  // Where nothing serves, it may bind the port. How to read its standard error is said once.
  const {stderr} = await rig.ssctl(['restart']);
  t.regex(stderr, /^hint: if its standard error says/m);
  t.is(stderr.split('--log-file').length, 2);
});

test('a launcher that does not pass descriptors on', async t => {
  const rig = await createRig(t);
  const server = script(
    rig,
    'server.mjs',
    `import {serverPorts} from '${LIBRARY}'; console.log(serverPorts());`,
  );
  const npm = script(
    rig,
    'npm',
    `#!${process.execPath}
const {status} = require('node:child_process').spawnSync(process.execPath, ['${server}'], {stdio: 'inherit'});
process.exitCode = status;`,
  );
  const ssd = rig.ssd(['--interval=5', '--port=127.0.0.1:0', '--capture-stderr'], [npm, 'start']);
  const line = await ssd.line(/attempt 1 failed/);
  t.regex(line, /hint: the server does not have its descriptors: npm, npx, tsx, nodemon and the like/);
  t.regex(
    await ssd.told(),
    /descriptor 3 of SERVER_STARTER_PORT \(127\.0\.0\.1:0\) is not a socket in this process/,
  );
});

test('a program that expects LISTEN_FDS', async t => {
  const rig = await createRig(t);
  const program = [
    'sh',
    '-c',
    `[ "$LISTEN_PID" = $$ ] || { echo "LISTEN_FDS: no sockets were passed" >&2; exit 1; }; exec sleep 1000`,
  ];
  const ssd = rig.ssd(['--interval=1', '--port=127.0.0.1:0', '--capture-stderr'], program);
  const line = await ssd.line(/attempt 1 failed/);
  const [, cure = ''] = /: start ssd with (--\S+)$/.exec(line) ?? [];
  t.regex(line, /hint: the program expects LISTEN_FDS and LISTEN_PID/);
  ssd.kill('SIGTERM');
  await ssd.exit();
  // What the hint says is tried, as it is printed.
  const cured = rig.ssd([cure, '--interval=0.2', '--port=127.0.0.1:0'], program);
  t.regex(await cured.line(/generation 1 is ready/), /is ready/);
});

test('a program that expects LISTEN_FDS and is not what ssd starts', async t => {
  const rig = await createRig(t);
  const inner = '[ "$LISTEN_PID" = $$ ] || { echo "no sockets were passed" >&2; exit 1; }';
  const options = ['--listen-fds', '--interval=1', '--port=127.0.0.1:0', '--capture-stderr'];
  const ssd = rig.ssd(options, ['sh', '-c', `sh -c '${inner}'; exit $?`]);
  t.regex(
    await ssd.line(/attempt 1 failed/),
    /hint: the program has not found its sockets: LISTEN_PID is the pid of what ssd starts/,
  );
});

const BY_INTERVAL =
  /exited with status 7 after \S+; hint: the worker counted as ready only because it had lived for --interval; with --ready=notify, fd or exec, the old generation would still serve \(see --ready in ssd\(8\)\)/;

test('a new version that lives just long enough to count as ready', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.2', '--capture-stderr']);
  await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  const restarting = rig.ssctl(['restart']);
  const worker = await rig.conductor.nextWorker();
  t.is((await restarting).code, 0);
  worker.exit(7);
  t.regex(await ssd.line(/lost its worker/), BY_INTERVAL);
});

test('a first generation that ends soon has replaced none', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.2', '--capture-stderr']);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  worker.exit(7);
  t.notRegex(await ssd.line(/lost its worker/), /hint/);
});

test('with --interval=0, a start that fails has not counted as ready', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0', '--port=127.0.0.1:0', '--max-attempts=1'], ['false']);
  t.notRegex(await ssd.line(/attempt 1 failed|lost its worker/), /counted as ready/);
});
