import test from 'ava';
import {
  type Account,
  type Chain,
  chainFor,
  commandThrough,
} from '../../../../src/daemon/workers/privileges/command.js';

const TOOLS = {prlimit: '/bin/prlimit', nice: '/bin/nice', setpriv: '/bin/setpriv', env: '/bin/env'};
const APP: Account = {user: 'app', uid: 1000, gid: 50, hasGroups: true};
const NOTHING = {
  limits: [],
  nice: null,
  noNewPrivs: false,
  onDeath: 'keep',
  account: null,
  ownNice: 0,
  maySetBounds: true,
} as const;
const WORKER = {path: './web', argv: ['web', '-x'], env: {A: 'a'}};

const chain = (asked: Partial<Parameters<typeof chainFor>[0]>): Chain =>
  chainFor({...NOTHING, ...asked}, TOOLS);

test('with nothing to change the program is executed as it is', t => {
  t.is(commandThrough(chain({}), WORKER), WORKER);
});

test('limits come before the niceness, and the user comes last', t => {
  const all = chain({limits: ['nofile=9', 'core=0:1'], nice: 5, account: APP});
  t.deepEqual(commandThrough(all, WORKER), {
    path: '/bin/prlimit',
    argv: [
      ...['/bin/prlimit', '--nofile=9', '--core=0:1', '--'],
      ...['/bin/nice', '-n', '5', '--'],
      ...['/bin/setpriv', '--reuid=app', '--regid=50', '--init-groups', '--inh-caps=-all', '--'],
      ...['/bin/env', '--', './web', '-x'],
    ],
    env: {A: 'a'},
  });
});

test('the niceness is that of the option, whatever ssd has', t => {
  t.deepEqual(chain({nice: 5, ownNice: 10}).before, ['/bin/nice', '-n', '-5', '--']);
  t.deepEqual(chain({nice: 5, ownNice: 5}).before, []);
});

const identity = test.macro((t, asked: Partial<Parameters<typeof chainFor>[0]>, ...words: string[]) => {
  t.deepEqual(chain(asked).before, ['/bin/setpriv', ...words, '--']);
});

test('--on-death alone', identity, {onDeath: 'term'}, '--pdeathsig=TERM');
test(
  'a user with --on-death',
  identity,
  {onDeath: 'kill', account: APP},
  ...['--reuid=app', '--regid=50', '--init-groups', '--inh-caps=-all', '--pdeathsig=KILL'],
);
test('--no-new-privs alone', identity, {noNewPrivs: true}, '--no-new-privs');
test(
  'a user with --no-new-privs has no bounding set either',
  identity,
  {account: APP, noNewPrivs: true},
  ...['--reuid=app', '--regid=50', '--init-groups', '--inh-caps=-all', '--bounding-set=-all'],
  '--no-new-privs',
);
test(
  'the bounding set stays where ssd may not change it',
  identity,
  {account: APP, noNewPrivs: true, maySetBounds: false},
  ...['--reuid=app', '--regid=50', '--init-groups', '--inh-caps=-all', '--no-new-privs'],
);
test(
  'a group alone',
  identity,
  {account: {user: null, uid: 0, gid: 50, hasGroups: false}},
  '--regid=50',
  '--clear-groups',
);
test(
  'a number that no user has is in no other group',
  identity,
  {account: {user: '4711', uid: 4711, gid: 50, hasGroups: false}},
  ...['--reuid=4711', '--regid=50', '--clear-groups', '--inh-caps=-all'],
);

test('variables that load code reach the program, but no tool that runs with the rights of ssd', t => {
  const env = {A: 'a', LD_PRELOAD: '/x.so', GCONV_PATH: '/g', LDX: 'b', TMPDIR: '/t', MALLOC_TRACE: '/m'};
  const {argv, env: left} = commandThrough(chain({account: APP}), {...WORKER, env});
  t.deepEqual(argv.slice(argv.indexOf('--') + 1), [
    ...['/bin/env', '--', 'LD_PRELOAD=/x.so', 'GCONV_PATH=/g', 'MALLOC_TRACE=/m', './web', '-x'],
  ]);
  t.deepEqual(left, {A: 'a', LDX: 'b', TMPDIR: '/t'});
});

test('env(1) does not take a path for a variable', t => {
  const command = {path: '/a=b/web', argv: ['web'], env: {LD_PRELOAD: '/x.so'}};
  const {argv} = commandThrough(chain({account: APP}), command);
  t.deepEqual(argv.slice(argv.indexOf('--') + 1), [
    ...['/bin/env', '--', 'LD_PRELOAD=/x.so', '/bin/setpriv', '--', '/a=b/web'],
  ]);
});

test('where workers stay the same user, their variables reach the tools', t => {
  const env = {LD_PRELOAD: '/x.so'};
  t.deepEqual(commandThrough(chain({nice: 5}), {...WORKER, env}), {
    path: '/bin/nice',
    argv: ['/bin/nice', '-n', '5', '--', './web', '-x'],
    env,
  });
});
