import {writeFile} from 'node:fs/promises';
import test, {type ExecutionContext} from 'ava';
import type {Input} from '../../../../src/daemon/core/types.js';
import {now} from '../../../../src/daemon/system/clock.js';
import {watchChildren} from '../../../../src/daemon/workers/children.js';
import {UNCONFINED} from '../../../../src/daemon/workers/privileges/confinement.js';
import {createNotifyReadiness, parse} from '../../../../src/daemon/workers/readiness/by-notify.js';
import type {ProblemFacts} from '../../../../src/shared/protocol/problem.js';
import {Mailbox} from '../../../helpers/mailbox.js';
import {makeNotifier} from '../../../helpers/notify.js';
import {needs} from '../../../helpers/programs.js';
import {createRig, type Rig, type Running} from '../../../helpers/rig.js';

const withPython = needs('python3');
const ADDRESS = {generation: 3, worker: 1};

function listening(t: ExecutionContext) {
  const events = new Mailbox<Input>('an event of a worker');
  const raised = new Mailbox<ProblemFacts>('a problem');
  const children = watchChildren();
  const readiness = createNotifyReadiness({
    listeners: [],
    children,
    confinement: UNCONFINED,
    now,
    submit: event => events.put(event),
    problems: {raise: problem => raised.put(problem), solve: () => {}},
  });
  t.teardown(() => {
    readiness.dispose();
    children.dispose();
  });
  const prepared = readiness.prepare(ADDRESS, {}, null);
  return {readiness, prepared, next: () => events.take(), problem: () => raised.take()};
}

/** Says something at each cue, and lives on. */
const ON_CUE = `
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(os.environ['NOTIFY_SOCKET'].replace('@', '\\0', 1))
while True:
    s.send(b'STATUS=' + open(sys.argv[1], 'rb').read())
`;

type Prepared = ReturnType<typeof listening>['prepared'];

/** A shell script that knows the socket. A later turn of the event loop handles what it sends. */
function worker(rig: Rig, {env}: Prepared, script: string): Running {
  return rig.start(['sh', '-c', script], {env});
}

withPython('what a worker says is told with its address', async t => {
  const rig = await createRig(t);
  const notify = makeNotifier(rig);
  const {prepared, next} = listening(t);
  const {pid} = worker(rig, prepared, `exec ${notify('STATUS=warm\nREADY=1\nEXTEND_TIMEOUT_USEC=1500000')}`);
  prepared.onSpawned(pid);
  t.like(await next(), {type: 'noted', ...ADDRESS, text: 'warm', stopping: false});
  t.like(await next(), {type: 'extend', ...ADDRESS, ms: 1500});
  t.like(await next(), {type: 'ready', ...ADDRESS});
});

withPython('a descendant speaks for its worker, as far down as it may be', async t => {
  const rig = await createRig(t);
  const notify = makeNotifier(rig);
  const {prepared, next} = listening(t);
  const {pid} = worker(
    rig,
    prepared,
    `sh -c "sh -c \\"${notify('READY=1').replaceAll('"', '\\"')}; true\\"; true"; true`,
  );
  prepared.onSpawned(pid);
  t.like(await next(), {type: 'ready', ...ADDRESS});
});

withPython('a process that the worker names is heard, and none that a stranger names', async t => {
  const rig = await createRig(t);
  const notify = makeNotifier(rig);
  const {readiness, prepared, next, problem} = listening(t);
  const cue = `${rig.directory}/cue`;
  await rig.run(['mkfifo', cue]);
  const named = rig.start(['python3', '-c', ON_CUE, cue], {env: prepared.env});
  const other = worker(rig, prepared, `exec ${notify(`MAINPID=${named.pid}`)}`);
  t.regex((await problem()).cause ?? '', new RegExp(`^a notification from pid ${other.pid} is ignored`));
  const {pid} = worker(rig, prepared, `${notify(`MAINPID=${named.pid}\nSTATUS=main`)}; exec sleep 1000`);
  prepared.onSpawned(pid);
  t.like(await next(), {type: 'noted', ...ADDRESS, text: 'main'});
  await writeFile(cue, 'named');
  t.like(await next(), {type: 'noted', ...ADDRESS, text: 'named'});
  readiness.end(ADDRESS);
  await writeFile(cue, 'late');
  // The barrier of the helper may be heard of after the end of its worker.
  let {cause} = await problem();
  while (!cause.includes(` ${named.pid} `)) ({cause} = await problem());
  t.regex(cause, new RegExp(`^a notification from pid ${named.pid} is ignored`));
});

