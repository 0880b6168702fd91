/** `--log-file` with a path that names a descriptor of ssd itself, such as /dev/stdout. */
import {readFileSync} from 'node:fs';
import test from 'ava';
import {createRig, INSTALLED} from '../../helpers/rig.js';
import {asRoot, STRANGER} from '../../helpers/root.js';

const AS_STRANGER = `setpriv --reuid=${STRANGER} --regid=${STRANGER} --clear-groups --inh-caps=+dac_read_search --ambient-caps=+dac_read_search`;
const SLEEPS = ['--interval=0.1', '--', 'sleep', '1000'];

test('/dev/stderr works where it is a socket, as under the journal', async t => {
  const rig = await createRig(t);
  // The rig gives its programs sockets.
  const ssd = rig.start([INSTALLED.ssd, `--control=${rig.control}`, '--log-file=/dev/stderr', ...SLEEPS]);
  await ssd.line(/generation 1 is ready/);
  t.is((await rig.ssctl(['reopen-logs'])).code, 0);
  t.is((await rig.ssctl(['stop'])).code, 0);
  await ssd.line(/all workers are gone/);
  t.is((await ssd.exit()).code, 0);
});

for (const path of ['/dev/stdout', '/proc/self/fd/1', '/dev/fd/1']) {
  asRoot(`${path} works where it is a pipe of another user`, async t => {
    const rig = await createRig(t);
    const script = `${AS_STRANGER} ${INSTALLED.ssd} --log-file=${path} ${SLEEPS.join(' ')} | cat >&2`;
    const ssd = rig.start(['sh', '-c', script]);
    await ssd.line(/generation 1 is ready/);
    t.pass();
  });
}

asRoot('/dev/stdout works where it is a file that only another user may open', async t => {
  const rig = await createRig(t);
  const program = "sh -c 'echo served; kill -TERM $PPID; exec sleep 1000'";
  const command = `${AS_STRANGER} ${INSTALLED.ssd} --log-file=/dev/stdout --name=own-file -- ${program}`;
  const ssd = rig.start(['sh', '-c', `umask 077; ${command} >${rig.path('log')}`]);
  t.is((await ssd.exit()).code, 0);
  t.regex(readFileSync(rig.path('log'), 'utf8'), /^served$/m);
});

test('a descriptor that is not open for writing is refused with one line', async t => {
  const rig = await createRig(t);
  const run = (words: string) =>
    rig.run(['sh', '-c', `${INSTALLED.ssd} --control=${rig.control} ${words} </dev/null`]);
  for (const words of ['--log-file=/dev/fd/0 -- true', '--check --log-file=/dev/fd/0 -- true']) {
    const {code, stderr} = await run(words);
    t.is(code, 1);
    t.regex(stderr, /^ssd: cannot write log file \/dev\/fd\/0: EBADF[^\n]*\n$/);
  }
  t.is((await run('--check --log-file=/dev/stdout -- true')).code, 0);
});
