/** HTTP when another ssd takes the place of this one: nobody who asks notices. */
import {existsSync, mkdirSync, statSync, writeFileSync} from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import test from 'ava';
import {problemsOf} from '../../helpers/clients/control.js';
import {get, httpPlace, type Place} from '../../helpers/clients/http.js';
import {createRig} from '../../helpers/rig.js';
import {reexec, statusOf} from '../reexec/stage.js';

const PORT = '--port=127.0.0.1:0';

/** Asks one thing after the other. @returns what ends that, with how often it was answered, and what went wrong */
function ask(place: Place, options: http.RequestOptions) {
  let isOver = false;
  let answered = 0;
  const failed: string[] = [];
  const loop = (async () => {
    while (!isOver) {
      try {
        const {status} = await get(place, '/readyz', options);
        if (status === 200) answered += 1;
        else failed.push(String(status));
      } catch (error) {
        failed.push(String(error));
      }
    }
  })();
  return async () => {
    isOver = true;
    await loop;
    return {answered, failed};
  };
}

test('probes by new connections and by kept ones are all answered while ssd is replaced', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([PORT, '--http=0', '--interval=0']);
  const place = await httpPlace(ssd);
  await ssd.line(/generation 1 is ready/);
  const agents = Array.from({length: 4}, () => new http.Agent({keepAlive: true, maxSockets: 1}));
  t.teardown(() => {
    for (const agent of agents) agent.destroy();
  });
  const ends = [{agent: false}, {agent: false}, ...agents.map(agent => ({agent}))].map(options =>
    ask(place, options),
  );
  for (let round = 0; round < 5; round += 1) await reexec(rig);
  const reports = await Promise.all(ends.map(end => end()));
  t.deepEqual(
    reports.flatMap(({failed}) => failed),
    [],
  );
  for (const {answered} of reports) t.true(answered > 5);
});

test('a client that has connected and asked nothing yet is answered by the next ssd', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([PORT, '--http=0', '--interval=0']);
  const place = await httpPlace(ssd);
  await ssd.line(/generation 1 is ready/);
  const socket = net.connect(Number(new URL(place).port), '127.0.0.1');
  t.teardown(() => socket.destroy());
  // By the time that another one is answered, this one is accepted.
  await get(place, '/livez');
  await reexec(rig);
  const answer = new Promise<string>(resolve => socket.once('data', data => resolve(String(data))));
  socket.write('GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n');
  t.regex(await answer, /^HTTP\/1\.1 200 OK\r\n/);
});

test('a stream of events is ended, not cut off, when another ssd takes the place', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd([PORT, '--http=0', '--interval=0']);
  const place = await httpPlace(ssd);
  await ssd.line(/generation 1 is ready/);
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    http.get(`${place}/events`, resolve).on('error', reject);
  });
  t.teardown(() => response.destroy());
  response.on('error', () => {});
  response.resume();
  const closed = new Promise(resolve => response.once('close', resolve));
  await reexec(rig);
  await closed;
  t.true(response.complete);
});

test('the next ssd can begin with it, move it, and leave it out', async t => {
  const rig = await createRig(t);
  const path = rig.path('http');
  const ssd = rig.ssd([PORT, '--interval=0']);
  await ssd.line(/generation 1 is ready/);
  await reexec(rig, [PORT, '--interval=0', `--http=${path}`]);
  t.is((await get(path, '/readyz')).status, 200);
  t.is((await statusOf(rig)).http, path);
  await reexec(rig, [PORT, '--interval=0', '--http=0']);
  t.false(existsSync(path));
  const {http: place = ''} = await statusOf(rig);
  t.is((await get(place, '/readyz')).status, 200);
  await reexec(rig, [PORT, '--interval=0']);
  await t.throwsAsync(get(place, '/readyz'), {code: 'ECONNREFUSED'});
  t.is((await statusOf(rig)).http, undefined);
});

test('the same address by another name, or with another --http-public, keeps the socket', async t => {
  const rig = await createRig(t);
  const path = rig.path('http');
  mkdirSync(rig.path('run'));
  const ssd = rig.ssd([PORT, '--http=0', '--interval=0']);
  const {port} = new URL(await httpPlace(ssd));
  await ssd.line(/generation 1 is ready/);
  const to = (...options: string[]) => reexec(rig, [PORT, '--interval=0', ...options]);
  await to(`--http=${port}`);
  const waiting = net.connect(Number(port), '127.0.0.1');
  t.teardown(() => waiting.destroy());
  await get(`http://127.0.0.1:${port}`, '/livez');
  for (const options of [[`localhost:${port}`], [`127.0.0.1:${port}`, '--http-public']])
    await to(`--http=${options[0]}`, ...options.slice(1));
  const answer = new Promise<string>(resolve => waiting.once('data', data => resolve(String(data))));
  waiting.write('GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n');
  t.regex(await answer, /^HTTP\/1\.1 200 OK\r\n/);
  await to(`--http=0.0.0.0:${port}`, '--http-public');
  t.is((await statusOf(rig)).http, `http://0.0.0.0:${port}`);
  await t.throwsAsync(to(`--http=0.0.0.0:${port}`), {message: /other machines could reach it/});
  await to(`--http=${port}`);
  t.is((await statusOf(rig)).http, `http://127.0.0.1:${port}`);
  for (const [options, mode] of [
    [[`--http=${path}`], 0o600],
    [[`--http=${path}`, '--http-public'], 0o666],
    [[`--http=${rig.path('run')}/../http`], 0o600],
  ] as const) {
    await to(...options);
    t.is((await get(path, '/readyz')).status, 200);
    t.is(statSync(path).mode & 0o777, mode);
  }
  t.deepEqual(await problemsOf(rig), []);
});

test('an address that is in use is refused, and all goes on', async t => {
  const rig = await createRig(t);
  const other = net.createServer().listen(0, '127.0.0.1');
  t.teardown(() => other.close());
  await new Promise(resolve => other.once('listening', resolve));
  const {port} = other.address() as net.AddressInfo;
  const ssd = rig.ssd([PORT, '--http=0', '--interval=0']);
  const place = await httpPlace(ssd);
  await ssd.line(/generation 1 is ready/);
  await t.throwsAsync(reexec(rig, [PORT, '--interval=0', `--http=${port}`]), {
    message: new RegExp(`cannot listen on tcp 127.0.0.1:${port}: EADDRINUSE .* pid ${process.pid} `),
  });
  t.is((await get(place, '/readyz')).status, 200);
});

test('a path is kept, and still removed at the end; a file in its place is left', async t => {
  const rig = await createRig(t);
  const path = rig.path('http');
  const ssd = rig.ssd([PORT, `--http=${path}`, '--interval=0']);
  await ssd.line(/generation 1 is ready/);
  await reexec(rig);
  t.is((await get(path, '/readyz')).status, 200);
  t.deepEqual(await problemsOf(rig), []);
  ssd.kill('SIGTERM');
  t.is((await ssd.exit()).code, 0);
  t.false(existsSync(path));
  writeFileSync(path, 'mine');
  const refused = await rig.runSsd([`--control=${rig.control}`, `--http=${path}`, '--', 'sleep', '1000']);
  t.is(refused.code, 1);
  t.true(existsSync(path));
});
