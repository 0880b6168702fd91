import test from 'ava';
import {COMMANDS} from '../../src/ctl/arguments/options.js';
import {complete} from '../../src/ctl/complete.js';

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
  [['restart', '--'], ['attempts', 'retry', 'until', 'no-wait', 'timeout'].map(option => `--${option}`)],
  [
    ['restart', '--until', ''],
    ['ready', 'gone'],
  ],
  [['restart', '--until=r'], ['--until=ready']],
  [['restart', '--until', '=', 'g'], ['gone']],
  [['restart', '--retry', '--r'], []],
  [
    ['wait', ''],
    ['ready', 'gone'],
  ],
  [['wait', 'ready', ''], []],
  [['completion', 'z'], ['zsh']],
  [['status', ''], []],
  [['logs', '-n', ''], []],
  [['-s', ''], []],
];

for (const [words, expected] of lines) {
  test(`ssctl ${words.join(' ')}: ${expected.join(', ') || 'nothing'}`, t => {
    const found = complete(['ssctl', ...words], instances);
    t.deepEqual(
      found.filter(word => !['--name', '--socket', '--json', '--help', '--version'].includes(word)),
      [...expected],
    );
  });
}

test('the first word completes to the commands and the global options', t => {
  t.deepEqual(complete(['ssctl', ''], instances), Object.keys(COMMANDS));
  t.true(complete(['ssctl', 'status', '--'], instances).includes('--json'));
});
