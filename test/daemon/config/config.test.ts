import test from 'ava';
import {readConfig} from '../../../src/daemon/config/config.js';
import type {RawOptions} from '../../../src/daemon/config/options.js';
import {readPrivileges} from '../../../src/daemon/config/privileges/read.js';
import {refusalOf} from '../../helpers/refusal.js';
import {DEFAULT_SETTINGS} from '../../simulation/world/settings.js';

const config = (options: RawOptions = {}, env = {}) => readConfig(options, ['/srv/app/bin/web', '-x'], env);

const LISTENING_AS_START_SERVER = {
  pathMode: null,
  pathOwner: null,
  reusePort: false,
  fastOpen: null,
  deferAccept: null,
  ipv6Dual: false,
  freebind: false,
  bindRetryMs: 0,
};

test('without options everything is as with start_server', t => {
  t.deepEqual(config({}, {HOME: '/root'}), {
    program: ['/srv/app/bin/web', '-x'],
    directory: null,
    release: null,
    listeners: [],
    listening: LISTENING_AS_START_SERVER,
    backlog: null,
    nonBlocking: null,
    listenFds: false,
    fdstore: false,
    forms: [],
    settings: DEFAULT_SETTINGS,
    workers: 1,
    ready: {how: 'interval'},
    check: null,
    privileges: readPrivileges({}),
    killGroup: false,
    subreaper: false,
    forward: [],
    captureStderr: false,
    captureOutput: false,
    env: {HOME: '/root'},
    pidFile: null,
    statusFile: null,
    logFile: null,
    metricsFile: null,
    http: null,
    configFile: null,
    logFormat: 'text',
    name: {value: 'web', given: false},
    control: null,
    adopt: true,
  });
});

test('ports are placed before paths, in any order on the command line', t => {
  const {listeners} = config({path: ['/x'], port: ['80', 'u80=7']});
  t.deepEqual(
    listeners.map(({name, type, fd}) => [name, type, fd]),
    [
      ['80', 'tcp', 3],
      ['80', 'udp', 7],
      ['/x', 'unix', 4],
    ],
  );
});

test('files and directories are taken as they are given', t => {
  const files = {'pid-file': 'a', 'status-file': 'b', 'log-file': '| c', 'metrics-file': 'e'};
  const {directory, pidFile, statusFile, logFile, metricsFile, control} = config({
    ...files,
    dir: '/srv',
    control: './d',
  });
  const found = [directory, pidFile, statusFile, logFile, metricsFile, control];
  t.deepEqual(found, ['/srv', 'a', 'b', '| c', 'e', './d']);
});

test('options that workers can read override the environment', t => {
  const {env} = config(
    {envdir: '/e', 'enable-auto-restart': true, 'auto-restart-interval': '5m', 'kill-old-delay': '2'},
    {ENVDIR: '/other', KILL_OLD_DELAY: '9', A: 'a'},
  );
  t.deepEqual(env, {
    ENVDIR: '/e',
    ENABLE_AUTO_RESTART: '1',
    AUTO_RESTART_INTERVAL: '5m',
    KILL_OLD_DELAY: '2',
    A: 'a',
  });
});

test('variables of the environment stay if no option is given', t => {
  const env = {ENVDIR: '/other', ENABLE_AUTO_RESTART: '1', AUTO_RESTART_INTERVAL: '3', KILL_OLD_DELAY: '9'};
  t.deepEqual(config({'enable-auto-restart': false}, env).env, env);
});

const signal = test.macro({
  exec: (t, given: string, expected: string) => {
    const {settings} = config({'signal-on-hup': given, 'signal-on-term': given});
    t.deepEqual([settings.signalOnHup.signal, settings.signalOnTerm.signal], [expected, expected]);
  },
  title: (_, given) => `the signal ${given} is known`,
});

test(signal, 'QUIT', 'QUIT');
test(signal, 'SIGQUIT', 'QUIT');
test(signal, 'sigquit', 'QUIT');
test(signal, 'usr1', 'USR1');
test(signal, '3', 'QUIT');
test(signal, 'WINCH', 'WINCH');

const named = test.macro({
  exec: (t, command: string, expected: string) => {
    t.deepEqual(readConfig({}, [command], {}).name, {value: expected, given: false});
  },
  title: (_, command: string) => `the instance of ${command.slice(0, 30)} has a name that can be a file's`,
});

test(named, './srv', 'srv');
test(named, '/usr/bin/my server', 'my_server');
test(named, '/opt/.hidden', '_hidden');
test(named, '-x', '_x');
test(named, 'x'.repeat(100), 'x'.repeat(64));
test(named, 'größe', 'gr__e');

