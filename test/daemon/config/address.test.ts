import test from 'ava';
import {
  type ListenerSpec,
  MAX_VARIABLE,
  parsePath,
  parsePort,
  placeListeners,
  portVariable,
  typesVariable,
} from '../../../src/daemon/config/address.js';
import {refusalOf} from '../../helpers/refusal.js';

type Port = {
  readonly type: 'tcp' | 'udp';
  name: string;
  host: string | null;
  port: number;
  fd: number | null;
};

const reads = test.macro({
  exec: (t, value: string, expected: Port) => t.deepEqual(parsePort(value), expected),
  title: (_, value) => `--port=${value} is understood`,
});

const tcp = (name: string, host: string | null, port: number, fd: number | null = null): Port => ({
  type: 'tcp',
  name,
  host,
  port,
  fd,
});
const udp = (name: string, host: string | null, port: number, fd: number | null = null): Port => ({
  ...tcp(name, host, port, fd),
  type: 'udp',
});

test(reads, '8080', tcp('8080', null, 8080));
test(reads, '0', tcp('0', null, 0));
test(reads, '65535', tcp('65535', null, 65535));
test(reads, '08080', tcp('8080', null, 8080));
test(reads, ' 8080 ', tcp('8080', null, 8080));
test(reads, '127.0.0.1:8080', tcp('127.0.0.1:8080', '127.0.0.1', 8080));
test(reads, 'localhost:8080', tcp('localhost:8080', 'localhost', 8080));
test(reads, '[::1]:8080', tcp('[::1]:8080', '::1', 8080));
test(reads, '[fe80::1%eth0]:8080', tcp('[fe80::1%eth0]:8080', 'fe80::1%eth0', 8080));
test(reads, 'u53', udp('53', null, 53));
test(reads, '127.0.0.1:u53', udp('127.0.0.1:53', '127.0.0.1', 53));
test(reads, '[::1]:u53', udp('[::1]:53', '::1', 53));
test(reads, 'localhost:u53=4', udp('localhost:53', 'localhost', 53, 4));
test(reads, '8080=0', tcp('8080', null, 8080, 0));
test(reads, '8080=7', tcp('8080', null, 8080, 7));
test(reads, '8080 = 7', tcp('8080', null, 8080, 7));
test(reads, 'u8080=7', udp('8080', null, 8080, 7));
test(reads, '127.0.0.1:8080=7', tcp('127.0.0.1:8080', '127.0.0.1', 8080, 7));
test(reads, '[::1]:8080=7', tcp('[::1]:8080', '::1', 8080, 7));

const refuses = test.macro({
  exec: (t, value: string, problem: RegExp) => {
    const failure = refusalOf(() => parsePort(value));
    t.like(failure, {code: 'option-invalid', option: 'port', value});
    t.regex('problem' in failure ? failure.problem : '', problem);
  },
  title: (_, value) => `--port=${JSON.stringify(value)} is refused`,
});

const FORMS = /expected \[HOST:\]\[u\]PORT/;
for (const value of ['x', 'http', '-1', '+80', '1.5', '0x50', '8080=', '8080=x', '8080=-1', '=3']) {
  test(refuses, value, FORMS);
}
for (const value of ['[]:8080', '[::1]', 'localhost:', 'localhost:x', 't80', '80u', '8080/sctp', 'ftp://x']) {
  test(refuses, value, FORMS);
}
for (const value of ['', ' ']) test(refuses, value, /^the value is empty; is a variable not set\?$/);
for (const value of [':80', '*:80']) test(refuses, value, /^a bare 80 .*, \[::\]:80 on every IPv6 address$/);
test(refuses, ':u53=4', /^a bare u53=4 .*, \[::\]:u53=4 /);
test(refuses, '80/TCP', /: give 80$/);
test(refuses, 'localhost:53/udp', /: give localhost:u53$/);
test(refuses, 'tcp://0.0.0.0:80', /: give 0\.0\.0\.0:80$/);
test(refuses, 'udp://[::1]:53', /: give \[::1\]:u53$/);
test(refuses, '/run/a.sock', /^it is a path; give --path=\/run\/a\.sock$/);
test(refuses, 'unix:///run/a.sock', /give --path=\/run\/a\.sock$/);
for (const value of ['80,81', '80 81', '8000-8010']) test(refuses, value, /^one --port is one port/);
test(refuses, '65536', /at most 65535/);
test(refuses, '127.0.0.1:99999999999999999999', /at most 65535/);
test(refuses, '8080=1048576', /descriptor is at most 1048575/);
test(refuses, 'a;b:80', /";"/);
test(refuses, 'a=b:80', /"="/);
test(refuses, 'a b:80', /blank/);
test(refuses, 'a\nb:80', /./);

