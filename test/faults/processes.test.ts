/** Processes that are stopped or ignore their signals. */
import {closeSync, constants, openSync, readFileSync, writeSync} from 'node:fs';
import {until} from '../../src/shared/client/patience.js';
import {restart, send, status} from '../helpers/clients/control.js';
import {rawClient, request} from '../helpers/clients/raw-client.js';
import {needs} from '../helpers/programs.js';
import {recovers, stage, startLightTraffic} from './scene.js';

const run = needs('perl');

run(
  'a worker that is stopped is continued to finish; requests wait and are answered by its successor',
  async t => {
    const scene = await stage(t, ['--stop-timeout=200ms']);
    const {answered} = await scene.traffic.stop();
    t.true(answered > 0);
    const {generations} = (await status(scene.rig)) as {generations?: {workers: {pid: number}[]}[]};
    const pid = Number(generations?.[0]?.workers[0]?.pid);
    process.kill(pid, 'SIGSTOP');
    const traffic = startLightTraffic(scene.port);

    t.like(await restart(scene.rig), {verdict: 'completed', generation: 2, replaced: [1]});

    await scene.ssd.line(new RegExp(`generation 1, pid ${pid}, exited with status 0`));
    await recovers(t, {...scene, traffic});
  },
);

run('a worker that is stopped before it is ready fails the restart, and is continued to finish', async t => {
  const scene = await stage(t, ['--ready-timeout=500ms', '--stop-timeout=200ms']);
  scene.behave('stop-before-ready');

  t.like(await restart(scene.rig), {
    verdict: 'failed',
    generation: 2,
    ending: {type: 'not-ready', reason: 'timeout'},
  });

  await scene.ssd.line(/generation 2, pid \d+, (exited|died|was)/);
  scene.behave('');
  await recovers(t, scene);
});

run('workers that ignore TERM linger, and do not hold up one restart after the other', async t => {
  const scene = await stage(t);
  scene.behave('never-end');
  const ready = {until: 'ready'};
  for (const generation of [2, 3, 4]) {
    t.like(await send(scene.rig, 'restart', ready), {verdict: 'completed', generation});
  }
  const {generations} = (await status(scene.rig)) as {generations?: {generation: number; phase: string}[]};
  const lingering = generations?.filter(({phase}) => phase === 'retiring').map(({generation}) => generation);
  t.deepEqual(lingering, [2, 3]);
  scene.behave('');
  const {code, stderr} = await scene.rig.ssctl(['restart', '--until=ready']);
  t.is(code, 0, stderr);
  const report = await scene.traffic.stop();
  t.is(report.failed, 0, report.problems.join('\n'));
  const stopped = await scene.rig.ssctl(['stop', '--force']);
  t.is(stopped.code, 0, stopped.stderr);
});

run('with --stop-timeout workers that ignore TERM are killed, and restarts complete', async t => {
  const scene = await stage(t, ['--stop-timeout=200ms']);
  scene.behave('never-end');
  t.like(await restart(scene.rig), {verdict: 'completed', generation: 2});
  t.like(await restart(scene.rig), {verdict: 'completed', generation: 3, replaced: [2]});
  await scene.ssd.line(/generation 2, pid \d+, (exited|died|was)/);
  await recovers(t, scene);
});

run(
  'ssd stopped and continued in the middle of a restart completes it; requests go on meanwhile',
  async t => {
    const scene = await stage(t);
    const client = rawClient(scene.rig.control);
    t.teardown(() => client.socket.destroy());
    await client.next();
    scene.ssd.kill('SIGSTOP');
    client.say(request(1, 'restart'));
    await scene.traffic.answeredBy(1, 100);

    scene.ssd.kill('SIGCONT');
    let message = await client.next();
    while (message.id !== 1) message = await client.next();

    t.like(message.result, {verdict: 'completed', generation: 2, replaced: [1]});
    await recovers(t, scene);
  },
);

run('ssd stopped while its workers die collects and replaces them when it goes on', async t => {
  const scene = await stage(t, ['--workers=3', '--interval=0.1']);
  await scene.traffic.stop();
  const {generations} = (await status(scene.rig)) as {generations?: {workers: {pid: number}[]}[]};
  const pids = generations?.[0]?.workers.map(({pid}) => pid) ?? [];
  t.is(pids.length, 3);
  scene.ssd.kill('SIGSTOP');
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  // Three exits, and one SIGCHLD: signals of one kind do not queue.
  scene.ssd.kill('SIGCONT');

  await scene.ssd.line(/generation 2 is ready/);
  await recovers(t, {...scene, traffic: startLightTraffic(scene.port)});
});

run('a log command that stalls stops nothing, and hears later how many lines it missed', async t => {
  const scene = await stage(t, ['--log-file=| echo command $$ >&2; exec cat >&2']);
  const line = /command (\d+)/.exec(scene.ssd.stderr())?.[1];
  const command = Number(line);
  process.kill(command, 'SIGSTOP');
  // It may be about to read.
  await until(() => / T /.test(readFileSync(`/proc/${command}/stat`, 'utf8')), 5000, {
    code: 'usage',
    problem: '',
  });
  fillPipe(command);

  t.like(await restart(scene.rig), {verdict: 'completed', generation: 2});
  t.notRegex(scene.ssd.stderr(), /generation 2/);

  process.kill(command, 'SIGCONT');
  await restart(scene.rig);
  await scene.ssd.line(/\d+ log lines were dropped/);
  await recovers(t, scene);
});

/** Writes to the pipe that a process reads as its standard input until it takes no more. */
function fillPipe(reader: number): void {
  const fd = openSync(`/proc/${reader}/fd/0`, constants.O_WRONLY | constants.O_NONBLOCK);
  try {
    for (let size = 4096; size > 0; ) {
      try {
        writeSync(fd, Buffer.alloc(size, '\n'));
      } catch {
        // EAGAIN: smaller pieces may still fit.
        size = Math.floor(size / 2);
      }
    }
  } finally {
    closeSync(fd);
  }
}
