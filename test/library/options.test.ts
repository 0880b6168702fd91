import test from 'ava';
import {
  type ConnectOptions,
  connect,
  restartServer,
  type StartServerOptions,
  startServer,
  stopServer,
} from '../../src/library/index.js';

type Wrong = readonly [given: unknown, option: string, message: string];

const CONNECT: readonly Wrong[] = [
  [{nmae: 'x'}, 'nmae', 'unknown option nmae (did you mean name?)'],
  [{port: 80}, 'port', 'unknown option port'],
  [{toString: 'x'}, 'toString', 'unknown option toString'],
  ['app', 'options', "options is 'app': expected an object"],
  [['app'], 'options', "options is [ 'app' ]: expected an object"],
  [null, 'options', 'options is null: expected an object'],
  [new Map([['name', 'x']]), 'options', "options is Map(1) { 'name' => 'x' }: expected an object"],
  [Promise.resolve({name: 'x'}), 'options', 'options is Promise {'],
  [{name: 'x', control: '/x'}, 'control', "option control is '/x': expected a path or a name, not both"],
  [{name: ''}, 'name', "option name is '': expected a name"],
  [{name: null}, 'name', 'option name is null: expected a name'],
  [{control: 5}, 'control', 'option control is 5: expected a path'],
  [{control: ''}, 'control', "option control is '': expected a path"],
  [{control: 'a\0b'}, 'control', "option control is 'a\\x00b': expected a path"],
  [{signal: 5}, 'signal', 'option signal is 5: expected an AbortSignal'],
  [{signal: new AbortController()}, 'signal', 'option signal is AbortController {'],
  [{reconnect: 'yes'}, 'reconnect', "option reconnect is 'yes': expected true or false"],
];

for (const [given, option, message] of CONNECT) {
  test(`connect refuses it: ${message}`, async t => {
    const error = await t.throwsAsync(connect(given as ConnectOptions));
    t.like(error, {code: 'option-invalid', option});
    t.true(error?.message.startsWith(message), error?.message);
  });
}

test('connect takes an option that is undefined as one that is not given', async t => {
  const options = {name: undefined, control: '/no/such/socket', signal: undefined};
  t.like(await t.throwsAsync(connect(options as unknown as ConnectOptions)), {code: 'no-socket'});
});

const START: readonly Wrong[] = [
  [undefined, 'options', 'options is undefined: expected an object'],
  [null, 'options', 'options is null: expected an object'],
  [[], 'options', 'options is []: expected an object'],
  [{exec: ['srv'], signal: 5}, 'signal', 'option signal is 5: expected an AbortSignal'],
  [{exec: ['srv'], prot: 1}, 'prot', 'unknown option prot (did you mean port?)'],
  [{exec: ['sleep', '1000'], http: '0.0.0.0:1'}, 'http', "option http is '0.0.0.0:1': "],
  [{exec: ['srv'], interval: 'soon'}, 'interval', "option interval is 'soon': "],
];

for (const [given, option, message] of START) {
  test(`startServer refuses it: ${message}`, async t => {
    const server = startServer(given as StartServerOptions);
    const error = await t.throwsAsync(server);
    t.like(error, {code: 'option-invalid', option});
    t.true(error?.message.startsWith(message), error?.message);
    t.notRegex(error?.message ?? '', /--/);
    t.is(await t.throwsAsync(server.ready()), error);
  });
}

const MANAGE: readonly Wrong[] = [
  [undefined, 'options', 'options is undefined: expected an object'],
  [{}, 'pidFile', 'option pidFile is undefined: expected a path'],
  [{pidFile: 'x', timout: 1}, 'timout', 'unknown option timout (did you mean timeout?)'],
  [{pidFile: 'x', timeout: 'soon'}, 'timeout', "option timeout is 'soon': "],
  [{pidFile: 'x', timeout: {}}, 'timeout', 'option timeout is {}: expected text or a number'],
  [{pidFile: 'x', control: 5}, 'control', 'option control is 5: expected a path'],
  [{pidFile: 'x', statusFile: ''}, 'statusFile', "option statusFile is '': expected a path"],
];

for (const [given, option, message] of MANAGE) {
  test(`restartServer and stopServer refuse it: ${message}`, async t => {
    for (const manage of [restartServer, stopServer]) {
      const error = await t.throwsAsync(manage(given as Parameters<typeof manage>[0]));
      t.like(error, {code: 'option-invalid', option});
      t.true(error?.message.startsWith(message), error?.message);
    }
  });
}
