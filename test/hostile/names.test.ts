/** Names with a line end, an escape, or characters that turn text around: every message shows them in one plain line. */
import {mkdirSync, writeFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {OPTIONS} from '../../src/daemon/config/options.js';
import {printable, printableJson} from '../../src/shared/words/printable.js';
import {metrics, stop} from '../helpers/clients/control.js';
import {createRig, type Rig, SERVER, SSCTL} from '../helpers/rig.js';

/** A line end and a forged line, a carriage return, a title and a colour for the terminal, DEL, CSI in one byte, U+2028, U+202E. */
const EVIL = 'x\nssd: all is well\r\u001b]0;t\u0007\u001b[31m\u007f\u009b2J\u2028\u202ey';

const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e]/u;

const VALUED = Object.entries(OPTIONS).flatMap(([name, {type}]) => (type === 'boolean' ? [] : [name]));

for (const name of VALUED) {
  test(`what is wrong with --${name} is told in one line, whatever is in its value`, async t => {
    const rig = await createRig(t);
    // Files that could be made are in a missing directory, and the program does not exist, so that nothing stays running.
    const value = `/no/${EVIL}`;
    const finished = await rig.runSsd([
      `--control=${rig.control}`,
      `--${name}=${value}`,
      '--',
      `/no/${EVIL}`,
    ]);
    t.not(finished.code, 0);
    assertOneLine(t, finished.stderr, 'ssd: ');
  });
}

for (const [title, args] of Object.entries({
  'an option that there is not': [`--${EVIL}`, '--', 'true'],
  'a word before the program': [EVIL],
  'a config file with such a key': ['--config=@/evil.json'],
  'a program': ['--', `/no/${EVIL}`],
  'a pid file that nobody holds': ['--stop', `--pid-file=@/${EVIL}`],
  'a relative path': ['--dir', EVIL, '--', 'true'],
})) {
  test(`ssd: ${title} is told in one line`, async t => {
    const rig = await createRig(t);
    writeFileSync(rig.path('evil.json'), JSON.stringify({[EVIL]: EVIL}));
    const finished = await rig.runSsd(args.map(arg => arg.replace('@', rig.directory)));
    t.not(finished.code, 0);
    assertOneLine(t, finished.stderr, 'ssd: ');
  });
}

for (const args of [
  [EVIL],
  ['-n', EVIL, 'status'],
  ['-s', `/no/${EVIL}`, 'status'],
  ['wait', EVIL],
  ['signal', EVIL],
  ['status', EVIL],
  [`--${EVIL}`],
  ['restart', `--until=${EVIL}`],
]) {
  test(`ssctl says in one line what is wrong with ${JSON.stringify(args.join(' '))}`, async t => {
    const rig = await createRig(t);
    const {code, stderr} = await rig.run([process.execPath, SSCTL, ...args]);
    t.not(code, 0);
    assertOneLine(t, stderr, 'ssctl: ');
  });
}

for (const format of ['text', 'json']) {
  test(`every line of the log is one line with --log-format=${format}; so are --check and the metrics`, async t => {
    const rig = await createRig(t);
    const args = prepare(rig);
    const checked = await rig.runSsd([...args, '--check', '--', ...SERVER]);
    for (const line of (checked.stderr + checked.stdout).trimEnd().split('\n'))
      assertPlain(t, line, /^ssd: /);

    const ssd = rig.ssd([...args, `--log-format=${format}`]);
    await ssd.line(/"?ready/);
    const answer = await metrics(rig);
    for (const line of answer.split('\n')) t.notRegex(line, UNFIT);
    await stop(rig);
    await ssd.exit();
    const begin =
      format === 'text' ? /^\d{4}-\S+Z ssd\[\d+\]: / : /^\{"time":"\d{4}-\S+Z","program":"ssd","pid":\d+,/;
    for (const line of ssd.stderr().trimEnd().split('\n')) assertPlain(t, line, begin);
  });
}

test('as JSON nothing is lost', t => {
  const data = {[EVIL]: [EVIL, null, 1], '\ud800': '\u{1f600}'};
  t.deepEqual(JSON.parse(printableJson(data)), data);
  t.notRegex(printableJson(data), UNFIT);
  t.is(printable('a\u{1f600}\u00e4 b'), 'a\u{1f600}\u00e4 b');
});

/** Every file and directory has such a name. The envdir has a file that is skipped and a value that is not a duration. */
function prepare(rig: Rig): string[] {
  const envdir = rig.path(`${EVIL}.env`);
  mkdirSync(envdir);
  writeFileSync(`${envdir}/${EVIL}=`, '');
  writeFileSync(`${envdir}/KILL_OLD_DELAY`, EVIL.replaceAll('\n', ''));
  return [
    `--envdir=${envdir}`,
    `--path=${rig.path(EVIL.replace(/[;=]/g, ''))}`,
    `--pid-file=${rig.path(`${EVIL}.pid`)}`,
    `--status-file=${rig.path(`${EVIL}.status`)}`,
    `--metrics-file=${rig.path(`${EVIL}.prom`)}`,
    `--interval=0`,
  ];
}

function assertOneLine(t: ExecutionContext, text: string, begin: string): void {
  t.true(text.endsWith('\n'), JSON.stringify(text));
  assertPlain(t, text.slice(0, -1), new RegExp(`^${begin}`));
}

function assertPlain(t: ExecutionContext, line: string, begin: RegExp): void {
  t.notRegex(line, UNFIT, JSON.stringify(line));
  t.regex(line, begin);
}
