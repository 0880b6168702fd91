/** The control socket is removed under a living ssd, as a cleaner of /tmp does. */
import {existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {removeAtOnce} from '../helpers/adapters/temporary.js';
import {send} from '../helpers/clients/control.js';
import {rawClient, request} from '../helpers/clients/raw-client.js';
import {needs} from '../helpers/programs.js';
import {createRig, type Rig, SERVER, SSCTL, SSD} from '../helpers/rig.js';
import {recovers, stageIn} from './scene.js';

const run = needs('perl');

/** The same rig with the control socket in a directory of its own. */
function withControlApart(rig: Rig): Rig {
  mkdirSync(rig.path('run'), {mode: 0o700});
  const control = rig.path('run/control');
  return {
    ...rig,
    control,
    ssd: (args, program = SERVER, options) =>
      rig.start([process.execPath, SSD, `--control=${control}`, ...args, '--', ...program], options),
    ssctl: args => rig.run([process.execPath, SSCTL, '-s', control, ...args]),
  };
}

for (const what of ['control', ''] as const) {
  const title = what === 'control' ? 'the control socket' : 'the directory of the control socket';
  run(`${title} is removed, and comes back with its rights; a session that is open goes on`, async t => {
    const rig = withControlApart(await createRig(t));
    const scene = await stageIn(t, rig);
    const client = rawClient(rig.control);
    t.teardown(() => client.socket.destroy());
    await client.next();

    removeAtOnce(rig.path(`run/${what}`));
    client.say(request(1, 'restart'));
    let message = await client.next();
    while (message.id !== 1) message = await client.next();
    t.like(message.result, {verdict: 'completed', generation: 2});

    await scene.ssd.line(/control socket \S+ was removed; ssd made it again/);
    t.is(statSync(rig.path('run')).mode & 0o777, 0o700);
    t.is(statSync(rig.control).mode & 0o777, 0o600);
    await recovers(t, scene);
    // What came back is guarded as well, and is removed at the end.
    rmSync(rig.control);
    await scene.ssd.line(/control socket \S+ was removed; ssd made it again/);
    await send(rig, 'stop');
    t.deepEqual(await scene.ssd.exit(), {code: 0, signal: null});
    t.false(existsSync(rig.control));
  });
}

run('a file that another program puts in the place of the control socket is left alone', async t => {
  const rig = withControlApart(await createRig(t));
  const scene = await stageIn(t, rig);
  writeFileSync(rig.path('run/other'), 'precious');
  renameSync(rig.path('run/other'), rig.control);

  await scene.ssd.line(
    /running without a control socket: .*it exists and is not a socket; ssd left it alone/,
  );
  scene.ssd.kill('SIGHUP');
  await scene.ssd.line(/restart completed: generation 2/);
  const report = await scene.traffic.stop();
  t.is(report.failed, 0);
  scene.ssd.kill('SIGTERM');
  t.deepEqual(await scene.ssd.exit(), {code: 0, signal: null});
  t.true(existsSync(rig.control));
});
