/** Runs the commands in the READMEs of examples/ and restarts the servers under traffic. No request is lost. */
import {once} from 'node:events';
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import test, {type ExecutionContext} from 'ava';
import {startTraffic} from '../helpers/clients/traffic.js';
import {watched} from '../helpers/mailbox.js';
import {needs} from '../helpers/programs.js';
import type {Running} from '../helpers/rig.js';
import {COMPILE_MS, createKitchen, EXAMPLES, type Kitchen, layPackages, readRecipe} from './recipes.js';

type Server = {
  /** Programs without which it is skipped. */
  readonly needs: readonly string[];
  /** The file that is the application, unless that is compiled. */
  readonly application?: string;
  /** Whether it closes connections that are idle as soon as it is told to finish, which shows when that is. */
  readonly closesIdle?: boolean;
};

const SERVERS: Readonly<Record<string, Server>> = {
  express: {needs: [], application: 'server.js', closesIdle: true},
  fastify: {needs: [], application: 'server.js', closesIdle: true},
  uvicorn: {needs: ['python3', 'uvicorn'], application: 'app.py'},
  gunicorn: {needs: ['gunicorn'], application: 'app.py'},
  puma: {needs: ['puma'], application: 'config.ru'},
  go: {needs: ['go'], closesIdle: true},
  rust: {needs: ['rustc', 'cc']},
};

/** They have tests of their own; that of `servers` is in test/servers. */
const OTHERS = [
  'ansible',
  'deploy',
  'docker',
  'github-action',
  'gitlab',
  'kubernetes',
  'python',
  'servers',
  'systemd',
];

/** How often each is restarted, and how many answers each generation gives in between. */
const RESTARTS = 3;
const ANSWERS = 50;

const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

for (const [name, server] of Object.entries(SERVERS)) {
  const declare = needs(...server.needs);
  declare(`the recipe ${name} is restarted under traffic, and no request fails`, t => restart(t, name));
  const {application, closesIdle} = server;
  if (closesIdle)
    declare(`the recipe ${name} answers a connection that was silent when it was told to finish`, t =>
      answerLate(t, name),
    );
  if (application !== undefined)
    declare(`the recipe ${name} refuses an application that cannot be loaded, and keeps serving`, t =>
      refuse(t, name, application),
    );
}

test('every recipe has a test, and a row of the table', t => {
  const folders = readdirSync(EXAMPLES, {withFileTypes: true}).filter(entry => entry.isDirectory());
  const names = folders.map(({name}) => name).sort();
  t.deepEqual(names, [...Object.keys(SERVERS), ...OTHERS].sort());

  const table = readFileSync(join(EXAMPLES, 'README.md'), 'utf8');
  const rows = [...table.matchAll(/^\| \[([\w-]+)\]\(\1\/README\.md\) \|/gm)].map(([, name]) => name);
  t.deepEqual(rows.sort(), names);
});

test('a restart waits for the request that is under way, as the README of the examples shows', async t => {
  const {kitchen, ssd} = await serve(t, 'express');
  const readme = readFileSync(join(EXAMPLES, 'README.md'), 'utf8');
  const [, printed = ''] = /^```\n(curl .*)\n```$/m.exec(readme) ?? [];
  const line = printed.replaceAll('curl ', 'curl --silent ').replaceAll('8080', `${kitchen.port}`);
  const {stdout} = await kitchen.run(`${line}; wait`);
  t.regex(stdout, /^generation 1, pid \d+$/m);
  t.regex(stdout, /^generation 2, pid \d+$/m);
  await stop(t, kitchen, ssd);
});

async function restart(t: ExecutionContext, name: string): Promise<void> {
  const {kitchen, ssd} = await serve(t, name);
  const traffic = startTraffic(kitchen.port, {slow: true});
  t.teardown(async () => void (await traffic.stop()));
  await traffic.answeredBy(1, ANSWERS);
  for (let generation = 2; generation <= RESTARTS + 1; generation += 1) {
    const restarted = await kitchen.run('ssctl restart');
    t.is(restarted.code, 0, restarted.stderr);
    await traffic.answeredBy(generation, ANSWERS);
  }
  const report = await traffic.stop();
  t.is(report.failed, 0, report.problems.join('\n'));
  await keepsBacklog(t, kitchen);
  await stop(t, kitchen, ssd);
  t.log(`${report.answered} requests answered over ${RESTARTS} restarts`);
}

async function answerLate(t: ExecutionContext, name: string): Promise<void> {
  const {kitchen, ssd} = await serve(t, name);
  const [silent, idle] = [connect(kitchen.port), connect(kitchen.port)];
  idle.write(REQUEST);
  // The other one was accepted before it.
  await watched(once(idle, 'data'), () => 'no answer');
  const restarted = kitchen.run('ssctl restart');
  await watched(text(idle), () => 'the idle connection is still open');

  silent.write(REQUEST);
  const answer = await watched(text(silent), () => 'the silent connection is not answered, or not closed');
  t.regex(answer, /^HTTP\/1\.1 200 /);
  t.regex(answer, /^Connection: close\r$/im);
  t.regex(answer, /\ngeneration 1, pid \d+\n$/);
  t.is((await restarted).code, 0);
  await stop(t, kitchen, ssd);
}

async function refuse(t: ExecutionContext, name: string, application: string): Promise<void> {
  const {kitchen, ssd} = await serve(t, name);
  // A syntax error in each of the languages.
  writeFileSync(join(kitchen.folder, application), '(\n');
  const refused = await kitchen.run('ssctl restart');
  t.is(refused.code, 1, refused.stderr);
  t.regex(refused.stderr, /generation 1 keeps serving/);

  const traffic = startTraffic(kitchen.port);
  await traffic.answeredBy(1);
  t.is((await traffic.stop()).failed, 0);
  await stop(t, kitchen, ssd);
}

async function serve(t: ExecutionContext, name: string): Promise<{kitchen: Kitchen; ssd: Running}> {
  t.timeout(COMPILE_MS);
  const kitchen = await createKitchen(t, name);
  const recipe = readRecipe(name);
  for (const line of recipe.prepare) await prepare(t, kitchen, line);
  const ssd = kitchen.ssd(recipe.ssd);
  await ssd.line(/generation 1 is ready/);
  return {kitchen, ssd};
}

async function prepare(t: ExecutionContext, {run, folder}: Kitchen, line: string): Promise<void> {
  if (line === 'npm install --ignore-scripts ./ssd-superdaemon-*.tgz') return layPackages(folder);
  const done = await run(line, {patienceMs: COMPILE_MS});
  t.is(done.code, 0, done.stderr);
}

/** A server that calls listen(2) again, with less, would shorten the queue of connections for every generation. */
async function keepsBacklog(t: ExecutionContext, {run}: Kitchen): Promise<void> {
  const {listeners} = JSON.parse((await run('ssctl --json status')).stdout);
  const most = Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
  t.is(listeners[0].queue.limit, Math.min(4096, most));
}

async function stop(t: ExecutionContext, {run}: Kitchen, ssd: Running): Promise<void> {
  const stopped = await run('ssctl stop');
  t.is(stopped.code, 0, stopped.stderr);
  t.deepEqual(await ssd.exit(), {code: 0, signal: null}, ssd.stderr());
  t.notRegex(ssd.stderr(), /SIGKILL/);
}

function connect(port: number): net.Socket {
  return net.connect({port, host: '127.0.0.1'});
}
