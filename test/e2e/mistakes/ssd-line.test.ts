/** What a new user of ssd gets wrong on the command line, with the whole answers. */
import test from 'ava';
import {COMMANDS} from '../../../src/ctl/arguments/options.js';
import {COMMANDS_OF_SSCTL} from '../../../src/shared/words/starts/unfit-program.js';
import {createRig, SSD} from '../../helpers/rig.js';
import {answers, type Mistake, onLine} from './mistake.js';

const SLEEP = ['--', 'sleep', '1000'];
const HELP = '; see ssd --help';
const FORM = 'expected [HOST:][u]PORT[=FD], as in 8080, 127.0.0.1:8080, [::1]:8080, u53, 8080=7';
const DURATION = 'expected seconds (1, 0.2) or a number with ms, s, m or h';
const EMPTY = 'the value is empty; is a variable not set?';

const line: readonly Mistake[] = [
  onLine(
    'a typing error in an option',
    ['--prot=8080', ...SLEEP],
    `unknown option --prot (did you mean --port?)${HELP}`,
  ),
  onLine(
    'a letter for an option',
    ['-p', '8080', ...SLEEP],
    `unknown option -p (did you mean --port?)${HELP}`,
  ),
  onLine(
    'another spelling of an option',
    ['--logfile=x', ...SLEEP],
    `unknown option --logfile (did you mean --log-file?)${HELP}`,
  ),
  onLine('an option of nothing known', ['--frobnicate', ...SLEEP], `unknown option --frobnicate${HELP}`),
  onLine('an option without its value', ['--port', ...SLEEP], `--port needs a value${HELP}`),
  onLine(
    'yes for a flag',
    ['--daemonize=yes', ...SLEEP],
    `--daemonize=yes: expected --daemonize alone, or =true or =false${HELP}`,
  ),
  onLine(
    '1 for a flag',
    ['--enable-auto-restart=1', ...SLEEP],
    `--enable-auto-restart=1: expected --enable-auto-restart alone, or =true or =false${HELP}`,
  ),
  onLine(
    'no program',
    ['--port=8080'],
    `no server program is given: it comes after --, as in ssd --port=8080 -- program${HELP}`,
  ),
  onLine(
    'an empty program',
    ['--port=8080', '--', ''],
    `no server program is given: it comes after --, as in ssd --port=8080 -- program${HELP}`,
  ),
  onLine(
    'a server for --fds-as that is none',
    ['--fds-as=nginz', ...SLEEP],
    '--fds-as=nginz: expected unicorn, php-fpm, nginx, puma, nghttpx or NAME=TEXT (did you mean nginx?)',
  ),
  onLine(
    'something unknown in a template',
    ['--fds-as=A={fds}', ...SLEEP],
    '--fds-as=A={fds}: there is no {fds}: known are {fd} {name} {address} {url} {type} {index} {number} {count}',
  ),
  onLine(
    'a value for --listen-fds',
    ['--listen-fds=3', ...SLEEP],
    `--listen-fds=3: expected --listen-fds alone, or =true or =false${HELP}`,
  ),
  onLine(
    'a port with a colon',
    ['--port=:8080', ...SLEEP],
    '--port=:8080: a bare 8080 listens on every IPv4 address, [::]:8080 on every IPv6 address',
  ),
  onLine(
    'a port of every host',
    ['--port=*:8080', ...SLEEP],
    '--port=*:8080: a bare 8080 listens on every IPv4 address, [::]:8080 on every IPv6 address',
  ),
  onLine(
    'a port with its protocol',
    ['--port=8080/tcp', ...SLEEP],
    '--port=8080/tcp: TCP is the default: give 8080',
  ),
  onLine(
    'a UDP port with its protocol',
    ['--port=[::1]:53/udp', ...SLEEP],
    '--port=[::1]:53/udp: UDP is a u before the port: give [::1]:u53',
  ),
  onLine(
    'a URL',
    ['--port=http://localhost:8080/', ...SLEEP],
    '--port=http://localhost:8080/: it is not a URL: give localhost:8080',
  ),
  onLine(
    'two ports in one option',
    ['--port=80,443', ...SLEEP],
    `--port=80,443: one --port is one port: give --port for each (${FORM})`,
  ),
  onLine(
    'a path as a port',
    ['--port=/run/app.sock', ...SLEEP],
    '--port=/run/app.sock: it is a path; give --path=/run/app.sock',
  ),
  onLine('a port for a container', ['--port=8080:80', ...SLEEP], `--port=8080:80: 8080 is no host: ${FORM}`),
  onLine('a bracket that stays open', ['--port=[::1:8080', ...SLEEP], `--port=[::1:8080: ${FORM}`),
  onLine(
    'a port after its protocol',
    ['--port=tcp:8080', ...SLEEP],
    '--port=tcp:8080: TCP is the default: give 8080',
  ),
  onLine(
    'a UDP port after its protocol',
    ['--port=udp:53=7', ...SLEEP],
    '--port=udp:53=7: UDP is a u before the port: give u53=7',
  ),
  onLine('a name as a port', ['--port=http', ...SLEEP], `--port=http: ${FORM}`),
  onLine('a port from a variable that is not set', ['--port=', ...SLEEP], `--port=: ${EMPTY}`),
  onLine('a port that is too high', ['--port=80800', ...SLEEP], '--port=80800: a port is at most 65535'),
  onLine(
    'the same port twice',
    ['--port=8080', '--port=8080', ...SLEEP],
    'cannot listen on tcp 8080: it is given twice',
  ),
  onLine('a wrong unit', ['--interval=5sec', ...SLEEP], `--interval=5sec: ${DURATION}`),
  onLine(
    'letters in a number',
    ['--workers=two', ...SLEEP],
    '--workers=two: expected a whole number from 1 to 1024',
  ),
  onLine(
    'a typing error in a value',
    ['--ready=notfiy', ...SLEEP],
    '--ready=notfiy: expected interval, notify, fd or exec=COMMAND (did you mean notify?)',
  ),
  onLine(
    'a typing error in the log format',
    ['--log-format=jsno', ...SLEEP],
    '--log-format=jsno: expected text or json (did you mean json?)',
  ),
  onLine(
    'no such signal',
    ['--signal-on-hup=GRACEFUL', ...SLEEP],
    '--signal-on-hup=GRACEFUL: there is no such signal (kill -l lists them)',
  ),
  onLine(
    'a path that is too long',
    [`--path=/tmp/${'x'.repeat(110)}`, ...SLEEP],
    `--path=/tmp/${'x'.repeat(110)}: it has 115 bytes; a unix socket path has at most 107`,
  ),
  onLine('a log file from a variable that is not set', ['--log-file=', ...SLEEP], `--log-file=: ${EMPTY}`),
  onLine(
    'a background without a log',
    ['--daemonize', ...SLEEP],
    '--daemonize needs --log-file: a background process has no terminal to write to',
  ),
  onLine(
    'a store without a service manager',
    ['--fdstore', ...SLEEP],
    '--fdstore cannot keep the listeners: NOTIFY_SOCKET is not set; the unit needs Type=notify and FileDescriptorStoreMax=N, where N is the number of listeners',
  ),
  onLine(
    'a store in the background',
    ['--fdstore', '--daemonize', '--log-file=log', ...SLEEP],
    `--fdstore and --daemonize do not go together${HELP}`,
  ),
  onLine('--stop without the pid file', ['--stop'], `--restart and --stop need --pid-file${HELP}`),
];

