import test from 'ava';
import {COMMANDS} from '../../src/ctl/arguments/options.js';
import {complete} from '../../src/ctl/complete.js';
import {complete as completeSsd} from '../../src/daemon/config/complete.js';
import type {Rest} from '../../src/shared/complete-value.js';

const instances = () => ['app', 'api', 'web'];

/** The words behind the name of the program; the last one is being typed. */
const lines: readonly (readonly [words: readonly string[], expected: readonly string[]])[] = [
  [['st'], ['status', 'stop']],
  [
    ['-n', ''],
    ['app', 'api', 'web'],
  ],
  [
    ['-n', 'ap'],
    ['app', 'api'],
  ],
  [['--name', 'w'], ['web']],
  [['--name=a'], ['--name=app', '--name=api']],
  [
    ['--name', '=', 'a'],
    ['app', 'api'],
  ],
  [['-n', 'app', 'sc'], ['scale']],
  [['-n', 'status', 'sc'], ['scale']],
  [
    ['restart', '--'],
    [
      'attempts',
      'retry',
      'until',
      'no-wait',
      'bake',
      'no-bake',
      'release',
      'order',
      'fail-on-drops',
      'timeout',
    ].map(option => `--${option}`),
  ],
  [
    ['restart', '--until', ''],
    ['ready', 'gone'],
  ],
  [['restart', '--until=r'], ['--until=ready']],
  [['restart', '--until', '=', 'g'], ['gone']],
  [['restart', '--retry', '--r'], ['--release']],
  [
    ['wait', ''],
    ['ready', 'gone'],
  ],
  [['wait', 'ready', ''], []],
  [['completion', 'z'], ['zsh']],
  [['status', ''], []],
  [['logs', '-n', ''], []],
  [['-s', ''], []],
  [['-H', ''], []],
  [['-H', 'web1', 'restar'], ['restart']],
  [
    ['signal', 'US'],
    ['USR1', 'USR2'],
  ],
  [
    ['signal', 'SIGUSR'],
    ['SIGUSR1', 'SIGUSR2'],
  ],
  [
    ['wait', '--timeout', '3', ''],
    ['ready', 'gone'],
  ],
  [['help', 'rest'], ['restart']],
  [['reexec', ''], ['--']],
  [['reexec', '--timeout', ''], []],
  [['reexec', '--t'], ['--timeout']],
  [['reexec', '--', '--po'], []],
  [['help', 'restart', ''], []],
];

for (const [words, expected] of lines) {
  test(`ssctl ${words.join(' ')}: ${expected.join(', ') || 'nothing'}`, t => {
    const {words: found} = complete(['ssctl', ...words], instances);
    t.deepEqual(
      found.filter(word => !['--host', '--name', '--socket', '--json', '--help', '--version'].includes(word)),
      [...expected],
    );
  });
}

test('the first word completes to the commands and the global options', t => {
  t.deepEqual(complete(['ssctl', ''], instances).words, [...Object.keys(COMMANDS), 'help']);
  t.true(complete(['ssctl', 'status', '--'], instances).words.includes('--json'));
});

const rests: readonly (readonly [words: readonly string[], rest: Rest])[] = [
  [['-s', ''], 'files'],
  [['--socket=/r'], 'files'],
  [['--socket', '=', '/r'], 'files'],
  [['status', ''], 'nothing'],
  [['logs', '-n', ''], 'nothing'],
  [['-n', ''], 'nothing'],
  [['reexec', ''], 'nothing'],
  [['reexec', '--', '--po'], 'ssd'],
  [['-n', 'app', 'reexec', '--timeout=5', '--', ''], 'ssd'],
  [['reexec', '--', '--port=80', '--', './s'], 'ssd'],
  [['reject', '--', ''], 'nothing'],
  [['-n', 'reexec', '--', ''], 'nothing'],
];

for (const [words, rest] of rests) {
  test(`ssctl ${words.join(' ')}: the shell is to complete ${rest}`, t => {
    t.is(complete(['ssctl', ...words], instances).rest, rest);
  });
}

const ofSsd: readonly (readonly [words: readonly string[], expected: readonly string[], rest: Rest])[] = [
  [['--ma'], ['--max-attempts', '--max-interval', '--max-memory', '--max-retiring'], 'nothing'],
  [['--port=1', '--po'], ['--port'], 'nothing'],
  [['--rolling', '2', '--ro'], [], 'nothing'],
  [['--signal-on-hup=U'], ['USR1', 'USR2', 'URG'].map(name => `--signal-on-hup=${name}`), 'nothing'],
  [
    ['--signal-on-hup=QUIT,30s,SIGU'],
    ['SIGUSR1', 'SIGUSR2', 'SIGURG'].map(name => `--signal-on-hup=QUIT,30s,${name}`),
    'nothing',
  ],
  [['--signal-on-term', 'QUIT,3'], [], 'nothing'],
  [['--forward=USR1,T'], ['--forward=USR1,TTIN', '--forward=USR1,TTOU'], 'nothing'],
  [['--signal-on-hup', '=', 'SIGU'], ['SIGUSR1', 'SIGUSR2', 'SIGURG'], 'nothing'],
  [['--signal-on-term', 'QU'], ['QUIT'], 'nothing'],
  [['--ready='], ['interval', 'notify', 'fd', 'exec='].map(way => `--ready=${way}`), 'nothing'],
  [['--log-format', ''], ['text', 'json'], 'nothing'],
  [['--fds-as=n'], ['--fds-as=nginx', '--fds-as=nghttpx'], 'nothing'],
  [['--workers='], ['--workers=auto'], 'nothing'],
  [['--log-file=/v'], [], 'files'],
  [['--dir', ''], [], 'directories'],
  [['--port', '80', '--', ''], [], 'command'],
  [['--port', '=', '80', '--daemonize', './srv', '--d'], [], 'command'],
  [['--port', '80', ''], [], 'nothing'],
  [['--fast-open', '--reu'], ['--reuse-port'], 'nothing'],
  [['--fast-open', './s'], [], 'files'],
  [['--fast-open', '=', '5'], [], 'nothing'],
  [['--fast-open', './srv', '--d'], [], 'command'],
  [['--ipv6-dual', '--fre'], ['--freebind'], 'nothing'],
];

for (const [words, expected, rest] of ofSsd) {
  test(`ssd ${words.join(' ')}: ${expected.join(', ') || 'nothing'}, and ${rest} of the shell`, t => {
    const found = completeSsd(['ssd', ...words]);
    t.deepEqual([[...found.words].sort(), found.rest], [[...expected].sort(), rest]);
  });
}
