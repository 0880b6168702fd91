import test from 'ava';
import {type Evidence, hintFor} from '../../../src/daemon/workers/diagnosis.js';
import type {Hint} from '../../../src/shared/protocol/event.js';

const EARLY: Evidence = {
  ending: {type: 'exited', code: 1},
  livedMs: 100,
  lines: ['Error: listen EADDRINUSE: address already in use 0.0.0.0:8080'],
  listeners: [{type: 'tcp', fd: 3}],
  listenFds: false,
  program: '/usr/bin/server',
};

const hinted = test.macro({
  exec: (t, evidence: Partial<Evidence>, hint: Hint | null) => {
    t.is(hintFor({...EARLY, ...evidence}), hint);
  },
  title: (given = '', _evidence, hint) => `${given}: ${hint ?? 'no hint'}`,
});

const said = (...lines: readonly string[]) => ({lines});
const elsewhere = {listeners: [{type: 'tcp', fd: 7}]} as const;

test('node: the address is in use', hinted, {}, 'binds-port-itself');
test('nginx', hinted, said('bind() to 0.0.0.0:80 failed (98: Address already in use)'), 'binds-port-itself');
test('gunicorn', hinted, said("Connection in use: ('0.0.0.0', 80)"), 'binds-port-itself');
test('only unix listeners', hinted, {listeners: [{type: 'unix', fd: 3}]}, null);
test('no listeners', hinted, {listeners: []}, null);
test('it served for long', hinted, {livedMs: 10_001}, null);
const ZERO = {ending: {type: 'exited', code: 0}} as const;
test('it ended with 0', hinted, ZERO, 'may-run-in-background');
test('it ended with 0, and nothing can be read', hinted, {...ZERO, lines: null}, 'may-run-in-background');
test('it ended with 0 after long', hinted, {...ZERO, livedMs: 10_001}, null);
const npm = {program: '/usr/bin/npm'};
for (const line of [
  'Error: listen EINVAL: invalid argument',
  'Error: open EEXIST: file already exists, uv_pipe_open',
  'Error: bind ENOTSOCK',
  'accept: Bad file descriptor',
]) {
  test(`npm, ${line}`, hinted, {...npm, ...said(line)}, 'descriptors-not-passed');
}
test('npm, and nothing can be read', hinted, {...npm, lines: null}, 'descriptors-not-passed');
test('npm without listeners', hinted, {...npm, lines: null, listeners: []}, null);
test('npm, and another error', hinted, {...npm, ...said('SyntaxError')}, null);
test('EINVAL without npm', hinted, said('Error: listen EINVAL'), null);
test(
  'serverPorts in a grandchild',
  hinted,
  said("  code: 'ERR_SERVER_STARTER_FD'"),
  'descriptors-not-passed',
);
for (const line of [
  'LISTEN_FDS is not set',
  'error: No sockets passed in',
  'systemd socket activation required',
  'fatal: no listening sockets found',
  'no systemd listeners found',
  'no file descriptors passed',
]) {
  test(line, hinted, said(line), 'wants-listen-fds');
}
test(
  'no sockets, although there is LISTEN_FDS',
  hinted,
  {...said('No sockets passed in'), listenFds: true},
  'listen-pid-differs',
);
for (const program of ['nginx', '/usr/sbin/php-fpm8.2', '/usr/bin/unicorn', 'puma', 'nghttpx']) {
  test(`${program} binds the port itself`, hinted, {program}, 'wants-fds-as');
}
test('no sockets, and no listeners', hinted, {...said('No sockets passed in'), listeners: []}, null);
test('it was killed', hinted, {ending: {type: 'signalled', signal: 'SIGKILL'}}, null);
test('nothing can be read', hinted, {lines: null}, 'may-bind-port-itself');
test(
  'nothing can be read, only unix listeners',
  hinted,
  {lines: null, listeners: [{type: 'unix', fd: 3}]},
  null,
);
test('it said nothing', hinted, said(), null);
test('glibc misses a library', hinted, said('x: error while loading shared libraries: y'), 'library-missing');
test('musl misses a library', hinted, said('Error loading shared library y:'), 'library-missing');
test(
  'descriptor 3 is bad, and there is none',
  hinted,
  {...said('accept: EBADF'), ...elsewhere},
  'wrong-descriptor',
);
test('3 is no socket', hinted, {...said('Socket operation on non-socket'), ...elsewhere}, 'wrong-descriptor');
test('a bad descriptor, with a listener at 3', hinted, said('EBADF'), null);
test('a word that only contains it', hinted, {...said('XEBADFX'), ...elsewhere}, null);
