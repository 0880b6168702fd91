/** `--http`: what a client gets at each path, and that it can change nothing. */
import test from 'ava';
import {printableJson} from '../../../src/shared/words/printable.js';
import {send} from '../../helpers/clients/control.js';
import {get, httpPlace} from '../../helpers/clients/http.js';
import {needs} from '../../helpers/programs.js';
import {createRig} from '../../helpers/rig.js';
import {display} from '../../manual/page.js';

test('/readyz is 503 until a generation serves, during a pause, and when a stop has begun', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--http=0', '--ready=fd']);
  const place = await httpPlace(ssd);
  const worker = await rig.conductor.nextWorker();
  const ready = () => get(place, '/readyz');
  t.like(await ready(), {status: 503, text: 'not ready: no generation serves\n'});
  await worker.write(4, '\n');
  await ssd.line(/generation 1 is ready/);
  t.like(await ready(), {status: 200, text: 'ready: generation 1 serves\n'});
  t.is((await rig.ssctl(['pause', '--max=60s'])).code, 0);
  t.like(await ready(), {status: 503, text: 'not ready: ssd is paused\n'});
  const resuming = rig.ssctl(['resume']);
  const next = await rig.conductor.nextWorker();
  await next.beStubborn();
  await next.write(4, '\n');
  t.is((await resuming).code, 0);
  t.is((await ready()).status, 200);
  ssd.kill('SIGTERM');
  await ssd.line(/stop requested/);
  t.like(await ready(), {status: 503, text: 'not ready: ssd is stopping\n'});
  t.like(await get(place, '/livez'), {status: 200, text: 'alive\n'});
  next.exit(0);
  t.is((await ssd.exit()).code, 0);
});

test('workers that are stopped by a signal do not serve', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--http=0', '--interval=0']);
  const place = await httpPlace(ssd);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  process.kill(worker.pid, 'SIGSTOP');
  await ssd.line(/was stopped by SIGSTOP/);
  t.is((await get(place, '/readyz')).status, 503);
  process.kill(worker.pid, 'SIGCONT');
  t.is((await get(place, '/readyz')).status, 200);
});

test('/status.json is what ssctl --json status prints, and names the place', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(
    ['--port=127.0.0.1:0', '--http=0', '--interval=0'],
    ['sh', '-c', 'exec sleep 1000 # ä\u202e'],
  );
  const place = await httpPlace(ssd);
  await ssd.line(/generation 1 is ready/);
  const {headers, text} = await get(place, '/status.json');
  t.is(headers['content-type'], 'application/json; charset=utf-8');
  const printed = (await rig.ssctl(['--json', 'status'])).stdout;
  const still = (json: string) => json.replaceAll(/"(\w+Ms|memoryBytes)":\d+/g, '"$1":0');
  t.is(still(text), still(printed));
  t.is(text, `${printableJson(JSON.parse(text))}\n`);
  t.is(JSON.parse(text).http, place);
  t.regex((await rig.ssctl(['status'])).stdout, new RegExp(`^http +${place}$`, 'm'));
});

test('/metrics gives OpenMetrics to who asks for it, and the older text to others', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--http=0', '--interval=0'], ['sleep', '1000']);
  const place = await httpPlace(ssd);
  await ssd.line(/generation 1 is ready/);
  const older = await get(place, '/metrics');
  t.is(older.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  t.is(older.headers.vary, 'Accept');
  t.regex(
    older.text,
    /^# TYPE ssd_workers_spawned_total counter\nssd_workers_spawned_total\{name="sleep"\} 1$/m,
  );
  t.notRegex(older.text, /# EOF/);
  const prometheus =
    'application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.2,*/*;q=0.1';
  const newer = await get(place, '/metrics', {headers: {accept: prometheus}});
  t.is(newer.headers['content-type'], 'application/openmetrics-text; version=1.0.0; charset=utf-8');
  t.regex(newer.text, /^# TYPE ssd_workers_spawned counter\nssd_workers_spawned_total\{name="sleep"\} 1$/m);
  t.regex(newer.text, /^# TYPE ssd info\nssd_info\{/m);
  t.regex(newer.text, /\n# EOF\n$/);
});

test('nothing but GET and HEAD is taken, and no path but those that there are', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--http=0', '--interval=0'], ['sleep', '1000']);
  const place = await httpPlace(ssd);
  await ssd.line(/generation 1 is ready/);
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND']) {
    const {status, headers} = await get(place, '/readyz', {method});
    t.is(status, 405, method);
    t.is(headers.allow, 'GET, HEAD', method);
  }
  const head = await get(place, '/readyz?verbose', {method: 'HEAD'});
  t.like(head, {status: 200, text: ''});
  t.is(Number(head.headers['content-length']), (await get(place, '/readyz')).text.length);
  t.like(await get(place, '/events', {method: 'HEAD'}), {status: 200, text: ''});
  for (const path of ['/restart', '/livez/', '//livez', '/__proto__', '/constructor', '/../status.json', '*'])
    t.is((await get(place, path)).status, 404, path);
  const events = (await send(rig, 'status')) as {readonly problems?: unknown};
  t.deepEqual(events.problems, []);
});

test('every answer lets a browser do nothing but show it', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--http=0', '--interval=0'], ['sleep', '1000']);
  const place = await httpPlace(ssd);
  for (const path of ['/', '/page.js', '/livez', '/readyz', '/metrics', '/status.json', '/nothing']) {
    const {headers} = await get(place, path);
    t.is(headers['content-security-policy'], POLICY, path);
    t.is(headers['x-content-type-options'], 'nosniff', path);
    t.is(headers['cache-control'], 'no-store', path);
    t.is(headers['referrer-policy'], 'no-referrer', path);
    t.is(headers['set-cookie'], undefined, path);
    t.is(headers['access-control-allow-origin'], undefined, path);
  }
});

/** No script makes nodes of a string, none comes from elsewhere, and no other page can have this one in it. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";

test('at a loopback address a name of another site is refused', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--http=localhost:0', '--interval=0'], ['sleep', '1000']);
  const place = await httpPlace(ssd);
  const statusFor = async (host: string) => (await get(place, '/status.json', {headers: {host}})).status;
  for (const host of ['localhost', 'LOCALHOST:9999', '127.0.0.1', '127.1.2.3:80', '[::1]:9090'])
    t.is(await statusFor(host), 200, host);
  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1'])
    t.is(await statusFor(host), 421, host);
});

needs('curl')('the probes that the manual prints answer', async t => {
  const rig = await createRig(t);
  const [byPort = '', byPath = ''] = display('ssd.8', 'HTTP', '/readyz').trim().split('\n');
  const path = rig.path('http');
  const [one, other] = [`--http=0`, `--http=${path}`].map((option, nth) =>
    rig.ssd([option, '--interval=0', `--control=${rig.path(`c${nth}`)}`], ['sleep', '1000']),
  );
  if (!one || !other) return t.fail();
  const place = await httpPlace(one);
  for (const ssd of [one, other]) await ssd.line(/generation 1 is ready/);
  for (const line of [byPort.replace('http://127.0.0.1:9090', place), byPath.replace('/run/app/http', path)])
    t.like(await rig.run(['sh', '-c', line]), {code: 0, stdout: 'ready: generation 1 serves\n'}, line);
});
