/** The system refuses more processes or descriptors. */
import {chmodSync, readdirSync} from 'node:fs';
import {restart} from '../helpers/clients/control.js';
import {rawClient, request} from '../helpers/clients/raw-client.js';
import {needs} from '../helpers/programs.js';
import {createRig, type StartOptions} from '../helpers/rig.js';
import {asRoot} from '../helpers/root.js';
import {recovers, type Scene, stage, stageIn} from './scene.js';

/** A user for this test alone, because the limit counts every process of a user. */
const LONELY = 64_000 + (process.pid % 1000);

const limit = ({rig, ssd}: Scene, what: string, options?: StartOptions) =>
  rig.run(['prlimit', `--pid=${ssd.pid}`, what], options);

/** Every number below it is taken, so with this limit no more can be had; those above it stay usable. */
function lowestFree(pid: number): number {
  const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  for (let number = 0; ; number += 1) if (!open.has(number)) return number;
}

const run = (title: string, implementation: Parameters<typeof asRoot>[1]) =>
  asRoot(title, implementation, needs('perl', 'prlimit', 'setpriv'));

run('fork refused: the restart fails and says so, the old generation keeps serving', async t => {
  const rig = await createRig(t);
  chmodSync(rig.directory, 0o777);
  const scene = await stageIn(t, rig, {options: {uid: LONELY}});
  t.like(await limit(scene, '--nproc=1:', {uid: LONELY}), {stderr: '', code: 0});

  t.like(await restart(rig), {
    verdict: 'failed',
    generation: 2,
    ending: {type: 'not-spawned', cause: 'EAGAIN'},
  });

  await limit(scene, '--nproc=4000:', {uid: LONELY});
  await recovers(t, scene);
});

for (const [title, args] of [
  ['--ready=fd', []],
  ['--capture-stderr', ['--capture-stderr', '--ready=interval', '--interval=0.1']],
  ['--capture-output', ['--capture-output', '--ready=interval', '--interval=0.1']],
] as const) {
  needs('perl', 'prlimit')(`no descriptor left, with ${title}: the restart fails and says so`, async t => {
    const scene = await stage(t, args);
    const client = rawClient(scene.rig.control);
    t.teardown(() => client.socket.destroy());
    await client.next();
    t.is((await limit(scene, `--nofile=${lowestFree(scene.ssd.pid)}:`)).code, 0);

    client.say(request(1, 'restart'));
    let message = await client.next();
    while (message.id !== 1) message = await client.next();
    t.like(message.result, {verdict: 'failed', ending: {type: 'not-spawned', cause: 'EMFILE'}});

    await limit(scene, '--nofile=1024:');
    await recovers(t, scene);
  });
}
