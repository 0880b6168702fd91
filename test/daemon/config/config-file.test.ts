import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {parseByYargs} from '../../../src/daemon/config/yargs.js';
import {refusalOf} from '../../helpers/refusal.js';

/** A file with this text, and the options with which it is read. */
function fileWith(t: ExecutionContext, text: string): {path: string; args: string[]} {
  const directory = mkdtempSync('/tmp/ssdt-');
  t.teardown(() => rmSync(directory, {recursive: true}));
  const path = join(directory, 'ssd.json');
  writeFileSync(path, text);
  return {path, args: [`--config=${path}`]};
}

function parse(t: ExecutionContext, found: object, args: readonly string[] = []) {
  const file = fileWith(t, JSON.stringify(found));
  const {options, program} = parseByYargs([...file.args, ...args]);
  const {config, ...others} = options;
  t.is(config, file.path);
  return {options: others, program};
}

test('numbers, strings and arrays become what the command line would give', t => {
  const {options, program} = parse(t, {
    port: [8080, '127.0.0.1:u53'],
    path: '/x',
    interval: 0.5,
    workers: 'auto',
    'enable-auto-restart': true,
    daemonize: false,
    'ready-timeout': '5s',
    'fast-open': true,
    'defer-accept': 3,
    program: ['node', 'server.js', '--port=1'],
  });
  t.deepEqual(options, {
    port: ['8080', '127.0.0.1:u53'],
    path: ['/x'],
    interval: '0.5',
    workers: 'auto',
    'enable-auto-restart': true,
    daemonize: false,
    'ready-timeout': '5s',
    'fast-open': '256',
    'defer-accept': '3',
  });
  t.deepEqual(program, ['node', 'server.js', '--port=1']);
});

test('the command line wins, and replaces a list as a whole', t => {
  const found = {port: [1, 2], interval: 3, daemonize: true, 'kill-group': true, program: ['a', 'b']};
  const args = ['--port=8', '--port=9', '--interval=4', '--interval=5', '--daemonize=false', '--', 'c'];
  t.deepEqual(parse(t, found, args), {
    options: {port: ['8', '9'], interval: '5', daemonize: false, 'kill-group': true},
    program: ['c'],
  });
});

test('a name with a dot or two leading underscores is not an option', t => {
  for (const key of ['a.b', '__proto__', 'constructor', 'extends', 'pidFile']) {
    const {path, args} = fileWith(t, `{${JSON.stringify(key)}: {}}`);
    const failure = refusalOf(() => parseByYargs(args));
    t.like(failure, {code: 'config-invalid', path, key});
    t.regex('problem' in failure ? failure.problem : '', /^there is no such option/);
  }
});

const refused = test.macro({
  exec: (t, text: string, key: string | null, says: RegExp) => {
    const {path, args} = fileWith(t, text);
    const failure = refusalOf(() => parseByYargs(args));
    t.like(failure, {code: 'config-invalid', path, key});
    const problem = 'problem' in failure ? failure.problem : '';
    t.regex(problem, says);
    t.notRegex(problem, /\n/);
  },
  title: (_, text: string) => `a file is refused: ${JSON.stringify(text)}`,
});

for (const text of ['', '{', '{"port": 80,\n}', 'port: 80'])
  test(refused, text, null, /^it is not valid JSON: /);
for (const text of ['[]', 'null', '"port"', '8080']) test(refused, text, null, /one object/);
for (const value of ['true', 'null', '{}', '[1,[2]]', '[null]']) {
  test(refused, `{"port": ${value}}`, 'port', /^expected a string or a number, or an array of them$/);
}
for (const value of ['1', 'true', 'null', '[]', '["a"]', '{}']) {
  test(refused, `{"name": ${value}}`, 'name', /^expected a string$/);
}
test(refused, '{"fast-open": false}', 'fast-open', /^expected true, a string, or a number$/);
test(refused, '{"path-mode": 660}', 'path-mode', /^expected a string$/);
test(refused, '{"interval": ["1"]}', 'interval', /^expected a string or a number$/);
for (const value of ['1', '"true"', 'null', '[]']) {
  test(refused, `{"daemonize": ${value}}`, 'daemonize', /^expected true or false$/);
}
for (const value of ['"node x"', '[]', '["a", 1]', 'null', '{}']) {
  test(refused, `{"program": ${value}}`, 'program', /^expected an array of strings/);
}
for (const key of ['config', 'check', 'restart', 'stop', 'timeout', 'help', 'version']) {
  test(refused, `{"${key}": true}`, key, /only on the command line/);
}

test('a file may begin with a byte order mark', t => {
  const {args} = fileWith(t, '\uFEFF{"name": "web"}');
  t.is(parseByYargs(args).options.name, 'web');
});

test('a file that cannot be read, no file, and two files are refused', t => {
  const {args} = fileWith(t, '{}');
  t.like(
    refusalOf(() => parseByYargs(['--config=/nonexistent'])),
    {code: 'config-unreadable', path: '/nonexistent', cause: 'ENOENT'},
  );
  t.like(
    refusalOf(() => parseByYargs(['--config=/tmp'])),
    {code: 'config-unreadable', cause: 'EISDIR'},
  );
  t.like(
    refusalOf(() => parseByYargs(['--config='])),
    {code: 'option-invalid', option: 'config'},
  );
  t.like(
    refusalOf(() => parseByYargs([...args, ...args])),
    {code: 'usage', problem: '--config may be given once', see: 'ssd'},
  );
});

const long = 'x'.repeat(40);
for (const [text, says] of [
  ['// a comment\n{"port": 8080}', "Unexpected token '/' at line 1, column 1"],
  ['{"a": tru}', "Unexpected token '}' at line 1, column 10"],
  [`{"${long}": 1,\n "b": /x, "${long}": 1}`, "Unexpected token '/' at line 2, column 7"],
  [`{"${long}": 1,\n "b": /`, "Unexpected token '/' at line 2, column 7"],
  ['{"port": 80,\n', 'Expected double-quoted property name at line 2, column 1'],
  ['', 'Unexpected end of JSON input at line 1, column 1'],
] as const) {
  test(`a mistake is told with its place: ${JSON.stringify(text)}`, t => {
    const {args} = fileWith(t, text);
    const failure = refusalOf(() => parseByYargs([...args]));
    t.is('problem' in failure ? failure.problem : '', `it is not valid JSON: ${says}`);
  });
}