test('a path is taken as it is given', t => {
  t.deepEqual(parsePath('./a b/x.sock'), {type: 'unix', name: './a b/x.sock', fd: null});
  t.deepEqual(parsePath('@app/web'), {type: 'unix', name: '@app/web', fd: null});
  t.deepEqual(parsePath('x'.repeat(107)), {type: 'unix', name: 'x'.repeat(107), fd: null});
});

const refusesPath = test.macro({
  exec: (t, value: string, problem: RegExp) => {
    const failure = refusalOf(() => parsePath(value));
    t.like(failure, {code: 'option-invalid', option: 'path', value});
    t.regex('problem' in failure ? failure.problem : '', problem);
  },
  title: (given, value: string) =>
    given ?? `--path=${value.slice(0, 20)} (${value.length} letters) is refused`,
});

test(refusesPath, '', /is empty/);
test(refusesPath, '/tmp/a;b', /";"/);
test(refusesPath, '/tmp/a=b', /"="/);
test(refusesPath, 'x'.repeat(108), /108 bytes.* at most 107/);
test('the length of a path counts in bytes', refusesPath, 'ä'.repeat(54), /108 bytes/);

test('descriptors are assigned from 3 upwards, in the order of the command line', t => {
  const placed = placeListeners([parsePort('80'), parsePort('u80'), parsePath('/x')]);
  t.deepEqual(
    placed.map(({fd}) => fd),
    [3, 4, 5],
  );
});

test('a requested descriptor stays free for its listener, in any order', t => {
  const numbers = (...ports: string[]) => placeListeners(ports.map(parsePort)).map(({fd}) => fd);
  t.deepEqual(numbers('80', '81=3'), [4, 3]);
  t.deepEqual(numbers('81=3', '80'), [3, 4]);
  t.deepEqual(numbers('80', '81', '82=4', '83=3', '84'), [5, 6, 4, 3, 7]);
  t.deepEqual(numbers('80=0', '81'), [0, 3]);
});

test('the variables of workers list every listener in the order of the command line', t => {
  const placed = placeListeners([parsePort('80'), parsePort('[::1]:u80=7'), parsePath('/x')]);
  t.is(portVariable(placed), '80=3;[::1]:80=7;/x=4');
  t.is(typesVariable(placed), '3=tcp;7=udp;4=unix');
  t.is(portVariable([]), '');
  t.is(typesVariable([]), '');
});

test('the same listener twice is refused, TCP and UDP on one port are not', t => {
  t.deepEqual(
    refusalOf(() => placeListeners([parsePort('80'), parsePort('80=7')])),
    {code: 'listener-duplicate', type: 'tcp', name: '80'},
  );
  t.deepEqual(
    refusalOf(() => placeListeners([parsePath('/x'), parsePath('/x')])),
    {code: 'listener-duplicate', type: 'unix', name: '/x'},
  );
  t.is(placeListeners([parsePort('80'), parsePort('u80')]).length, 2);
});

test('a descriptor that is requested twice is refused, and both listeners are named', t => {
  t.deepEqual(
    refusalOf(() => placeListeners([parsePort('80=3'), parsePort('81'), parsePort('[::1]:82=3')])),
    {code: 'descriptor-duplicate', fd: 3, names: ['80', '[::1]:82']},
  );
});

test('a variable takes as many listeners as fit, and more are refused', t => {
  const ports = (count: number) =>
    Array.from({length: count}, (_, index) => tcp(String(10_000 + index), null, 0));
  const failure = refusalOf(() => placeListeners(ports(14_000)));
  t.like(failure, {code: 'too-many-listeners', variable: 'SERVER_STARTER_PORT', limit: MAX_VARIABLE});
  t.true('bytes' in failure && failure.bytes > MAX_VARIABLE);

  // "10000=3;": the digits decide how many fit.
  const fitting = placeListeners(ports(11_000));
  t.true(`SERVER_STARTER_PORT=${portVariable(fitting)}`.length < MAX_VARIABLE);
});

test('10,000 listeners with long names are refused before any is made', t => {
  const specs = Array.from({length: 10_000}, (_, index): ListenerSpec => {
    const name = `/run/app/${index}.sock`;
    return {type: 'unix', name, fd: null};
  });
  t.like(
    refusalOf(() => placeListeners(specs)),
    {code: 'too-many-listeners', variable: 'SERVER_STARTER_PORT'},
  );
});
