/** `--kill-group` of workers that were taken over, and of those that ssctl ends. */
import {readFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {alive} from '../../helpers/processes.js';
import {orphaned} from './stage.js';

const GROUP = ['--kill-group', '--stop-timeout=0.2'];

/** An orphan with a child that ignores SIGTERM. */
async function withChild(t: ExecutionContext) {
  const {rig, old} = await orphaned(t, GROUP);
  const path = rig.path('child');
  await old.run(`sh -c 'trap "" TERM; exec sleep 600' <&- >&- & echo $! >${path}`);
  const child = Number(readFileSync(path, 'utf8'));
  t.true(alive(child));
  return {rig, old, child};
}

test('a worker that was taken over is killed with its group', async t => {
  const {rig, old, child} = await withChild(t);
  await old.beStubborn();
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd', ...GROUP]);
  await (await rig.conductor.nextWorker()).write(4, '\n');
  await ssd.line(/restart completed: generation 2 replaced 1/);
  await old.gone;
  t.false(alive(child));
});

test('what a worker that was taken over leaves of its group is waited for and killed', async t => {
  const {rig, old, child} = await withChild(t);
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd', ...GROUP]);
  await (await rig.conductor.nextWorker()).write(4, '\n');
  await ssd.line(new RegExp(`generation 1, pid ${old.pid}, .*; other processes of its group live`));
  await ssd.line(/restart completed: generation 2 replaced 1/);
  t.false(alive(child));
});

test('ssctl stop --orphans --force kills the group, too, and without --force nobody else is touched', async t => {
  const {rig, old, child} = await withChild(t);
  await old.beStubborn();
  t.is((await rig.ssctl(['stop', '--orphans', '--timeout=0.1'])).code, 4);
  t.true(alive(child));
  t.is((await rig.ssctl(['stop', '--orphans', '--force', '--timeout=0.1'])).code, 0);
  await old.gone;
  t.false(alive(child));
});
