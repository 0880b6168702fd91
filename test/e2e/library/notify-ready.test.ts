import {writeFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {stop} from '../../helpers/clients/control.js';
import {needs} from '../../helpers/programs.js';
import {createRig, type Rig} from '../../helpers/rig.js';

const entry = new URL('../../../src/library/index.js', import.meta.url).href;

/** A server that is ready when it says so; what it says then has reached its end twice. */
function writeServer(rig: Rig): readonly string[] {
  writeFileSync(
    rig.path('server.mjs'),
    `import {notifyReady} from ${JSON.stringify(entry)};
     setInterval(() => {}, 1e6);
     await notifyReady();
     await notifyReady();
     console.error('told twice,', process.env.SSD_READY_FD);`,
  );
  return [process.execPath, rig.path('server.mjs')];
}

async function becomesReady(t: ExecutionContext, args: readonly string[]): Promise<void> {
  const rig = await createRig(t);
  // If the time counted, the test would end before.
  const ssd = rig.ssd([...args, '--interval=1h'], writeServer(rig));
  await Promise.all([ssd.line(/generation 1 is ready/), ssd.line(/^told twice, undefined$/)]);
  await stop(rig);
  t.is((await ssd.exit()).code, 0);
}

test('a Node worker is ready when it has called notifyReady (--ready=fd)', t =>
  becomesReady(t, ['--ready=fd']));

test('listeners come before the descriptor', t =>
  becomesReady(t, ['--ready=fd', '--port=127.0.0.1:0', '--port=127.0.0.1:0=9']));

needs('systemd-notify')('a Node worker is ready when it has called notifyReady (--ready=notify)', t =>
  becomesReady(t, ['--ready=notify']),
);

test('with --ready=interval, and without ssd, notifyReady does nothing', async t => {
  const rig = await createRig(t);
  const server = writeServer(rig);
  const ssd = rig.ssd(['--interval=0.1'], server);
  await Promise.all([ssd.line(/generation 1 is ready/), ssd.line(/^told twice, undefined$/)]);
  t.is(await rig.start(server).line(/^told/), 'told twice, undefined');
});

test('the entry of the package loads no native code for it', async t => {
  const rig = await createRig(t);
  writeFileSync(
    rig.path('loaded.mjs'),
    `import {notifyReady} from ${JSON.stringify(entry)};
     await notifyReady();
     console.log(process.report.getReport().sharedObjects.some(name => name.includes('koffi')));`,
  );
  const {stdout} = await rig.run([process.execPath, rig.path('loaded.mjs')]);
  t.is(stdout, 'false\n');
});
