import test from 'ava';
import {
  instanceDirectories,
  instanceDirectory,
  isInstanceName,
  nameFromFile,
  pathProblem,
  socketPath,
} from '../../src/shared/instance-paths.js';

test('a name is that of a file, and begins with no dot or dash', t => {
  for (const name of ['a', 'web', 'Web_2', '9', 'a.b', 'a@b', 'a-b', '_', 'x'.repeat(64)]) {
    t.true(isInstanceName(name), name);
  }
  for (const name of ['', '.', '..', '.a', '-a', '@a', 'a/b', 'a b', 'a\n', 'a\0', 'ü', 'x'.repeat(65)]) {
    t.false(isInstanceName(name), JSON.stringify(name));
  }
});

test('root has one place, others their runtime directory, or one in /tmp', t => {
  t.is(instanceDirectory({XDG_RUNTIME_DIR: '/run/user/0'}, 0), '/run/ssd');
  const isOut = (path: string) => path.includes('/0');
  t.is(instanceDirectory({XDG_RUNTIME_DIR: '/run/user/7'}, 7, isOut), '/run/user/7/ssd');
  t.is(instanceDirectory({XDG_RUNTIME_DIR: '/run/user/7/'}, 7, isOut), '/run/user/7/ssd');
  t.is(instanceDirectory({XDG_RUNTIME_DIR: '/run/user/0'}, 7, isOut), '/tmp/ssd-7');
  t.is(instanceDirectory({XDG_RUNTIME_DIR: '/no/such/directory'}, 7), '/tmp/ssd-7');
  for (const XDG_RUNTIME_DIR of [undefined, '', 'relative', './run']) {
    t.is(instanceDirectory({XDG_RUNTIME_DIR}, 7), '/tmp/ssd-7');
  }
});

test('instances are looked for in every place of the user, each once', t => {
  t.deepEqual(instanceDirectories({XDG_RUNTIME_DIR: '/x'}, 0), ['/run/ssd']);
  t.deepEqual(instanceDirectories({XDG_RUNTIME_DIR: '/x'}, 7), ['/x/ssd', '/run/user/7/ssd', '/tmp/ssd-7']);
  t.deepEqual(instanceDirectories({XDG_RUNTIME_DIR: '/run/user/7'}, 7), ['/run/user/7/ssd', '/tmp/ssd-7']);
  t.deepEqual(instanceDirectories({}, 7), ['/tmp/ssd-7', '/run/user/7/ssd']);
});

test('the name of an instance and the file of its socket lead to each other', t => {
  t.is(socketPath('/run/ssd', 'web'), '/run/ssd/web.sock');
  t.is(nameFromFile('web.sock'), 'web');
  t.is(nameFromFile('a.b.sock'), 'a.b');
  for (const file of ['web', 'web.sock.old', 'web.SOCK', 'sock']) t.is(nameFromFile(file), null, file);
});

test('a path has at most 107 bytes, whatever its characters are', t => {
  t.is(pathProblem('x'.repeat(107)), null);
  t.is(pathProblem('x'.repeat(108)), 'it has 108 bytes; a unix socket path has at most 107');
  t.is(pathProblem('ü'.repeat(53)), null);
  t.regex(pathProblem('ü'.repeat(54)) ?? '', /^it has 108 bytes/);
});
