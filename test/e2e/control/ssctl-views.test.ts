import {chmodSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {following, terminalCommand, visible} from '../../helpers/clients/ssctl.js';
import {needs} from '../../helpers/programs.js';
import {createRig, SERVER, SSCTL, SSD} from '../../helpers/rig.js';
import {asRoot} from '../../helpers/root.js';

const SOMEBODY = 54_322;

test('status shows memory, processor time and the accept queue, --json with its version', async t => {
  const rig = await createRig(t);
  await rig.ssd(['--port=127.0.0.1:0', '--interval=0.1', '--workers=2']).line(/generation 1 is ready/);
  const {stdout} = await rig.ssctl(['status']);
  t.regex(stdout, /^wanted +running, 2 of 2 ready$/m);
  t.regex(stdout, /^listeners +tcp 127\.0\.0\.1:\d+ as descriptor 3, named 127\.0\.0\.1:0, queue 0\/\d+$/m);
  t.regex(stdout, /^GENERATION +WORKER +PID +PHASE +AGE +MEMORY +CPU%$/m);
  t.regex(stdout, /^1 +1 +\d+ +ready +\S+ +[\d.]+M +\d+\.\d$/m);
  const json = JSON.parse((await rig.ssctl(['status', '--json'])).stdout);
  t.like(json, {statusVersion: 1, workers: 2, logFile: null});
});

test('status --watch shows one view after the other, and ends with 0 at Ctrl-C', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  await ssd.line(/generation 1 is ready/);
  const watch = following(rig, ['status', '--watch']);
  await watch.line(/^1 +\d+ +ready/);
  ssd.kill('SIGHUP');
  await watch.line(/^2 +\d+ +ready/);
  watch.kill('SIGINT');
  t.deepEqual(await watch.exit(), {code: 0, signal: null});
});

test('status --watch --json prints one status per line, and ends with 1 when ssd is gone', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  await ssd.line(/generation 1 is ready/);
  const watch = following(rig, ['status', '--watch', '--json']);
  t.is(JSON.parse(await watch.line(/^\{/)).current, 1);
  ssd.kill('SIGTERM');
  await watch.line(/^ssctl: lost the connection to .*: ssd has ended or closed it$/);
  t.is((await watch.exit()).code, 1);
});

needs('script', 'mkfifo')('status --watch redraws a terminal and restores it', async t => {
  const rig = await createRig(t);
  await rig.ssd(['--interval=0.1']).line(/generation 1 is ready/);
  const fifo = rig.path('fifo');
  await rig.run(['mkfifo', fifo]);
  const command = terminalCommand(rig, ['status', '--watch']).replace('exec ', '');
  const script = `${command} & pid=$!; cat ${fifo}; kill -INT $pid; wait $pid; echo "exit status $?"`;
  const seen = rig.start(['/bin/sh', '-c', 'exec script -qec "$0" /dev/null >&2', script]);
  await seen.line(/^1 +\d+ .*ready/);
  writeFileSync(fifo, '');
  await seen.line(/exit status 0/);
  const text = visible(seen.stderr());
  t.regex(text, /^<1b>\[\?1049h<1b>\[\?25l<1b>\[Hinstance +perl<1b>\[K/);
  t.regex(text, /<1b>\[J.*<1b>\[\?25h<1b>\[\?1049lexit status 0/s);
});

test('list of one socket distinguishes living and dead instances', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1']);
  await ssd.line(/generation 1 is ready/);
  const living = await rig.ssctl(['list']);
  t.is(living.code, 0);
  t.regex(living.stdout, new RegExp(`^perl +${ssd.pid} +\\S+ +1 +1/1 +running$`, 'm'));
  ssd.kill('SIGSTOP');
  t.regex((await rig.ssctl(['list'])).stdout, new RegExp(`^control +${ssd.pid} +- +- +- +silent$`, 'm'));
  ssd.kill('SIGKILL');
  await ssd.exit();
  const {code, stdout} = await rig.ssctl(['list', '--json']);
  t.is(code, 0);
  t.like(JSON.parse(stdout).instances[0], {name: 'control', path: rig.control, state: 'orphaned', pid: null});
});

asRoot('list shows every instance of the user, and completion knows their names', async t => {
  const rig = await createRig(t);
  for (const path of [rig.directory, rig.conductor.path]) chmodSync(path, 0o777);
  const options = {uid: SOMEBODY, env: {XDG_RUNTIME_DIR: rig.directory}};
  const ssctl = (args: readonly string[]) => rig.run([process.execPath, SSCTL, ...args], options);
  const none = await ssctl(['list']);
  t.deepEqual([none.code, none.stdout], [0, '']);
  t.regex(none.stderr, /^no instance of ssd is running \(looked in .*\); .* use sudo or -s SOCKET$/m);
  const start = (args: readonly string[]) =>
    rig.start([process.execPath, SSD, ...args, '--', ...SERVER], options);
  await start(['--name=one', '--interval=0.1', '--workers=2']).line(/generation 1 is ready/);
  const starting = start(['--name=two', '--interval=1h']);
  await starting.line(/spawned/);
  const {stdout} = await ssctl(['list']);
  t.regex(stdout, /^one +\d+ +\S+ +1 +2\/2 +running$/m);
  t.regex(stdout, /^two +\d+ +\S+ +- +0\/1 +starting$/m);
  const asked = await ssctl(['--get-yargs-completions', 'ssctl', '-n', 't']);
  t.is(asked.stdout, 'two\n');
});

const COMPLETES: readonly (readonly [words: readonly string[], reply: string])[] = [
  [['ssctl', 'reop'], 'reopen-logs'],
  [['ssctl', 'wait', ''], 'ready gone'],
  [['ssctl', 'restart', '--until', '=', 'r'], 'ready'],
];

for (const [words, reply] of COMPLETES) {
  needs('bash')(`bash completes ${words.join(' ')} to ${reply}`, async t => {
    const rig = await createRig(t);
    writeFileSync(rig.path('ssctl'), `#!/bin/sh\nexec ${process.execPath} ${SSCTL} "$@"\n`, {mode: 0o755});
    const line = words.map(word => `'${word}'`).join(' ');
    const ask = `COMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _ssctl_completions`;
    const script = `eval "$(ssctl completion bash)"; ${ask}; echo "\${COMPREPLY[*]}"; complete -p ssctl`;
    const path = `${rig.directory}:${process.env.PATH}`;
    const {stdout} = await rig.run(['bash', '--norc', '-c', script], {env: {PATH: path}});
    t.is(stdout, `${reply}\ncomplete -F _ssctl_completions ssctl\n`);
  });
}

test('the zsh script is printed in any shell', async t => {
  const rig = await createRig(t);
  const {code, stdout} = await rig.run([process.execPath, SSCTL, 'completion', 'zsh'], {
    env: {SHELL: '/bin/bash'},
  });
  t.is(code, 0);
  t.regex(stdout, /^#compdef ssd ssctl\n/);
});
