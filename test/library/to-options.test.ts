import test from 'ava';
import {OPTIONS} from '../../src/daemon/config/options.js';
import type {StartServerOptions} from '../../src/library/index.js';
import {toCommand, toRawOptions} from '../../src/library/to-options.js';
import {refusalOf} from '../helpers/refusal.js';

/** One value for every option; the type has them all, so that a new one must be added here. */
const EVERY: Required<Omit<StartServerOptions, 'exec' | 'signal'>> = {
  port: [80, 'u53'],
  path: '/x',
  dir: '/srv',
  release: '/srv/current',
  interval: 0.5,
  signalOnHup: 'HUP',
  signalOnTerm: 'QUIT',
  pidFile: 'pid',
  statusFile: 'status',
  envdir: 'env',
  logFile: 'log',
  enableAutoRestart: true,
  autoRestartInterval: '5m',
  killOldDelay: 0,
  backlog: 10,
  nonblocking: 'no',
  listenFds: true,
  fdsAs: 'nginx',
  ready: 'exec=true',
  readyTimeout: '1m',
  maxInterval: 60,
  user: 'app',
  group: 33,
  umask: '0027',
  nice: 5,
  rlimit: ['nofile=65536'],
  noNewPrivs: true,
  oomScoreAdj: 200,
  captureStderr: true,
  captureOutput: true,
  maxAttempts: 3,
  stopTimeout: '30s',
  killGroup: false,
  subreaper: true,
  forward: 'USR1,WINCH',
  maxRetiring: 2,
  workers: 'auto',
  bake: '10s',
  bakeCheck: 'exec=true',
  bakeEvery: 1,
  bakeTimeout: 2,
  bakeFailures: 3,
  order: 'overlap',
  adopt: 'auto',
  onDeath: 'term',
  rolling: 1,
  maxMemory: '512M',
  metricsFile: 'm.prom',
  http: 9090,
  httpPublic: true,
  logFormat: 'json',
  name: 'web',
  control: 'c',
  pathMode: '0660',
  pathOwner: 'www:www',
  reusePort: true,
  fastOpen: true,
  deferAccept: '1s',
  ipv6Dual: true,
  freebind: true,
  bindRetry: '30s',
};

/** What only a program can do that is a service of its own, or another function of the library does. */
const OTHERS = [
  'daemonize',
  'fdstore',
  'config',
  'check',
  'print-unit',
  'socket',
  'hardened',
  'restart',
  'stop',
  'timeout',
  'help',
  'version',
];

test('the library takes every option of the command line that makes sense there', t => {
  const raw = toRawOptions({exec: ['srv'], ...EVERY});
  t.deepEqual([...Object.keys(raw), ...OTHERS].sort(), Object.keys(OPTIONS).sort());
  t.like(raw, {
    port: ['80', 'u53'],
    path: ['/x'],
    interval: '0.5',
    'kill-old-delay': '0',
    'kill-group': false,
    'capture-stderr': true,
    'max-retiring': '2',
    workers: 'auto',
    'ready-timeout': '1m',
    'fast-open': '256',
  });
});

test('an option that is not given is left out', t => {
  const options = {exec: ['srv'], name: 'web', dir: undefined} as unknown as StartServerOptions;
  t.deepEqual(toRawOptions(options), {name: 'web'});
});

for (const name of [...OTHERS, 'nonsense', 'pid-File', 'toString']) {
  test(`the library has no option ${name}`, t => {
    const refused = refusalOf(() => toRawOptions({exec: ['srv'], [name]: true} as StartServerOptions));
    t.is(refused.code, 'usage');
    t.true('problem' in refused && refused.problem.startsWith(`unknown option ${name}`));
  });
}

test('a mistyped option is answered with the one that was meant', t => {
  t.deepEqual(
    refusalOf(() => toRawOptions({exec: ['srv'], killOldDelays: 1} as StartServerOptions)),
    {
      code: 'usage',
      problem: 'unknown option killOldDelays (did you mean killOldDelay?)',
      option: 'killOldDelays',
    },
  );
});

const WRONG: readonly (readonly [string, unknown, string])[] = [
  ['exec', 'node server.js', "option exec is 'node server.js': expected the program and its arguments"],
  ['exec', [], 'option exec is []: expected'],
  ['exec', ['node', 8080], "option exec is [ 'node', 8080 ]: expected"],
  ['exec', undefined, 'option exec is undefined: expected'],
  ['port', {}, 'option port is {}: expected text or a number, or an array of them'],
  ['port', ['80', null], "option port is [ '80', null ]: expected text or a number"],
  ['interval', Number.NaN, 'option interval is NaN: expected text or a number'],
  ['killGroup', 'no', "option killGroup is 'no': expected true or false"],
  ['name', null, 'option name is null: expected text or a number'],
  ['fastOpen', false, 'option fastOpen is false: expected true, text or a number'],
];

for (const [option, value, message] of WRONG) {
  test(`${option}: ${String(value)} is refused, and named`, t => {
    const options = {exec: ['srv'], [option]: value} as unknown as StartServerOptions;
    const error = t.throws(() => [toRawOptions(options), toCommand(options.exec)]);
    t.like(error, {code: 'option-invalid', option});
    t.true(error?.message.startsWith(message), error?.message);
  });
}
