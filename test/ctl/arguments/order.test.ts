import test from 'ava';
import {type Order, readOrder} from '../../../src/ctl/arguments/order.js';
import {parseByYargs} from '../../../src/ctl/arguments/yargs.js';
import {describeFailure} from '../../../src/shared/words/wording.js';
import {refusalOf} from '../../helpers/refusal.js';

const read = (line: string): Order => readOrder(parseByYargs(line.split(' ').filter(Boolean)));

const orders: readonly (readonly [line: string, details: object])[] = [
  ['status', {watch: false}],
  ['status --watch', {watch: true}],
  [
    'restart',
    {
      attempts: 1,
      until: 'gone',
      wait: true,
      failOnDrops: false,
      timeoutMs: null,
      bakeMs: null,
      order: null,
      release: null,
    },
  ],
  [
    'restart --order=stop-first',
    {
      attempts: 1,
      until: 'gone',
      wait: true,
      failOnDrops: false,
      timeoutMs: null,
      bakeMs: null,
      order: 'stop-first',
      release: null,
    },
  ],
  ['pause', {maxMs: 30_000, timeoutMs: null}],
  ['pause --max=5m --timeout=10', {maxMs: 300_000, timeoutMs: 10_000}],
  ['resume', {timeoutMs: null}],
  ['rollback', {until: 'gone', wait: true, failOnDrops: false, timeoutMs: null, bakeMs: null, order: null}],
  [
    'rollback --bake=10s',
    {until: 'gone', wait: true, failOnDrops: false, timeoutMs: null, bakeMs: 10_000, order: null},
  ],
  [
    'restart --no-bake',
    {
      attempts: 1,
      until: 'gone',
      wait: true,
      failOnDrops: false,
      timeoutMs: null,
      bakeMs: 0,
      order: null,
      release: null,
    },
  ],
  ['accept', {}],
  ['reject', {reason: null}],
  ['reject slow', {reason: 'slow'}],
  ['releases', {}],
  [
    'restart --retry --until=ready --timeout=2m',
    {
      attempts: 0,
      until: 'ready',
      wait: true,
      failOnDrops: false,
      timeoutMs: 120_000,
      bakeMs: null,
      order: null,
      release: null,
    },
  ],
  [
    'restart --attempts 3 --no-wait --release=r/2',
    {
      attempts: 3,
      until: 'gone',
      wait: false,
      failOnDrops: false,
      timeoutMs: null,
      bakeMs: null,
      order: null,
      release: 'r/2',
    },
  ],
  ['stop', {timeoutMs: null, killAfterMs: null, orphans: false}],
  ['stop --orphans', {timeoutMs: null, killAfterMs: null, orphans: true}],
  ['stop --timeout=5', {timeoutMs: 5000, killAfterMs: null, orphans: false}],
  ['stop --force', {timeoutMs: null, killAfterMs: 0, orphans: false}],
  ['stop --force --timeout=5', {timeoutMs: null, killAfterMs: 5000, orphans: false}],
  ['scale 4', {workers: 4, timeoutMs: null}],
  ['signal sighup', {signal: 'HUP', generation: null}],
  ['signal 10 --generation=3', {signal: 'USR1', generation: 3}],
  ['connections --generation=2 --worker=17', {generation: 2, worker: 17}],
  ['connections', {generation: null, worker: null}],
  ['drain --timeout=10m', {generation: null, timeoutMs: 600_000}],
  ['wait gone --timeout=1', {goal: 'gone', timeoutMs: 1000}],
  ['events --since=5m -f', {sinceMs: 300_000, follow: true}],
  ['logs', {lines: 10, follow: false}],
  ['logs -f -n 3', {lines: 3, follow: true}],
  ['logs -n3', {lines: 3, follow: false}],
  ['logs --lines=0', {lines: 0, follow: false}],
  ['completion zsh', {shell: 'zsh'}],
];

for (const [line, details] of orders) {
  test(`ssctl ${line} is understood`, t => {
    const order = read(line);
    t.deepEqual('details' in order ? order.details : null, details as never);
    t.true(line.startsWith(order.command));
  });
}

test('-n is the name of an instance, and after logs a number of lines', t => {
  t.like(read('-n app logs -n 4'), {target: {name: 'app'}, details: {lines: 4}});
  t.like(read('-n logs status'), {target: {name: 'logs'}, command: 'status'});
  t.like(read('status -n app'), {target: {name: 'app'}});
});

const mistakes: readonly (readonly [line: string, problem: RegExp])[] = [
  ['scale', /^scale needs N;/],
  ['scale many', /^scale many: expected a whole number from 1 to 1024;/],
  ['scale 0', /^scale 0: expected/],
  ['scale 2 3', /^scale takes one argument, but also got 3;/],
  ['cancel all', /^cancel takes no argument, but got all;/],
  ['signal nonsense', /^signal nonsense: there is no such signal/],
  ['signal HUP --generation=0', /^--generation=0: expected a whole number from 1/],
  ['restart --bake=1 --no-bake', /^give --bake or --no-bake, not both;/],
  ['restart --order=first', /^--order=first: expected overlap or stop-first/],
  [
    'restart --order=stop-first --bake=1',
    /^--bake keeps the old generation; it does not work with --order=stop-first;/,
  ],
  ['pause 5m', /^pause takes no argument, but got 5m/],
  ['reject too slow', /^reject takes one argument, but also got slow/],
  ['restart --release=', /^--release=: /],
  ['restart --attempts=0', /^--attempts=0: expected a whole number from 1/],
  ['restart --attempts=2 --retry', /^give --attempts or --retry, not both;/],
  ['restart --until=now', /^--until=now: expected ready or gone;/],
  ['restart --no-wait --until=ready', /^--until says how long to wait; it does not work with --no-wait;/],
  [
    'restart --no-wait --fail-on-drops',
    /^--fail-on-drops needs the verdict; it does not work with --no-wait;/,
  ],
  ['connections --worker=0', /^--worker=0: expected a whole number from 1 to 4194304;/],
  ['stop --watch', /^stop has no option --watch;/],
  ['status -f', /^status has no option --follow;/],
  ['wait', /^wait needs ready\|gone;/],
  ['wait here', /^wait here: expected ready or gone;/],
  ['logs --lines=-1', /^--lines=-1: expected a whole number from 0/],
  ['logs --json', /^logs prints the log file unchanged; it does not work with --json;/],
  ['completion tcsh', /^completion tcsh: expected bash or zsh or fish;/],
  ['-n a -s b status', /^give --name or --socket, not both;/],
];

for (const [line, problem] of mistakes) {
  test(`ssctl ${line} is a mistake`, t => {
    const failure = refusalOf(() => read(line));
    t.is(failure.code, 'usage');
    t.regex(describeFailure(failure), problem);
  });
}

test('an empty name or socket, as of a variable that is not set, is a mistake and no instance that is gone', t => {
  for (const [option, letter] of [
    ['socket', '-s'],
    ['name', '-n'],
  ] as const) {
    const failure = refusalOf(() => readOrder(parseByYargs([letter, '', 'wait', 'gone'])));
    t.like(failure, {code: 'option-invalid', option});
  }
});
