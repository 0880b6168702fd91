/** A full disk: the writes of ssd fail, and the service continues. */
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {restart, status} from '../helpers/clients/control.js';
import {needs} from '../helpers/programs.js';
import {createRig, type Rig, SSD} from '../helpers/rig.js';
import {recovers, stageIn} from './scene.js';

/** Whether we may mount: root, and not in a container that forbids it. */
const mountable = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

const run = mountable
  ? needs('perl', 'mount')
  : (title: string, _: unknown) => test.skip(`${title} (mount is not permitted)`, () => {});

/** A file system of a few pages at `disk` in the directory of the rig. */
async function smallDisk(t: ExecutionContext, rig: Rig): Promise<{fill: () => void; free: () => void}> {
  const disk = rig.path('disk');
  mkdirSync(disk);
  const mounted = await rig.run(['mount', '-t', 'tmpfs', '-o', 'size=32k', 'tmpfs', disk]);
  t.is(mounted.code, 0, mounted.stderr);
  // Before the rig removes its directory: teardown is last in, first out.
  t.teardown(() => void spawnSync('umount', ['--lazy', disk]));
  const filler = `${disk}/filler`;
  return {
    fill: () => {
      try {
        writeFileSync(filler, Buffer.alloc(64 * 1024));
      } catch (error) {
        t.is((error as NodeJS.ErrnoException).code, 'ENOSPC');
      }
    },
    free: () => rmSync(filler),
  };
}

run('a full disk under the pid, status, log and metrics files: restarts complete', async t => {
  const rig = await createRig(t);
  const disk = await smallDisk(t, rig);
  const file = (name: string) => rig.path(`disk/${name}`);
  const args = ['pid', 'status', 'metrics'].map(name => `--${name}-file=${file(name)}`);
  const scene = await stageIn(t, rig, {args});
  const first = readFileSync(file('status'), 'utf8');
  disk.fill();

  t.like(await restart(rig), {verdict: 'completed', generation: 2});
  await scene.ssd.line(/warning: cannot write status file \S+: ENOSPC/);
  t.is(readFileSync(file('status'), 'utf8'), first, 'the former one stays whole');
  t.is(readFileSync(file('pid'), 'utf8'), `${scene.ssd.pid}\n`);

  disk.free();
  await recovers(t, scene);
  t.regex(readFileSync(file('status'), 'utf8'), /^3:\d+\n$/);
  scene.ssd.kill('SIGTERM');
  t.deepEqual(await scene.ssd.exit(), {code: 0, signal: null});
  for (const name of ['pid', 'status', 'metrics']) t.false(existsSync(file(name)), name);
});

run('a full log disk: restarts complete, and the dropped lines are reported', async t => {
  const rig = await createRig(t);
  const disk = await smallDisk(t, rig);
  const log = rig.path('disk/log');
  const scene = await stageIn(t, rig, {args: [`--log-file=${log}`]});
  // To the end of its last page, else the next lines would still find room in it.
  disk.fill();
  writeFileSync(log, Buffer.alloc(4096 - (statSync(log).size % 4096), '\n'), {flag: 'a'});
  const size = statSync(log).size;

  t.like(await restart(rig), {verdict: 'completed', generation: 2});
  t.is(statSync(log).size, size);

  disk.free();
  await recovers(t, scene);
  t.regex(readFileSync(log, 'utf8'), /\d+ log lines were dropped/);
  t.like(await status(rig), {current: 3});
});

run('a start on a full disk is refused, and leaves nothing behind', async t => {
  const rig = await createRig(t);
  const disk = await smallDisk(t, rig);
  disk.fill();
  const pid = rig.path('disk/pid');
  const {code, stderr} = await rig.run([
    ...[process.execPath, SSD, `--control=${rig.control}`, `--pid-file=${pid}`],
    ...['--', 'sleep', '1000'],
  ]);
  t.is(code, 1);
  t.is(stderr, `ssd: cannot write pid file ${pid}: ENOSPC (no space left on device)\n`);
  t.false(existsSync(pid));
});
