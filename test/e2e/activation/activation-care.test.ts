/** What ssd does for the sockets that were passed to it, and what it leaves to whoever passed them. */
import {existsSync, unlinkSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import type {Problem} from '../../../src/shared/protocol/problem.js';
import {activated, withSockets} from '../../helpers/adapters/activated.js';
import {flagsOf} from '../../helpers/adapters/descriptors.js';
import {restart, status} from '../../helpers/clients/control.js';
import {ask, boundPort, createRig, INSTALLED, SERVER} from '../../helpers/rig.js';

const QUICK = '--interval=0.1';
const BREAKER = fileURLToPath(new URL('../../../../test/fixtures/breaker.pl', import.meta.url));

test('a TCP socket that a worker has shut down is listened on again, with the backlog and the flag asked for', async t => {
  const rig = await createRig(t);
  const program = ['perl', BREAKER, '', 'shutdown $l, 2; exit 0'];
  const args = ['--ready=fd', '--backlog=7', '--nonblocking=yes'];
  const ssd = activated(rig, ['tcp:127.0.0.1:0'], args, {program});
  const port = await boundPort(ssd);
  await ssd.line(/generation 1 is ready/);
  const verdict = await restart(rig);
  t.like((verdict.problems as readonly Problem[])[0], {
    code: 'listener-shut',
    subject: `tcp 127.0.0.1:${port}`,
  });
  const {pid, generation} = await ask(port);
  t.is(generation, 2);
  t.true(flagsOf(3, pid).nonBlocking);
  t.like((await status(rig)).listeners, [{queue: {limit: 7}}]);
});

test('the path of a passed socket that is removed is a problem, and ssd does not make it anew', async t => {
  const rig = await createRig(t);
  const ssd = activated(rig, [`unix:${rig.path('x')}`], [QUICK]);
  await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  unlinkSync(rig.path('x'));
  await ssd.line(/path \S+ no longer leads to the listener: the socket was passed to ssd; start ssd again/);
  await restart(rig);
  t.false(existsSync(rig.path('x')));
});

test('a process that was passed the same socket is no leftover of ssd', async t => {
  const rig = await createRig(t);
  const both = [
    'sh',
    '-c',
    `sleep 1000 & LISTEN_PID=$$ exec ${INSTALLED.ssd} --control=${rig.control} ${QUICK} -- "$@"`,
    'sh',
  ];
  const ssd = rig.start(withSockets(['tcp:127.0.0.1:0'], [...both, ...SERVER]));
  await rig.conductor.nextWorker();
  await ssd.line(/generation 1 is ready/);
  t.is((await restart(rig)).problems, undefined);
});

test('a unix socket that a worker has shut down stays so, and ssd says who can help', async t => {
  const rig = await createRig(t);
  const program = ['perl', BREAKER, '', 'shutdown $l, 2; exit 0'];
  const ssd = activated(rig, [`unix:${rig.path('x')}`], ['--ready=fd'], {program});
  await ssd.line(/generation 1 is ready/);
  const verdict = await restart(rig);
  const [problem] = verdict.problems as readonly Problem[];
  t.like(problem, {code: 'listener-shut', subject: `unix ${rig.path('x')}`});
  t.regex(
    problem?.cause ?? '',
    /; a unix socket stays shut, and this one was passed to ssd: start ssd again with another$/,
  );
  t.true(existsSync(rig.path('x')));
});
