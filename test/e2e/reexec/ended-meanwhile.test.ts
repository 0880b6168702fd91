/** A worker that ends while another program than ssd runs under its pid: sh, or Node before it has loaded ssd. */
import {existsSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {boundPort, createRig, type Rig, SSD} from '../../helpers/rig.js';
import {eventsOf, reexec, statusOf} from './stage.js';

test('nothing on the way to the next image collects a worker that ends meanwhile: how it ended is told', async t => {
  const rig = await createRig(t);
  const {ssd, env} = install(rig);
  const running = rig.start(
    [
      ssd,
      `--control=${rig.control}`,
      '--port=127.0.0.1:0',
      '--ready=fd',
      '--',
      'sh',
      '-c',
      WORKER,
      'sh',
      rig.path('victim'),
    ],
    {env},
  );
  await boundPort(running);
  await running.line(/generation 1 is ready/);
  await reexec(rig);
  await running.line(/generation 2 is ready/);
  const lost = (await eventsOf(rig)).find(({type}) => type === 'lost');
  t.like(lost, {generation: 1, ending: {type: 'signalled', signal: 'SIGKILL'}});
  t.is((await statusOf(rig)).pid, running.pid);
});

test('the environment goes over as it is, with the names that sh drops', async t => {
  const rig = await createRig(t);
  const odd = {
    'spring.profiles': 'a b\nc',
    '1st': 'x',
    IFS: ':',
    NODE_OPTIONS: '--no-warnings',
    PWD: undefined,
  };
  const ssd = rig.ssd(['--port=127.0.0.1:0'], undefined, {env: odd});
  const {env: before} = await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  await reexec(rig);
  await reexec(rig);
  t.is((await rig.ssctl(['restart'])).code, 0);
  const {env: after} = await rig.conductor.nextWorker();
  t.deepEqual(withoutOwn(after), withoutOwn(before));
});

/** What differs between generations. */
function withoutOwn({SERVER_STARTER_GENERATION: _, ...env}: Readonly<Record<string, string>>): object {
  return env;
}

const WORKER = 'echo $$ >"$1.new"; mv "$1.new" "$1"; echo >&"$SSD_READY_FD"; exec sleep 1000000';

/**
 * An installation whose Node, and whatever else the launcher may start, first kill the worker if they are on the way to the
 * next image, and wait until that has ended.
 */
function install(rig: Rig): {readonly ssd: string; readonly env: Readonly<Record<string, string>>} {
  const [bin, path] = [rig.path('bin'), rig.path('path')];
  const kill = `
    if [ "\${SSD_HANDOVER_FD+set}" ] && read -r pid <${rig.path('victim')} && kill -KILL $pid 2>/dev/null; then
      while read -r _ _ state _ </proc/$pid/stat && [ "$state" != Z ]; do :; done 2>/dev/null
    fi`;
  const put = (directory: string, name: string, target: string) =>
    writeFileSync(join(directory, name), `#!/bin/sh\n${kill}\nexec ${target} "$@"\n`, {mode: 0o755});
  for (const directory of [bin, path]) mkdirSync(directory);
  symlinkSync(SSD, join(bin, 'ssd'));
  put(bin, 'node', process.execPath);
  const places = (process.env.PATH ?? '').split(':');
  for (const name of ['grep', 'base64']) {
    const target = places.map(place => join(place, name)).find(existsSync);
    if (target) put(path, name, target);
  }
  return {ssd: join(bin, 'ssd'), env: {PATH: `${path}:${process.env.PATH}`}};
}
