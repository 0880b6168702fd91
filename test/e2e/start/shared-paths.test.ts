/** One path for two purposes, and a file that can never be written, are refused before anything is made. */
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import test from 'ava';
import {createRig, type Rig, SERVER, SSD} from '../../helpers/rig.js';
import {asRoot, POWERLESS, STRANGER} from '../../helpers/root.js';

const start = (rig: Rig, ...args: readonly string[]) => rig.runSsd([...args, '--', ...SERVER]);

const OPTIONS = ['pid-file', 'status-file', 'metrics-file', 'log-file', 'control', 'path'] as const;
const PAIRS = OPTIONS.flatMap((one, nth) => OPTIONS.slice(nth + 1).map(other => [one, other] as const));

for (const [one, other] of PAIRS) {
  test(`--${one} and --${other} cannot have one path, and --check says so too`, async t => {
    const rig = await createRig(t);
    const control = one === 'control' || other === 'control' ? [] : [`--control=${rig.control}`];
    const args = [`--${one}=${rig.path('x')}`, `--${other}=${rig.path('x')}`, ...control];
    for (const check of [[], ['--check']]) {
      const {code, stderr} = await start(rig, ...args, ...check);
      t.is(code, 2);
      t.regex(stderr, /^ssd: --\S+ and --\S+ name one file, \S+\/x: give each a file of its own\n$/);
      t.true(stderr.includes(`--${one}`) && stderr.includes(`--${other}`));
    }
    t.false(existsSync(rig.path('x')));
  });
}

const WAYS: readonly (readonly [string, (rig: Rig) => string])[] = [
  ['a relative path', () => 'x'],
  ['./ and ../', rig => `./d/.././../${rig.directory.split('/').at(-1)}/x`],
  [
    'a link to its directory',
    rig => {
      symlinkSync('.', rig.path('here'));
      return rig.path('here/x');
    },
  ],
  [
    'a link to a file that is not there yet',
    rig => {
      symlinkSync('link2', rig.path('link'));
      symlinkSync('here/../x', rig.path('link2'));
      symlinkSync('d', rig.path('here'));
      return rig.path('link');
    },
  ],
  [
    'another name of the same file',
    rig => {
      writeFileSync(rig.path('x'), '');
      linkSync(rig.path('x'), rig.path('y'));
      return rig.path('y');
    },
  ],
];

for (const [way, other] of WAYS) {
  test(`one path by way of ${way} is one path`, async t => {
    const rig = await createRig(t);
    mkdirSync(rig.path('d'));
    const {code, stderr} = await start(
      rig,
      `--pid-file=${rig.path('x')}`,
      `--status-file=${other(rig)}`,
      `--control=${rig.control}`,
    );
    t.is(code, 2);
    t.regex(stderr, /--pid-file and --status-file name one file/);
  });
}

test('the configuration file is not overwritten by what it asks for', async t => {
  const rig = await createRig(t);
  const config = JSON.stringify({'pid-file': rig.path('ssd.json'), program: SERVER});
  writeFileSync(rig.path('ssd.json'), config);
  const {code, stderr} = await rig.runSsd([`--config=${rig.path('ssd.json')}`, `--control=${rig.control}`]);
  t.is(code, 2);
  t.regex(stderr, /--config and --pid-file name one file/);
  t.is(readFileSync(rig.path('ssd.json'), 'utf8'), config);
});

test('two names of one unix path are refused', async t => {
  const rig = await createRig(t);
  const {code, stderr} = await start(rig, '--path=x', '--path=./x', `--control=${rig.control}`);
  t.is(code, 2);
  t.regex(stderr, /^ssd: --path is given twice for one file: \.\/x\n$/);
});

for (const option of ['status-file', 'metrics-file'] as const) {
  asRoot(`a ${option} of somebody else in a directory with the sticky bit is refused`, async t => {
    const rig = await createRig(t);
    const directory = rig.path('sticky');
    mkdirSync(directory);
    chownSync(directory, STRANGER, STRANGER);
    chmodSync(directory, 0o1777);
    writeFileSync(`${directory}/f`, 'old');
    chownSync(`${directory}/f`, STRANGER, STRANGER);
    const args = [`--control=${rig.control}`, `--${option}=${directory}/f`, '--', ...SERVER];
    const {code, stderr} = await rig.run([...POWERLESS, process.execPath, SSD, ...args]);
    t.is(code, 1);
    t.regex(
      stderr,
      /^ssd: cannot write \w+ file \S+: it belongs to another user, in a directory with the sticky bit\n$/,
    );
    t.is(readFileSync(`${directory}/f`, 'utf8'), 'old');
  });

  asRoot(`a ${option} on which something is mounted is refused`, async t => {
    const rig = await createRig(t);
    writeFileSync(rig.path('f'), '');
    writeFileSync(rig.path('g'), '');
    const command = [process.execPath, SSD, `--control=${rig.control}`, `--${option}=${rig.path('f')}`];
    const script = 'mount --bind "$1" "$2" || exit 77; shift 2; exec "$@"';
    const inside = ['sh', '-c', script, 'sh', rig.path('g'), rig.path('f'), ...command, '--', ...SERVER];
    const {code, stderr} = await rig.run(['unshare', '-m', ...inside]);
    if (code === 77) t.log('skipped: no right to mount');
    else
      t.regex(
        stderr,
        /^ssd: cannot write \w+ file \S+: something is mounted on it, so it cannot be replaced\n$/,
      );
  });
}
