/** What a new user of ssctl gets wrong, with the whole answers. */
import test from 'ava';
import {createRig, SSCTL} from '../../helpers/rig.js';
import {answers, type Mistake, onLine} from './mistake.js';

const HELP = '; see ssctl --help';
const helpOf = (command: string) => `; see ssctl ${command} --help`;
const EMPTY = 'the value is empty; is a variable not set?';
const DURATION = 'expected seconds (1, 0.2) or a number with ms, s, m or h';

const mistakes: readonly Mistake[] = [
  onLine('no command', [], `no command is given${HELP}`),
  onLine('the word of other programs', ['reload'], `unknown command reload (did you mean restart?)${HELP}`),
  onLine('a typing error in a command', ['statsu'], `unknown command statsu (did you mean status?)${HELP}`),
  onLine('a command of nothing known', ['frobnicate'], `unknown command frobnicate${HELP}`),
  onLine(
    'to start an instance',
    ['start'],
    `unknown command start: ssd itself starts an instance, as in ssd --port=8080 -- program${HELP}`,
  ),
  onLine(
    'the name of the instance as an argument',
    ['restart', 'app'],
    `restart takes no argument, but got app; -n app selects the instance of that name${helpOf('restart')}`,
  ),
  onLine(
    'the name of the instance before the command',
    ['nolog', 'restart'],
    `unknown command nolog: for the instance of that name, write ssctl -n nolog restart${HELP}`,
  ),
  onLine(
    'the word of other programs before a command',
    ['reload', 'status'],
    `unknown command reload (did you mean restart?)${HELP}`,
  ),
  onLine(
    'the name of the instance after logs -n',
    ['logs', '-n', 'second'],
    `--lines=second: expected a whole number from 0 to 1000000; after logs, -n is --lines: write ssctl -n second logs${helpOf('logs')}`,
  ),
  onLine(
    'a typing error in an option',
    ['restart', '--tiemout=5'],
    `unknown option --tiemout (did you mean --timeout?)${helpOf('restart')}`,
  ),
  onLine(
    'an option of ssh in the place of a host',
    ['-H', '--', 'status'],
    `-H needs a value${helpOf('status')}`,
  ),
  onLine(
    'an option of ssh as a host',
    ['--host=-oProxyCommand=x', 'status'],
    '--host=-oProxyCommand=x: that cannot be the name of a host',
  ),
  onLine(
    'hosts in two options',
    ['-H', 'web1', '-H', 'web2', 'restart'],
    `give --host once, with commas between the hosts: -H one,two${helpOf('restart')}`,
  ),
  onLine('a host twice', ['-H', 'web1,web1', 'restart'], '--host=web1,web1: web1 is named twice'),
  onLine('no host', ['--host=', 'restart'], `--host=: ${EMPTY}`),
  onLine(
    'to follow several hosts',
    ['-H', 'web1,web2', 'logs', '--follow'],
    `--follow does not end by itself; it works with one host${helpOf('logs')}`,
  ),
  onLine(
    'completion of another host',
    ['-H', 'web1', 'completion', 'bash'],
    `completion prints a script for this machine; it does not work with --host${helpOf('completion')}`,
  ),
  onLine('a letter for an option', ['-p', 'app', 'status'], `unknown option -p${helpOf('status')}`),
  onLine(
    'an option of another command',
    ['status', '--timeout=5'],
    `status has no option --timeout; it is one of restart, rollback, pause, resume, stop, reexec, scale, drain, wait${helpOf('status')}`,
  ),
  onLine('an option without its value', ['status', '-n'], `-n needs a value${helpOf('status')}`),
  onLine(
    '1 for a flag',
    ['--json=1', 'status'],
    `--json=1: expected --json alone, or =true or =false${helpOf('status')}`,
  ),
  onLine(
    '1 for a flag that forces',
    ['stop', '--force=1'],
    `--force=1: expected --force alone, or =true or =false${helpOf('stop')}`,
  ),
  onLine('a name from a variable that is not set', ['-n', '', 'wait', 'gone'], `--name=: ${EMPTY}`),
  onLine('a socket from a variable that is not set', ['-s', '', 'wait', 'gone'], `--socket=: ${EMPTY}`),
  onLine('a wrong unit', ['restart', '--timeout=5sec'], `--timeout=5sec: ${DURATION}`),
  onLine(
    'letters in a number',
    ['scale', 'two'],
    `scale two: expected a whole number from 1 to 1024${helpOf('scale')}`,
  ),
  onLine(
    'a typing error in a goal',
    ['wait', 'raedy'],
    `wait raedy: expected ready or gone (did you mean ready?)${helpOf('wait')}`,
  ),
  onLine('nothing to wait for', ['wait'], `wait needs ready|gone${helpOf('wait')}`),
  onLine(
    'no such signal',
    ['signal', 'GRACEFUL'],
    `signal GRACEFUL: there is no such signal (kill -l lists them)${helpOf('signal')}`,
  ),
  {
    title: 'a file as the socket',
    words: ['-s', '/etc/passwd', 'status'],
    says: 'cannot connect to /etc/passwd: it is not a socket',
  },
  {
    title: 'a file as the socket of one that is to go',
    words: ['-s', '/etc/passwd', 'wait', 'gone'],
    says: 'cannot connect to /etc/passwd: it is not a socket',
  },
  {
    title: 'a socket that is not there',
    words: ['-s', '@/no', 'status'],
    code: 3,
    says: 'no ssd is running at @/no: there is no such socket',
  },
];

for (const mistake of mistakes) test.serial(mistake.title, t => answers(t, 'ssctl', mistake));

test('-h shows the help', async t => {
  const rig = await createRig(t);
  const run = (option: string) => rig.run([process.execPath, SSCTL, option]);
  const [short, long] = await Promise.all([run('-h'), run('--help')]);
  t.deepEqual([short.code, short.stdout, short.stderr], [0, long.stdout, '']);
});

test('a log file whose directory is gone: which file, and why', async t => {
  const rig = await createRig(t);
  const log = rig.path('log/app.log');
  await rig.run(['mkdir', 'log']);
  rig.ssd(['--interval=0.1', `--log-file=${log}`], ['sleep', '1000']);
  t.is((await rig.ssctl(['wait', 'ready'])).code, 0);
  await rig.run(['mv', 'log', 'away']);
  const {code, stderr} = await rig.ssctl(['reopen-logs']);
  t.is(code, 1);
  t.is(
    stderr,
    `ssctl: reopen-logs was refused: cannot write log file ${log}: ENOENT (no such file or directory); ssd keeps using the former one\n`,
  );
});
