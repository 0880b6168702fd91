import {execFile} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import test from 'ava';
import {inheritedListeners, serverPort, serverPorts} from '../../src/library/index.js';

const env = (ports?: string, types?: string) => ({SERVER_STARTER_PORT: ports, SSD_SOCKET_TYPES: types});

test('a name leads to its descriptor', t => {
  const ports = serverPorts({env: env('8080=3;127.0.0.1:81=4;[::1]:82=5;/run/a b.sock=6')});
  t.deepEqual(
    [...ports],
    [
      ['8080', 3],
      ['127.0.0.1:81', 4],
      ['[::1]:82', 5],
      ['/run/a b.sock', 6],
    ],
  );
});

test('nothing to listen on is an empty map', t => {
  t.deepEqual(serverPorts({env: env('')}), new Map());
  t.deepEqual(inheritedListeners(env('', '')), []);
});

test('a process without a superdaemon gets an error that says so', t => {
  const error = t.throws(() => serverPorts({env: {}}), {code: 'ERR_SERVER_STARTER_PORT'});
  t.regex(error?.message ?? '', /SERVER_STARTER_PORT is not set/);
  t.throws(() => inheritedListeners({}), {code: 'ERR_SERVER_STARTER_PORT'});
});

const refuses = test.macro({
  exec: (t, value: string) => {
    const error = t.throws(() => serverPorts({env: env(value)}), {code: 'ERR_SERVER_STARTER_PORT'});
    t.regex(error?.message ?? '', /entry without a descriptor/);
  },
  title: (_, value) => `SERVER_STARTER_PORT="${value}" is refused`,
});

for (const value of [
  '8080',
  '8080=',
  '8080=x',
  '8080=-1',
  '8080=3;',
  ';',
  '8080=3;;81=4',
  '=',
  ' ',
  '8080= 3',
]) {
  test(refuses, value);
}

test('a name of two listeners means the first one, and a type selects', t => {
  const both = env('8080=3;8080=4;/x=5', '3=udp;4=tcp;5=unix');
  t.deepEqual(
    [...serverPorts({env: both})],
    [
      ['8080', 3],
      ['/x', 5],
    ],
  );
  t.deepEqual([...serverPorts({env: both, type: 'tcp'})], [['8080', 4]]);
  t.deepEqual([...serverPorts({env: both, type: 'udp'})], [['8080', 3]]);
  t.deepEqual([...serverPorts({env: both, type: 'unix'})], [['/x', 5]]);
});

test('the list has every listener in order, with its type', t => {
  t.deepEqual(inheritedListeners(env('8080=4;8080=3', '4=tcp;3=udp')), [
    {name: '8080', fd: 4, type: 'tcp'},
    {name: '8080', fd: 3, type: 'udp'},
  ]);
});

test("under Perl's start_server the types are not known, and names are all there", t => {
  t.deepEqual(inheritedListeners(env('8080=3')), [{name: '8080', fd: 3, type: null}]);
  t.deepEqual([...serverPorts({env: env('8080=3')})], [['8080', 3]]);
  t.deepEqual([...serverPorts({env: env('8080=3'), type: 'tcp'})], []);
});

test('unknown types and types of other descriptors are ignored', t => {
  t.deepEqual(inheritedListeners(env('8080=3', '3=sctp;9=tcp;;x')), [{name: '8080', fd: 3, type: null}]);
});

test('a name with "=" in it is cut at the first, as SERVER_STARTER_PORT cannot carry one', t => {
  t.throws(() => serverPorts({env: env('/a=b=3')}), {code: 'ERR_SERVER_STARTER_PORT'});
});

/** Lists what the entry of the package loads, by a resolve hook that sees every import. */
const LISTER = `
import {register} from 'node:module';
import {MessageChannel, receiveMessageOnPort} from 'node:worker_threads';
const {port1, port2} = new MessageChannel();
const hook = \`
  let port;
  export function initialize(given) { port = given; }
  export async function resolve(specifier, context, next) {
    const found = await next(specifier, context);
    port.postMessage(found.url);
    return found;
  }\`;
register('data:text/javascript,' + encodeURIComponent(hook), {data: port2, transferList: [port2]});
const {serverPorts} = await import(process.argv[1]);
const loaded = [];
for (let got = receiveMessageOnPort(port1); got; got = receiveMessageOnPort(port1)) loaded.push(got.message);
console.log(JSON.stringify({fd: serverPorts({env: {...process.env}}).get('8080'), loaded}));
`;

test('serverPort gives the descriptor of a name, and the names that there are for one that is not', t => {
  const env = {
    SERVER_STARTER_PORT: '127.0.0.1:8080=3;/run/app.sock=4;53=5',
    SSD_SOCKET_TYPES: '3=tcp;4=unix;5=udp',
  };
  t.is(serverPort('127.0.0.1:8080', {env}), 3);
  t.is(serverPort(53, {env}), 5);
  const refused = (name: string, more: object) => t.throws(() => serverPort(name, {env, ...more}));
  t.like(refused('8080', {}), {
    code: 'ERR_SERVER_STARTER_NAME',
    message: 'no listener is named "8080": there are 127.0.0.1:8080, /run/app.sock, 53',
  });
  t.is(refused('53', {type: 'tcp'})?.message, 'no tcp listener is named "53": there are 127.0.0.1:8080');
  t.is(
    refused('80', {env: {SERVER_STARTER_PORT: ''}})?.message,
    'no listener is named "80": there is no listener at all',
  );
});

test('importing the package loads its own two files and nothing else: no koffi, no yargs', async t => {
  const entry = fileURLToPath(new URL('../../src/library/index.js', import.meta.url));
  const {stdout} = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', LISTER, entry], {
    env: {...process.env, SERVER_STARTER_PORT: '8080=3'},
  });
  const {fd, loaded} = JSON.parse(stdout);
  t.is(fd, 3);
  t.deepEqual(
    loaded
      .filter((url: string) => url !== 'node:fs')
      .map((url: string) => url.replace(/^.*\/(src\/.*)$/, '$1')),
    ['src/library/index.js', 'src/library/server-ports.js'],
  );
});

test('a descriptor that was not passed on is an error that names likely causes', async t => {
  const entry = fileURLToPath(new URL('../../src/library/index.js', import.meta.url));
  const script = `
    const {serverPorts} = await import(process.argv[1]);
    try { serverPorts(); } catch ({code, message}) { console.log(JSON.stringify({code, message})); }`;
  for (const fd of [3, 700]) {
    const {stdout} = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', script, entry],
      {
        env: {...process.env, SERVER_STARTER_PORT: `8080=${fd}`},
      },
    );
    t.deepEqual(JSON.parse(stdout), {
      code: 'ERR_SERVER_STARTER_FD',
      message: `descriptor ${fd} of SERVER_STARTER_PORT (8080) is not a socket in this process: npm, npx, tsx, nodemon and the like do not pass descriptors on; let ssd start node itself`,
    });
  }
});
