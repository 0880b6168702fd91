import {existsSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {restartServer, type ServerError, startServer, stopServer} from '../../../src/library/index.js';
import {createRig, SERVER} from '../../helpers/rig.js';

const entry = new URL('../../../src/library/index.js', import.meta.url).href;

test('startServer runs until it is stopped, restartServer and stopServer find it by its pid file', async t => {
  const rig = await createRig(t);
  const pidFile = rig.path('pid');
  const options = {exec: SERVER, port: '127.0.0.1:0', interval: 0.1, pidFile, control: rig.control};
  writeFileSync(
    rig.path('app.mjs'),
    `import {startServer} from ${JSON.stringify(entry)};
     await startServer(${JSON.stringify(options)});
     console.error('startServer has returned');`,
  );
  const app = rig.start([process.execPath, rig.path('app.mjs')]);
  await rig.conductor.nextWorker();
  await app.line(/generation 1 is ready/);

  t.deepEqual(await restartServer({pidFile, control: rig.control}), {generation: 2});
  await stopServer({pidFile, timeout: '30s'});

  await app.line(/startServer has returned/);
  t.is((await app.exit()).code, 0);
  t.false(existsSync(pidFile));
});

test('the handle of startServer waits for the first generation, restarts it, and stops it', async t => {
  const rig = await createRig(t);
  const options = {exec: SERVER, interval: 0.1, control: rig.control};
  writeFileSync(
    rig.path('app.mjs'),
    `import {startServer} from ${JSON.stringify(entry)};
     const server = startServer(${JSON.stringify(options)});
     await server.ready();
     console.error('it is ready');
     const ssd = await server.connect();
     const {verdict, generation} = await ssd.restart();
     console.error(['restart', verdict, generation, ssd.instance.pid === process.pid].join(' '));
     await server.stop();
     await ssd.closed;
     console.error('it has ended: ' + await server);
     setInterval(() => {}, 60_000);`,
  );
  const app = rig.start([process.execPath, rig.path('app.mjs')]);
  await app.line(/it is ready/);
  t.is(await app.line(/^restart/), 'restart completed 2 true');
  // ssd hangs up although the program goes on.
  t.is(await app.line(/^it has ended/), 'it has ended: undefined');
});

test('an AbortSignal stops startServer; aborted before, it starts nothing', async t => {
  const rig = await createRig(t);
  const options = {exec: SERVER, interval: 0.1, control: rig.control};
  writeFileSync(
    rig.path('app.mjs'),
    `import {startServer} from ${JSON.stringify(entry)};
     const options = ${JSON.stringify(options)};
     await startServer({...options, signal: AbortSignal.abort()});
     const giveUp = new AbortController();
     const server = startServer({...options, signal: giveUp.signal});
     await server.ready();
     giveUp.abort();
     await server;
     const early = startServer({...options, exec: ['/nonexistent']});
     await early.ready().catch(({code}) => console.error('not ready: ' + code));
     const stopped = startServer({...options, ready: 'fd'});
     stopped.stop();
     await stopped.ready().catch(({code}) => console.error('not ready: ' + code));
     await stopped;
     console.error('all have ended');`,
  );
  const app = rig.start([process.execPath, rig.path('app.mjs')]);
  await app.line(/generation 1 is ready/);
  await app.line(/all workers are gone/);
  t.is(await app.line(/^not ready/), 'not ready: program-not-found');
  t.is(await app.line(/^not ready/), 'not ready: stopped');
  await app.line(/^all have ended/);
  t.is((await app.exit()).code, 0);
  t.false(existsSync(rig.control));
});

test('a failure of startServer that nobody waits for ends the program', async t => {
  const rig = await createRig(t);
  writeFileSync(
    rig.path('app.mjs'),
    `import {startServer} from ${JSON.stringify(entry)};
     startServer({exec: ['/nonexistent'], control: ${JSON.stringify(rig.control)}});`,
  );
  const {code, stderr} = await rig.run([process.execPath, rig.path('app.mjs')]);
  t.is(code, 1);
  t.regex(stderr, /cannot start \/nonexistent: no such program/);
});

test('the children of a program that uses the library are left to it', async t => {
  const rig = await createRig(t);
  const options = {exec: SERVER, interval: 0.1, control: rig.control};
  writeFileSync(
    rig.path('app.mjs'),
    `import {spawn} from 'node:child_process';
     import {startServer} from ${JSON.stringify(entry)};
     startServer(${JSON.stringify(options)});
     const ends = Array.from({length: 50}, () => new Promise(resolve => {
       spawn('sh', ['-c', 'sleep 0.$(($$ % 9)); exit 7']).on('exit', resolve);
     }));
     console.error('ends: ' + [...new Set(await Promise.all(ends))]);`,
  );
  const app = rig.start([process.execPath, rig.path('app.mjs')]);
  t.is(await app.line(/^ends/), 'ends: 7');
});

test('the library throws errors with a stable code and one line', async t => {
  const rig = await createRig(t);
  const refused = async (action: Promise<unknown>) => {
    const error = (await t.throwsAsync(action)) as ServerError;
    return [error.code, error.message];
  };
  t.deepEqual(await refused(startServer({exec: 'node server.js' as unknown as string[]})), [
    'option-invalid',
    "option exec is 'node server.js': expected the program and its arguments, such as ['node', 'server.js']",
  ]);
  const [code, message = ''] = await refused(startServer({exec: ['true'], killOldDelay: 'soon'}));
  t.is(code, 'option-invalid');
  t.regex(message, /^option killOldDelay is 'soon': expected /);
  const unknown = startServer({exec: ['true'], prot: 8080} as Parameters<typeof startServer>[0]);
  t.like(await t.throwsAsync(unknown), {code: 'option-invalid', option: 'prot'});
  t.deepEqual(await refused(startServer({exec: ['/nonexistent']})), [
    'program-not-found',
    'cannot start /nonexistent: no such program',
  ]);
  t.deepEqual(await refused(stopServer({pidFile: rig.path('pid')})).then(([code]) => code), 'not-running');
  t.deepEqual(await refused(restartServer({pidFile: rig.path('pid')})).then(([code]) => code), 'not-running');
});
