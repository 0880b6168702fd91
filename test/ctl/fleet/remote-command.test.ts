import {spawnSync} from 'node:child_process';
import test from 'ava';
import {parseByYargs} from '../../../src/ctl/arguments/yargs.js';
import {quoted, remoteCommand} from '../../../src/ctl/fleet/remote-command.js';
import {needs} from '../../helpers/programs.js';

const HOSTILE: readonly string[] = [
  '',
  ' ',
  "'",
  '"',
  '\\',
  "\\'",
  "'\\",
  '\\\\',
  "it's",
  '$(touch ran)',
  '`touch ran`',
  '$HOME',
  '~',
  '~root',
  '*',
  '?',
  '[a-z]',
  '{a,b}',
  'a;b',
  'a&b',
  'a|b',
  'a>b',
  '#',
  '!!',
  '%self',
  '=ls',
  '-n',
  '--',
  '^x',
  'two words',
  'a\ttab',
  'a\u001b[2J',
  'ä \u{1f600}',
  '@app',
  'a=b',
  'x'.repeat(5000),
];

/** sshd has the login shell run the command, so. csh cannot have a line break in quotes; no argument but a reason would. */
const SHELLS: readonly (readonly string[])[] = [
  ['dash'],
  ['bash'],
  ['zsh'],
  ['fish'],
  ['busybox', 'sh'],
  ['tcsh'],
];

for (const [shell = '', ...args] of SHELLS) {
  needs(shell)(`${shell} reads every word as it was given`, async t => {
    const words = shell === 'tcsh' ? HOSTILE : [...HOSTILE, 'two\nlines', '\n'];
    const command = ['printf', '%s\\0', ...words].map(quoted).join(' ');
    const {stdout, stderr, status} = spawnSync(shell, [...args, '-c', command], {encoding: 'utf8'});
    t.is(status, 0, stderr);
    t.deepEqual(stdout.split('\0').slice(0, -1), words);
  });
}

/** The words that ssctl gets at the other end. */
function received(args: readonly string[], json = false): string[] {
  const command = remoteCommand(parseByYargs(args), {}, {terminal: false, json, host: 'web1'});
  const fake = `ssctl() { printf '%s\\0' "$@"; }; ${command.replace(/^env \S+ \S+ sh -c /, 'set -- ')}; shift 2; ssctl "$@"`;
  return spawnSync('sh', ['-c', fake], {encoding: 'utf8'}).stdout.split('\0').slice(0, -1);
}

const lines: readonly (readonly [given: readonly string[], expected: readonly string[]])[] = [
  [['-H', 'a', 'restart'], ['restart']],
  [
    ['restart', '--host=a', '--until=ready', '-n', 'app'],
    ['--until=ready', '--name=app', 'restart'],
  ],
  [
    ['logs', '-H', 'a', '-n', '5', '-f'],
    ['--lines=5', '--follow=true', 'logs'],
  ],
  [
    ['-H', 'a', 'reject', "it's too slow"],
    ['reject', "it's too slow"],
  ],
  [
    ['-H', 'a', '--', 'reject', '-bad'],
    ['--', 'reject', '-bad'],
  ],
];

for (const [given, expected] of lines) {
  test(`ssctl ${given.join(' ')}: ssctl ${expected.join(' ')} runs there`, t => {
    t.deepEqual(
      received(given),
      expected.map(word => word.replace(/=true$/, '')),
    );
  });
}

test('the result is asked for as JSON where a table is made of it', t => {
  t.deepEqual(received(['-H', 'a,b', 'restart'], true), ['--json', 'restart']);
  t.deepEqual(received(['-H', 'a,b', '--json', 'restart'], true), ['--json', 'restart']);
});

test('a command line of ssd is passed on behind --', t => {
  const given = {
    words: ['reexec'],
    options: {host: 'a', H: 'a'},
    commandLine: ['--port=80', '--', './srv', "it's"],
  };
  const command = remoteCommand(given, {}, {terminal: false, json: false, host: 'web1'});
  t.true(command.endsWith(` sh reexec -- --port=80 -- ./srv 'it'\\''s'`), command);
});

test('on a terminal, the wish for no colours goes along; elsewhere, that ssctl ends with its input', t => {
  const given = {words: ['status'], options: {}};
  const command = (terminal: boolean, env = {}) =>
    remoteCommand(given, env, {terminal, json: false, host: 'web1'});
  t.true(command(true, {NO_COLOR: '1'}).startsWith('env SSCTL_SEEN_AS=web1 NO_COLOR=1 sh -c '));
  t.true(command(true).startsWith('env SSCTL_SEEN_AS=web1 sh -c '));
  t.true(command(false, {NO_COLOR: '1'}).startsWith('env SSCTL_SEEN_AS=web1 SSCTL_ENDS_WITH_INPUT=1 sh -c '));
});

test('the trace goes along, as text', t => {
  const env = {TRACEPARENT: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', TRACESTATE: "a=';id'"};
  const command = remoteCommand({words: ['status'], options: {}}, env, {
    terminal: true,
    json: false,
    host: 'web1',
  });
  const {stdout} = spawnSync('sh', ['-c', command.replace(/ sh -c .*$/, ' printenv TRACEPARENT TRACESTATE')]);
  t.is(String(stdout), `${env.TRACEPARENT}\n${env.TRACESTATE}\n`);
});

for (const shell of ['dash', 'bash'] as const) {
  needs(shell)(
    `${shell}: Ctrl-C before ssctl runs is not forgotten, and later it is that of ssctl`,
    async t => {
      const command = remoteCommand(
        {words: ['restart'], options: {}},
        {},
        {terminal: true, json: false, host: 'web1'},
      );
      const ends = (script: (there: string) => string) => {
        const [, there = ''] = /^env \S+ sh -c '(.*?)' sh restart$/.exec(command) ?? [];
        const {status, stdout} = spawnSync(shell, ['-c', script(there), 'sh', 'restart'], {encoding: 'utf8'});
        return [status, stdout];
      };
      const ssctl = (body: string) => `ssctl() { echo ran; ${body}; }; `;
      const early = (there: string) => there.replace('command -v', () => 'kill -INT $$; command -v');
      t.deepEqual(
        ends(there => ssctl('true') + early(there)),
        [130, ''],
      );
      t.deepEqual(
        ends(there => ssctl('kill -INT $$; return 4') + there),
        [4, 'ran\n'],
      );
      t.deepEqual(
        ends(there => ssctl('return 127') + there),
        [126, 'ran\n'],
      );
    },
  );
}
