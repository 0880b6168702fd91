import test from 'ava';
import {executedBySh} from '../../../src/daemon/workers/passing/by-shell.js';
import {type Passable, variablesFor} from '../../../src/daemon/workers/passing/variables.js';

const listener = (name: string, fd: number, given?: string): Passable => ({
  ...{name, fd, type: 'tcp', address: name},
  passed: given === undefined ? null : {fd: 9, name: given},
});
const HOW = {generation: 2, of: 1};

test('the names of LISTEN_FDNAMES are in the order of the descriptors, and no name has a colon in it', t => {
  const listeners = [listener('127.0.0.1:80', 5), listener('/run/ä\n', 3), listener('[::1]:81', 4, 'web')];
  t.like(variablesFor(listeners, HOW, {listenFds: true}), {
    SERVER_STARTER_PORT: '127.0.0.1:80=5;/run/ä\n=3;[::1]:81=4',
    LISTEN_FDS: '3',
    LISTEN_FDNAMES: '/run/__:web:127.0.0.1_80',
  });
  t.is(variablesFor([listener('x'.repeat(300), 3)], HOW, {listenFds: true}).LISTEN_FDNAMES, 'x'.repeat(255));
});

test('without --listen-fds, or without listeners, there are no such variables', t => {
  const names = (listeners: readonly Passable[], listenFds: boolean) =>
    Object.keys(variablesFor(listeners, HOW, {listenFds})).filter(name => name.startsWith('LISTEN_'));
  t.deepEqual(names([listener('80', 3)], false), []);
  t.deepEqual(names([], true), []);
});

const command = (path: string, ...argv: string[]) => ({path, argv});
const wordsOf = (path: string, argv: string[], env: Record<string, string>) =>
  executedBySh(command(path, ...argv), env, () => false).argv.slice(4);

test('sh executes the program under the name that was given', t => {
  t.is(executedBySh(command('/bin/a', 'a'), {}).path, '/bin/sh');
  t.deepEqual(wordsOf('/bin/a', ['a', '-x', '$y'], {PATH: '/bin'}), ['a', '-x', '$y']);
  t.deepEqual(wordsOf('/bin/-a', ['-a'], {PATH: '/bin'}), ['/bin/-a']);
  t.deepEqual(wordsOf('/bin/a', ['a'], {}), ['/bin/a']);
});

test('what sh would add is taken away', t => {
  t.regex(executedBySh(command('/bin/a', 'a'), {PWD: '/'}).argv[2] ?? '', /^unset OLDPWD SHLVL; LISTEN_PID=/);
});

test('what does not come through sh is given back by env', t => {
  const env = {PATH: '/bin', A_1: 'x', 'a.b': '1 2', PWD: '/x', '1a': '', '--chdir': '/'};
  const given = ['/usr/bin/env', '--', '1a=', 'a.b=1 2', 'PWD=/x', '--chdir=/'];
  t.deepEqual(wordsOf('/bin/a', ['a'], env).sort(), [...given, 'a'].sort());
  t.deepEqual(wordsOf('/bin/a', ['a'], env).slice(0, 2), ['/usr/bin/env', '--']);
  t.deepEqual(wordsOf('./a=b', ['./a=b'], {...env}).slice(-5), ['nice', '-n', '0', '--', './a=b']);
});

test('bash lets every name through, so no value is among the arguments', t => {
  const {path, argv} = executedBySh(
    command('/bin/a', 'a'),
    {PATH: '/bin', 'db.password': 'secret'},
    () => true,
  );
  t.is(path, '/bin/bash');
  t.deepEqual(
    [argv.slice(0, 3), argv.slice(4)],
    [
      ['bash', '-p', '-c'],
      ['sh', '/usr/bin/env', '-u', 'SHLVL', '--', 'a'],
    ],
  );
});
