/** The commands of docs/questions.md. test/e2e/start/package.test.ts has the one that uninstalls. */
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {askHttp} from '../helpers/sockets.js';
import {blocks} from './page.js';
import {openTerminal} from './session.js';

const lines = (contains: string) => {
  const found = blocks('docs/questions.md').filter(block => block.includes(contains));
  if (found.length !== 1) throw new Error(`${found.length} blocks have ${contains}`);
  return (found[0] ?? '').trim().split('\n');
};

const SLEEPER = '#!/bin/sh\nexec sleep 1000\n';

test('every worker reads the .env file again', async t => {
  const {rig, port, leave, type} = await openTerminal(t);
  const server = `import http from 'node:http';
http.createServer((_request, response) => response.end(process.env.GREETING))
  .listen({fd: Number(process.env.SERVER_STARTER_PORT.split('=')[1])});
`;
  writeFileSync(rig.path('server.mjs'), server);
  writeFileSync(rig.path('.env'), 'GREETING=hello\n');
  const ssd = leave(lines('.env')[0] ?? '');
  await ssd.line(/generation 1 is ready/);
  t.regex(await askHttp(port), /hello$/);
  writeFileSync(rig.path('.env'), 'GREETING=welcome\n');
  t.is((await type('ssctl restart')).code, 0);
  t.regex(await askHttp(port), /welcome$/);
});

test('a rollback goes back, and a restart stays there once the link has been switched', async t => {
  const {rig, leave, type} = await openTerminal(t, {'/srv/app': 'app'});
  for (const release of ['v1', 'v2']) {
    mkdirSync(rig.path(`app/releases/${release}`), {recursive: true});
    writeFileSync(rig.path(`app/releases/${release}/server`), SLEEPER, {mode: 0o755});
  }
  symlinkSync('releases/v1', rig.path('app/current'));
  const ssd = leave('ssd --name=app --release=/srv/app/current -- ./server');
  await ssd.line(/generation 1 is ready/);
  await type('ln -sfn releases/v2 /srv/app/current');
  t.regex((await type('ssctl restart')).stdout, /serves from \S+\/v2,/);
  for (const line of lines('ssctl -n app rollback')) t.is((await type(line)).code, 0, line);
  t.regex((await type('ssctl restart')).stdout, /serves from \S+\/v1,/);
});

test('an earlier release serves again when the link has been switched back', async t => {
  const {rig, leave, type} = await openTerminal(t, {'/srv/app': 'app'});
  for (const release of ['v1', 'v2']) {
    mkdirSync(rig.path(`app/releases/${release}`), {recursive: true});
    const server = SLEEPER.replace('exec', `echo "this is ${release}" >&2\nexec`);
    writeFileSync(rig.path(`app/releases/${release}/server`), server, {mode: 0o755});
  }
  symlinkSync('releases/v2', rig.path('app/current'));
  const ssd = leave('ssd --dir=/srv/app/current -- ./server');
  t.is(await ssd.line(/^this is/), 'this is v2');
  await ssd.line(/generation 1 is ready/);
  for (const line of lines('current\nssctl -n app restart')) t.is((await type(line)).code, 0, line);
  t.is(await ssd.line(/^this is/), 'this is v1');
});

test('ssd is replaced by one with another option', async t => {
  const {rig, leave, type} = await openTerminal(t, {'/run/app.sock': 'app.sock'});
  writeFileSync(rig.path('server'), SLEEPER, {mode: 0o755});
  const ssd = leave('ssd --name=app --port=8080 -- ./server');
  await ssd.line(/generation 1 is ready/);
  for (const line of lines('reexec')) {
    const {code, stdout} = await type(line.replace('reexec -- ', `reexec -- --control=${rig.control} `));
    t.is(code, 0, `${line}: ${stdout}`);
  }
  t.regex((await type('ssctl status')).stdout, /app\.sock/);
});

test('ssd is started again with another option', async t => {
  const {rig, leave, type} = await openTerminal(t);
  writeFileSync(rig.path('server'), SLEEPER, {mode: 0o755});
  const [check = '', stop = '', start = '', ...others] = lines('--check');
  t.deepEqual(others, []);
  t.is(start, check.replace(' --check', ''));
  const first = leave(start.replace(' --workers=2', ''));
  await first.line(/generation 1 is ready/);
  for (const line of [check, stop]) {
    const {code, stdout} = await type(line);
    t.is(code, 0, `${line}: ${stdout}`);
  }
  t.is((await first.exit()).code, 0);
  const second = leave(start);
  await second.line(/generation 1 is ready/);
  t.regex((await type('ssctl status')).stdout, /2 of 2 ready/);
});
