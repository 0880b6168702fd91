import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {status, stop} from '../../helpers/clients/control.js';
import {createRig, type Rig, SERVER, SSD} from '../../helpers/rig.js';

/** Writes a configuration file with a control socket in the directory of the test. */
function writeConfig(rig: Rig, options: object): string {
  const path = rig.path('ssd.json');
  writeFileSync(path, JSON.stringify({control: rig.control, interval: 0.1, ...options}, null, 2));
  return path;
}

const names = async (rig: Rig) =>
  ((await status(rig)).listeners as {name: string; type: string}[]).map(({type, name}) => `${type} ${name}`);

test('everything can be in the file, the program as well', async t => {
  const rig = await createRig(t);
  const path = writeConfig(rig, {
    port: ['127.0.0.1:0', '127.0.0.1:u0'],
    path: rig.path('x'),
    program: SERVER,
  });
  const ssd = rig.start([process.execPath, SSD, `--config=${path}`]);
  await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  t.deepEqual(await names(rig), ['tcp 127.0.0.1:0', 'udp 127.0.0.1:0', `unix ${rig.path('x')}`]);
  await stop(rig);
});

test('the command line wins, also the program', async t => {
  const rig = await createRig(t);
  const path = writeConfig(rig, {port: 'nonsense', name: 'other', program: ['/nonexistent']});
  rig.ssd([`--config=${path}`, '--port=127.0.0.1:0', '--name=mine']);
  await rig.conductor.nextWorker();
  t.is((await status(rig)).instance, 'mine');
  t.deepEqual(await names(rig), ['tcp 127.0.0.1:0']);
  await stop(rig);
});

test('--daemonize in the file starts ssd in the background, with all options of the file', async t => {
  const rig = await createRig(t);
  const files = {'pid-file': rig.path('pid'), 'log-file': rig.path('log')};
  const path = writeConfig(rig, {daemonize: true, ...files, path: rig.path('x'), program: SERVER});
  t.teardown(() => killLeftOver(rig));
  // A path that is relative, from where the command is given.
  const {code, stdout, stderr} = await rig.runSsd(['--config=ssd.json']);
  t.deepEqual([code, stdout, stderr], [0, '', '']);
  await rig.conductor.nextWorker();
  t.is((await status(rig)).pid, Number(readFileSync(rig.path('pid'), 'utf8')));
  t.is(path, rig.path('ssd.json'));
  const stopped = await rig.runSsd([`--config=${path}`, '--stop']);
  t.deepEqual([stopped.code, stopped.stderr], [0, '']);
});

function killLeftOver(rig: Rig): void {
  try {
    process.kill(-Number(readFileSync(rig.path('pid'), 'utf8')), 'SIGKILL');
  } catch {
    // It has stopped, as it should.
  }
}

const refused = test.macro({
  exec: async (t: ExecutionContext, text: string | null, says: string) => {
    const rig = await createRig(t);
    const path = rig.path('ssd.json');
    if (text !== null) writeFileSync(path, text);
    const {code, stdout, stderr} = await rig.runSsd([`--config=${path}`, '--', 'sleep', '1000']);
    t.deepEqual([code, stdout, stderr], [2, '', `ssd: ${says.replace('@', path)}\n`]);
  },
  title: (given = '') => `${given} is refused with one line`,
});

test(
  'a file that is not there',
  refused,
  null,
  'cannot read config file @: ENOENT (no such file or directory)',
);
test(
  'an unknown key',
  refused,
  '{"prot": 80}',
  'config file @: "prot": there is no such option (did you mean port?)',
);
test('a wrong type', refused, '{"daemonize": "yes"}', 'config file @: "daemonize": expected true or false');
test(
  'a value that the option does not take',
  refused,
  '{"port": ["eighty"]}',
  'config file @: "port": "eighty": expected [HOST:][u]PORT[=FD], as in 8080, 127.0.0.1:8080, [::1]:8080, u53, 8080=7',
);
test(
  'a number that is too high',
  refused,
  '{"workers": 5000}',
  'config file @: "workers": "5000": expected a whole number from 1 to 1024',
);

test('the file is not blamed for a value of the command line', async t => {
  const rig = await createRig(t);
  const path = writeConfig(rig, {workers: 2});
  const {code, stderr} = await rig.runSsd([`--config=${path}`, '--workers=0', '--', 'true']);
  t.deepEqual([code, stderr], [2, 'ssd: --workers=0: expected a whole number from 1 to 1024\n']);
});

test('a directory is not a configuration file', async t => {
  const rig = await createRig(t);
  mkdirSync(rig.path('d'));
  const {code, stderr} = await rig.runSsd(['--config=d', '--', 'true']);
  t.is(code, 2);
  t.is(stderr, `ssd: cannot read config file ${rig.path('d')}: EISDIR (illegal operation on a directory)\n`);
});
