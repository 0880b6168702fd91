import {writeFileSync} from 'node:fs';
import test from 'ava';
import {createRig, SERVER, SSD} from '../../helpers/rig.js';

test('a program without #! is run by the shell, as execvp does', async t => {
  const rig = await createRig(t);
  writeFileSync(rig.path('program'), `exec ${SERVER.join(' ')}\n`, {mode: 0o755});
  rig.ssd(['--interval=0.1'], ['./program']);
  t.is((await rig.conductor.nextWorker()).generation, 1);
});

test('a program whose interpreter is missing is refused at the first start, with 1', async t => {
  const rig = await createRig(t);
  writeFileSync(rig.path('program'), '#!/nonexistent/interpreter\n', {mode: 0o755});
  const {code, stderr} = await rig.runSsd([`--control=${rig.control}`, '--', './program']);
  t.is(code, 1);
  t.regex(stderr, /^ssd: cannot execute \.\/program: its interpreter \S+ \(the #! line\) does not exist$/m);
});

test('the status of an instance with a thousand listeners arrives whole', async t => {
  const rig = await createRig(t);
  const ports = Array.from({length: 1000}, (_, index) => `--port=127.0.${index >> 8}.${index & 255}:0`);
  // A reader that is slow loses lines of so long a log.
  rig.ssd(['--interval=0.1', ...ports], ['sleep', '1000']);
  t.is((await rig.ssctl(['wait', 'ready', '--timeout=20s'])).code, 0);
  const {code, stdout} = await rig.ssctl(['status', '--json']);
  t.is(code, 0);
  t.is(JSON.parse(stdout).listeners.length, 1000);
});

test('standard descriptors that are closed do not keep ssd from starting', async t => {
  const rig = await createRig(t);
  const command = `exec "$@" <&- >&- 2>&-`;
  const ssd = ['sh', '-c', command, 'sh', process.execPath, SSD, `--control=${rig.control}`, '--', ...SERVER];
  rig.start(ssd);
  t.is((await rig.conductor.nextWorker()).generation, 1);
  t.is((await rig.ssctl(['stop'])).code, 0);
});
