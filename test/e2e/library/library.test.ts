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
  t.deepEqual(await refused(startServer({exec: []})), [
    'usage',
    'no server program is given: it comes after --, as in ssd --port=8080 -- program; see ssd --help',
  ]);
  t.deepEqual(
    await refused(startServer({exec: ['true'], port: 'eighty'})).then(([code]) => code),
    'option-invalid',
  );
  t.deepEqual(await refused(startServer({exec: ['/nonexistent']})), [
    'program-not-found',
    'cannot start /nonexistent: no such program',
  ]);
  t.deepEqual(await refused(stopServer({pidFile: rig.path('pid')})).then(([code]) => code), 'not-running');
  t.deepEqual(await refused(restartServer({pidFile: rig.path('pid')})).then(([code]) => code), 'not-running');
});
