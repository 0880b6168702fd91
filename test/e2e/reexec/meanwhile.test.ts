/** What happens while the new version is asked whether it can take over. */
import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {rawClient, request} from '../../helpers/clients/raw-client.js';
import {ask, boundPort, createRig} from '../../helpers/rig.js';
import {installIn} from './refused/installed.js';
import {reexec, statusOf} from './stage.js';

/** An ssd whose next version waits in the midst of each check until it may go on. */
async function hesitating(t: ExecutionContext, args: readonly string[]) {
  const rig = await createRig(t);
  const installed = installIn(rig);
  const [begun, mayGoOn] = [rig.path('begun'), rig.path('may-go-on')];
  if (spawnSync('mkfifo', [begun, mayGoOn]).status !== 0) throw new Error('cannot make a FIFO');
  const ssd = installed.ssd(['--port=127.0.0.1:0', ...args]);
  const port = await boundPort(ssd);
  installed.putScript(
    `[ "$1" != --check-handover ] || { echo > ${begun}; read x < ${mayGoOn}; }; exec ${installed.program} "$@"`,
  );
  return {
    rig,
    ssd,
    port,
    checkBegun: () => rig.run(['cat', begun]),
    goOn: () => rig.run(['sh', '-c', `echo > ${mayGoOn}`]),
  };
}

test('an ssd that ends meanwhile is not replaced, and does not wait for the check', async t => {
  const {rig, ssd, checkBegun} = await hesitating(t, ['--interval=0']);
  await ssd.line(/generation 1 is ready/);
  const asked = rig.ssctl(['reexec']);
  await checkBegun();
  t.is((await rig.ssctl(['stop'])).code, 0);
  t.deepEqual(await ssd.exit(), {code: 0, signal: null});
  t.is((await asked).code, 1);
  t.notRegex(ssd.stderr(), /has taken the place/);
  t.false(existsSync(rig.control));
});

test('a stop that takes longer than the check goes on in the new image', async t => {
  const {rig, ssd, checkBegun, goOn} = await hesitating(t, ['--interval=0', '--stop-timeout=1000']);
  const worker = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  await worker.beStubborn();
  const asked = rig.ssctl(['reexec']);
  await checkBegun();
  const stop = rig.ssctl(['stop']);
  t.is(await worker.nextSignal(), 'SIGTERM');
  await goOn();
  t.is((await asked).code, 0);
  worker.exit(0);
  const {code, stdout} = await stop;
  t.is(code, 0, stdout);
  t.deepEqual(await ssd.exit(), {code: 0, signal: null});
  t.false(existsSync(rig.control));
});

test('a restart that begins meanwhile goes on in the new image, and its SIGHUP counts once', async t => {
  const {rig, ssd, port, checkBegun, goOn} = await hesitating(t, ['--ready=fd']);
  await (await rig.conductor.nextWorker()).write(4, '\n');
  await ssd.line(/generation 1 is ready/);
  const asked = rig.ssctl(['reexec']);
  await checkBegun();
  ssd.kill('SIGHUP');
  const young = await rig.conductor.nextWorker();
  await goOn();
  // The check is repeated, for what starts keeps options from changing.
  await checkBegun();
  await goOn();
  t.is((await asked).code, 0);
  await young.write(4, '\n');
  await ssd.line(/restart completed: generation 2 replaced 1/);
  t.deepEqual(await ask(port), {generation: 2, pid: young.pid});
  t.is((await statusOf(rig)).generations.length, 1);
});

test('a generation that starts meanwhile keeps --ready from changing', async t => {
  const {rig, ssd, checkBegun, goOn} = await hesitating(t, ['--ready=fd']);
  await (await rig.conductor.nextWorker()).write(4, '\n');
  await ssd.line(/generation 1 is ready/);
  const asked = t.throwsAsync(reexec(rig, ['--port=127.0.0.1:0', '--ready=notify']), {
    message: /--ready cannot change while a worker is starting/,
  });
  await checkBegun();
  const restart = rig.ssctl(['restart']);
  const young = await rig.conductor.nextWorker();
  await goOn();
  await checkBegun();
  await goOn();
  await asked;
  await young.write(4, '\n');
  t.is((await restart).code, 0);
});

test('a second request meanwhile is refused; the client of the first may be gone', async t => {
  const {rig, ssd, checkBegun, goOn} = await hesitating(t, ['--interval=0']);
  await ssd.line(/generation 1 is ready/);
  const client = rawClient(rig.control);
  await client.next();
  client.say(request(1, 'reexec'));
  await checkBegun();
  await t.throwsAsync(reexec(rig), {message: /another replacement is under way/});
  client.socket.destroy();
  await goOn();
  await ssd.line(/has taken the place/);
  t.is((await statusOf(rig)).pid, ssd.pid);
});