withPython('what a process has said before it is named counts, once it is named', async t => {
  const rig = await createRig(t);
  const notify = makeNotifier(rig);
  const {prepared, next} = listening(t);
  const cue = `${rig.directory}/cue`;
  await rig.run(['mkfifo', cue]);
  const monitor = rig.start(['python3', '-c', ON_CUE, cue], {env: prepared.env});
  // As `podman run` does on a busy machine: its monitor is quicker.
  await writeFile(cue, 'first\nREADY=1');
  const named = `MAINPID=${monitor.pid}`;
  const {pid} = worker(rig, prepared, `${notify(named)}; exec sleep 1000`);
  prepared.onSpawned(pid);
  t.like(await next(), {type: 'noted', ...ADDRESS, text: 'first'});
  t.like(await next(), {type: 'ready', ...ADDRESS});
});

withPython('a stranger is not heard, and told of', async t => {
  const rig = await createRig(t);
  const notify = makeNotifier(rig);
  const {prepared, next, problem} = listening(t);
  const stranger = worker(rig, prepared, `exec ${notify('READY=1')}`);
  t.deepEqual(await problem(), {
    code: 'notification',
    subject: prepared.env.NOTIFY_SOCKET ?? '',
    cause: `a notification from pid ${stranger.pid} is ignored: its sender has ended, or is neither a worker nor a descendant of one`,
  });
  await stranger.exit();
  const {pid} = worker(rig, prepared, `exec ${notify('STOPPING=1')}`);
  prepared.onSpawned(pid);
  await worker(rig, prepared, `exec ${notify('READY=1')}`).exit();
  t.like(await next(), {type: 'noted', text: null, stopping: true});
});

withPython(
  'what a worker has said before its end counts, and nothing that comes in its name later',
  async t => {
    const rig = await createRig(t);
    const notify = makeNotifier(rig);
    const {readiness, prepared, next, problem} = listening(t);
    const speaking = worker(rig, prepared, `exec ${notify('READY=1')}`);
    prepared.onSpawned(speaking.pid);
    await speaking.exit();
    readiness.end(ADDRESS);
    t.like(await next(), {type: 'ready', ...ADDRESS});
    const late = worker(rig, prepared, `exec ${notify('READY=1')}`);
    // The barrier of the first one may arrive after its end.
    let {cause} = await problem();
    if (cause.includes(` ${speaking.pid} `)) ({cause} = await problem());
    t.regex(cause, new RegExp(`^a notification from pid ${late.pid} `));
  },
);

const said = test.macro({
  exec: (t: ExecutionContext, text: string, expected: Partial<ReturnType<typeof parse>>) => {
    t.deepEqual(parse(text), {
      mainPid: null,
      ready: false,
      stopping: false,
      status: undefined,
      extendMs: null,
      ...expected,
    });
  },
  title: (_given, text: string) => `${JSON.stringify(text.slice(0, 40))} is understood`,
});

test(said, '', {});
test(said, 'READY=1', {ready: true});
test(said, 'READY=1\n', {ready: true});
test(said, 'READY=0', {});
test(said, 'READY=11', {});
test(said, 'NOREADY=1', {});
test(said, 'X_STATUS=1\nBARRIER=1\nSTOPPING=1', {stopping: true});
test(said, 'STATUS=a=b', {status: 'a=b'});
test(said, 'STATUS=', {status: ''});
test(said, `STATUS=${'x'.repeat(1000)}`, {status: 'x'.repeat(200)});
test(said, 'READY=1\nREADY=0', {});
test(said, 'EXTEND_TIMEOUT_USEC=2500', {extendMs: 2.5});
test(said, 'EXTEND_TIMEOUT_USEC=-1', {});
test(said, 'EXTEND_TIMEOUT_USEC=soon', {});
test(said, `EXTEND_TIMEOUT_USEC=${2n ** 64n}`, {extendMs: 24 * 60 * 60 * 1000});
test(said, 'MAINPID=123\nREADY=1', {mainPid: 123, ready: true});
for (const pid of ['0', '1', '-5', '1.5', '', '99999999999999999999x']) test(said, `MAINPID=${pid}`, {});
