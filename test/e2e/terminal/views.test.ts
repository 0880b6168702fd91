/** What a person sees on a terminal of any size, whatever the workers say: nothing wraps, scrolls, or moves the cursor. */
import {writeFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {draw, type Size} from '../../helpers/clients/terminal.js';
import {needs} from '../../helpers/programs.js';
import {createRig, type Rig, SSCTL} from '../../helpers/rig.js';

/** Each worker reports one of these texts about itself. */
const STATUSES = [
  '\u8655\u7406\u4e2d'.repeat(12),
  '\u{1f600}\u{1f468}\u200d\u{1f469}\u200d\u{1f467} \u2764\ufe0f',
  'e\u0301'.repeat(90),
  'evil \u001b[2J\u001b[31m\r\u202eabc\u2067\u009b2J',
  'plain',
  '\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd',
  '\u0645\u0631\u062d\u0628\u0627',
];

const WORKER = `
socket(my $s, AF_UNIX, SOCK_DGRAM, 0);
(my $path = $ENV{NOTIFY_SOCKET}) =~ s/^@/\\0/;
my $text = $ARGV[$ENV{SSD_WORKER_INDEX} % @ARGV];
my $ready = $ENV{SERVER_STARTER_GENERATION} == 2 && $ENV{SSD_WORKER_INDEX} == 1 ? '' : "READY=1\\n";
send($s, $ready . "STATUS=$text", 0, sockaddr_un($path));
exit 3 if $ENV{SERVER_STARTER_GENERATION} == 3;
sleep 1000000;
`;

const SIZES: readonly Size[] = [
  {columns: 40, rows: 10},
  {columns: 60, rows: 20},
  {columns: 80, rows: 24},
  {columns: 120, rows: 50},
];

for (const size of SIZES) {
  const what = `${size.columns} columns and ${size.rows} rows`;

  needs('script', 'mkfifo')(`status, list and --watch keep to ${what}`, async t => {
    const rig = await crowd(t);
    for (const command of ['status', 'list']) assertFits(t, await seen(rig, size, [command]), size);
    const watched = await watch(rig, size);
    const {lines} = assertFits(t, watched, size);
    // A starting worker must be visible at once, no matter how many others there are.
    t.true(
      lines.some(line => /^2 .* starting/.test(line)),
      lines.join('\n'),
    );
    if (size.rows < 50) t.true(lines.some(line => /^… and \d+ ready.* workers$/.test(line)));
    t.true(
      lines.some(line => /running, 24 of 24 ready; generation 2: 2\d of/.test(line) || size.columns < 80),
    );
  });

  needs('script')(`restart keeps to ${what}`, async t => {
    const rig = await createRig(t);
    await rig
      .ssd(['--ready=notify', '--workers=3'], ['perl', '-MSocket', '-e', WORKER, ...STATUSES])
      .line(/generation 1 is ready/);
    assertFits(t, await seen(rig, size, ['restart', '--timeout=2']), size);
    assertFits(t, await seen(rig, size, ['restart', '--timeout=2']), size);
    // There are more of them than rows, and they may scroll.
    const tall = {...size, rows: 500};
    assertFits(t, await seen(rig, tall, ['events']), tall);
  });
}

/** A generation that serves with 24 workers, and another with all but one of its workers ready. */
async function crowd(t: ExecutionContext): Promise<Rig> {
  const rig = await createRig(t);
  const args = ['--ready=notify', '--workers=24', '--ready-timeout=1h'];
  const ssd = rig.ssd(args, ['perl', '-MSocket', '-e', WORKER, ...STATUSES]);
  await ssd.line(/generation 1 is ready/);
  ssd.kill('SIGHUP');
  for (let ready = 0; ready < 23; ready += 1) await ssd.line(/generation 2, pid \d+, is ready/);
  return rig;
}

const ENV = {NO_COLOR: undefined, TERM: 'xterm'};

async function seen(rig: Rig, size: Size, args: readonly string[]): Promise<string> {
  const {stdout} = await rig.run(['script', '-qec', commandAt(rig, size, args), '/dev/null'], {env: ENV});
  return stdout.replaceAll('\r\n', '\n');
}

function commandAt(rig: Rig, {rows, columns}: Size, args: readonly string[]): string {
  return `stty rows ${rows} cols ${columns}; exec ${[process.execPath, SSCTL, '-s', rig.control, ...args].join(' ')}`;
}

/** Two views of `status --watch`, then Ctrl-C. */
async function watch(rig: Rig, size: Size): Promise<string> {
  const fifo = rig.path(`fifo`);
  await rig.run(['mkfifo', fifo]);
  const command = commandAt(rig, size, ['status', '--watch']).replace('exec ', '');
  const script = `${command} & pid=$!; cat ${fifo}; kill -INT $pid; wait $pid; echo over`;
  const running = rig.start(['/bin/sh', '-c', 'exec script -qec "$0" /dev/null >&2', script], {env: ENV});
  for (let views = 0; views < 2; views += 1) await running.line(/GENERATION|GEN\b/);
  writeFileSync(fifo, '');
  await running.line(/over/);
  return running.stderr().replaceAll('\r\n', '\n');
}

function assertFits(t: ExecutionContext, text: string, size: Size) {
  const drawn = draw(text, size);
  t.deepEqual(drawn.faults, []);
  t.true(drawn.lines.length > 0, JSON.stringify(text));
  return drawn;
}

test('a terminal notes what goes wrong', t => {
  const {faults} = draw('\u001b[?1049h\u001b[Hone two\nthree\n\u05e9 1\u0007', {columns: 6, rows: 2});
  t.is(faults.length, 4, faults.join('\n'));
});