test('the list of the commands of ssctl', t => {
  t.deepEqual([...COMMANDS_OF_SSCTL].sort(), Object.keys(COMMANDS).sort());
});

for (const mistake of line) test.serial(mistake.title, t => answers(t, 'ssd', mistake));

test('-h shows the help', async t => {
  const rig = await createRig(t);
  const [short, long] = await Promise.all([rig.runSsd(['-h']), rig.runSsd(['--help'])]);
  t.deepEqual([short.code, short.stdout, short.stderr], [0, long.stdout, '']);
});

test('a program called true is not the value of the flag before it', async t => {
  const rig = await createRig(t);
  const {code, stderr} = await rig.runSsd([`--control=${rig.control}`, '--check', '--kill-group', 'true']);
  t.deepEqual(
    [code, stderr],
    [0, `ssd: ${NO_LISTENER}a restart of a server that binds its port itself will fail\n`],
  );
});

const NO_LISTENER = 'warning: no listener is given (--port, --path): ';
const late = (option: string, program: string) =>
  `${NO_LISTENER}${option} stands after ${program}, the program, and so belongs to it; options of ssd stand before the program`;

for (const [words, says] of [
  [['true', '--port=21001', '--', 'sleep', '1'], late('--port=21001', 'true')],
  [['sh', '--path', '/run/x'], late('--path', 'sh')],
] as const) {
  test(`an option after the program: ${words.join(' ')}`, async t => {
    const rig = await createRig(t);
    const {code, stderr} = await rig.runSsd([
      `--control=${rig.control}`,
      '--check',
      '--kill-group',
      ...words,
    ]);
    t.deepEqual([code, stderr], [0, `ssd: ${says}\n`]);
  });
}

test('a start without listeners says so once, and one with a listener does not', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--interval=0.1'], ['sleep', '1000']);
  await ssd.line(/generation 1 is ready/);
  t.is(ssd.stderr().split(NO_LISTENER).length, 2);
  const other = rig.ssd(
    ['--interval=0.1', '--port=127.0.0.1:0', '--name=x', `--control=${rig.path('x.sock')}`],
    ['sleep', '1000'],
  );
  await other.line(/generation 1 is ready/);
  t.false(other.stderr().includes(NO_LISTENER));
});

test("options after the program are the program's own", async t => {
  const rig = await createRig(t);
  const ssd = rig.start([
    process.execPath,
    SSD,
    `--control=${rig.control}`,
    'sh',
    '-c',
    'echo "got $*" >&2; exec sleep 1000',
    'sh',
    '--port=1',
  ]);
  t.is(await ssd.line(/^got/), 'got --port=1');
});
