/** The commands and sessions of the README. `npm ci` and `npm pack` are left out: `.ci/run` and package.test.ts run those. */
import {once} from 'node:events';
import {readFileSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import test from 'ava';
import {needs} from '../helpers/programs.js';
import {askHttp} from '../helpers/sockets.js';
import {blocks, inRoot} from './page.js';
import {alike, openTerminal, steps} from './session.js';

const block = (contains: string) => blocks('README.md').find(text => text.includes(contains)) ?? '';

test('the commands at the top work, word by word', async t => {
  const {rig, leave, type} = await openTerminal(t);
  writeFileSync(rig.path('server'), '#!/bin/sh\nexec sleep 1000\n', {mode: 0o755});
  const lines = block('kill -HUP').trim().split('\n');
  const [start = '', ...others] = lines.map(line => line.replace(/ +# .*$/, ''));
  const ssd = leave(start);
  await ssd.line(/generation 1 is ready/);
  t.deepEqual(others, ['ssctl restart', 'ssctl status', 'kill -HUP <pid of ssd>', 'ssctl stop']);
  for (const command of others) {
    const {code, stdout} = await type(command.replace('<pid of ssd>', `${ssd.pid}`));
    t.is(code, 0, `${command}: ${stdout}\n${ssd.stderr()}`);
    if (command.startsWith('kill')) await ssd.line(/restart completed: generation 3/);
  }
});

needs('python3')('a good restart and a broken one look as they are printed', async t => {
  const terminal = await openTerminal(t);
  const {rig, port, leave, type} = terminal;
  const server = (modules: string) => {
    writeFileSync(rig.path('next'), PROGRAM.replace('MODULES', modules), {mode: 0o755});
    return type('mv next server.py');
  };
  await server('os, socket, time');
  const [start, ...good] = steps(block('$ ssd --name=app'));
  leave((start?.command ?? '').replace(/ &$/, ''));
  t.is((await type('ssctl wait ready')).code, 0);
  const run = async ({command, printed}: (typeof good)[number]) => {
    const {code, stdout} = await type(command);
    t.is(alike(stdout, rig.directory), alike(printed), command);
    return code ?? 0;
  };
  for (const step of good) t.is(await run(step), 0);

  // Somebody who stays.
  const client = net.connect(port, '127.0.0.1');
  t.teardown(() => client.destroy());
  await once(client, 'data');
  await server('os, socket, time, requests_oauth');
  const broken = steps(block('requests_oauth'));
  t.deepEqual(
    broken.map(({command}) => command),
    ['ssctl restart', 'ssctl connections'],
  );
  t.is(await run(broken[0] ?? EMPTY), 1);
  t.is(await run(broken[1] ?? EMPTY), 0);
});

const EMPTY = {command: '', printed: ''};

needs('python3')('a canary that is rejected looks as it is printed', async t => {
  const {rig, leave, type} = await openTerminal(t);
  writeFileSync(rig.path('server.py'), PROGRAM.replace('MODULES', 'os, socket, time'), {mode: 0o755});
  const [start, restart] = steps(block('./smoke-test'));
  const [, said = ''] = /the last lines of the check:\n +(.+)/.exec(restart?.printed ?? '') ?? [];
  writeFileSync(rig.path('smoke-test'), `#!/bin/sh\necho '${said}'\nexit 1\n`, {mode: 0o755});
  leave((start?.command ?? '').replace(/ &$/, ''));
  t.is((await type('ssctl wait ready')).code, 0);
  const {code, stdout} = await type(restart?.command ?? '');
  t.is(code, 1);
  t.is(alike(stdout, rig.directory), alike(restart?.printed ?? ''));
});

/** Its second line is what the README quotes. The status text is told with readiness, as there. */
const PROGRAM = `#!/usr/bin/env python3
import MODULES
listener = socket.socket(fileno=int(os.environ['SERVER_STARTER_PORT'].rsplit('=', 1)[1]))
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.sendto(b'READY=1\\nSTATUS=serving', os.environ['NOTIFY_SOCKET'].replace('@', '\\0', 1))
kept = []
while True:
    kept.append(listener.accept()[0])
    kept[-1].send(b'hello')
`;

test('what `npm start` runs serves, and is restarted and stopped by npx', async t => {
  const {start} = JSON.parse(readFileSync(inRoot('package.json'), 'utf8')).scripts;
  const {rig, port, leave, type} = await openTerminal(t);
  const commands = block('npx ssctl').trim().split('\n');
  const ssd = leave(start.replace('node dist/bundle/bin/ssd.cjs', `env --chdir=${inRoot('.')} ssd`));
  await ssd.line(/generation 1 is ready/);
  for (const line of commands) {
    const [command = '', comment = ''] = line.split(/ +# /);
    if (command.startsWith('curl')) t.is(alike(await bodyAt(port)), alike(comment.replace('…', '1')), line);
    else {
      const {code, stdout} = await type(`cd ${inRoot('.')} && ${command} --socket=${rig.control}`);
      t.is(code, 0, `${line}: ${stdout}`);
    }
  }
  t.is((await ssd.exit()).code, 0);
});

const bodyAt = async (port: number) => (await askHttp(port)).split('\r\n\r\n')[1] ?? '';

test('the README installs as package.test.ts does', t => {
  // Before `npm ci` there is no compiler to build what is packed.
  const [first, pack, install = ''] = block('npm pack').trim().split(' && ');
  t.is(first, 'npm ci');
  const tested = readFileSync(inRoot('test/e2e/start/package.test.ts'), 'utf8');
  for (const word of `${pack} ${install}`.split(' ').filter(word => !word.startsWith('./')))
    t.true(tested.includes(`'${word}'`), word);
});