test('a name that is given is kept', t => {
  t.deepEqual(config({name: 'shop@2.0_a-b'}).name, {value: 'shop@2.0_a-b', given: true});
});

const backlog = test.macro({
  exec: (t, given: string, expected: number | null) => t.is(config({backlog: given}).backlog, expected),
  title: (_, given) => `--backlog=${given} is taken`,
});

test(backlog, '1', 1);
test(backlog, '4096', 4096);
test('a backlog of 0 is the default, as with start_server', backlog, '0', null);

const refused = test.macro({
  exec: (t, option: keyof RawOptions, value: string) => {
    t.like(
      refusalOf(() => config({[option]: value})),
      {code: 'option-invalid', option, value},
    );
  },
  title: (_, option: string, value: string) => `--${option}=${value.slice(0, 20)} is refused`,
});

for (const option of [
  'interval',
  'auto-restart-interval',
  'kill-old-delay',
  'stop-timeout',
  'max-interval',
] as const) {
  for (const value of ['', '-1', 'soon', '1 2', '1d', '99999999999', 'Infinity', '1e3']) {
    test(refused, option, value);
  }
}
for (const option of ['signal-on-hup', 'signal-on-term'] as const) {
  for (const value of ['', 'FOO', 'SIG', '0', '999', 'TERM,QUIT', 'SIGSIGTERM']) test(refused, option, value);
}
for (const value of ['', '-1', 'many', '1.5', '99999999999', '0x10']) test(refused, 'backlog', value);
for (const value of ['', 'true', 'Yes', '1']) test(refused, 'nonblocking', value);
for (const value of ['', '.', '..', '../x', 'a/b', '-x', 'a b', 'x'.repeat(65), 'ü']) {
  test(refused, 'name', value);
}
for (const value of ['', '-1', '1.5', 'auto', '1025']) {
  test(refused, 'rolling', value);
  test(refused, 'max-retiring', value);
}
for (const value of ['', '0', '-1', 'two', '1025']) test(refused, 'workers', value);
for (const value of ['', 'exec', 'exec= ', 'fd=3', 'now']) test(refused, 'ready', value);
for (const value of ['', 'JSON', 'xml']) test(refused, 'log-format', value);
test(refused, 'ready-timeout', '5s');
test(refused, 'control', 'x'.repeat(108));
for (const option of ['dir', 'pid-file', 'status-file', 'log-file', 'metrics-file', 'control'] as const) {
  test(refused, option, '');
}
for (const value of ['|', ' | \t', '-']) test(refused, 'log-file', value);

test('a log file of any other name, and any other command, is taken as it is', t => {
  for (const value of ['./-', '| :', '|cat', 'a|b', '--']) t.is(config({'log-file': value}).logFile, value);
});

test('each form of --ready is read, with its time', t => {
  const ways = ['notify', 'fd', 'exec=test -e /x=y'].map(ready => config({ready, 'ready-timeout': '5s'}));
  t.deepEqual(
    ways.map(({ready}) => ready),
    [{how: 'notify'}, {how: 'fd'}, {how: 'exec', command: 'test -e /x=y'}],
  );
  for (const {settings} of ways) t.deepEqual(settings.readiness, {by: 'signal', timeoutMs: 5000});
  t.deepEqual(config({ready: 'fd'}).settings.readiness, {by: 'signal', timeoutMs: 60_000});
});

test('counts, durations and formats are read', t => {
  const {workers, killGroup, captureStderr, logFormat, settings} = config({
    workers: '3',
    rolling: '1',
    'max-retiring': '0',
    'max-interval': '1m',
    'stop-timeout': '10',
    'kill-group': true,
    'capture-stderr': true,
    'log-format': 'json',
  });
  t.deepEqual([workers, killGroup, captureStderr, logFormat], [3, true, true, 'json']);
  t.like(settings, {rolling: 1, maxRetiring: 0, maxIntervalMs: 60_000, stopTimeoutMs: 10_000});
  t.true(config({workers: 'auto'}).workers >= 1);
});

test('a server program must be given', t => {
  for (const program of [[], ['']]) t.is(refusalOf(() => readConfig({}, program, {})).code, 'usage');
});

test('--daemonize needs a log file, because there is no terminal to write to', t => {
  const failure = refusalOf(() => config({daemonize: true}));
  t.is(failure.code, 'usage');
  t.regex('problem' in failure ? failure.problem : '', /--log-file/);
  t.is(config({daemonize: true, 'log-file': '/x'}).logFile, '/x');
});
