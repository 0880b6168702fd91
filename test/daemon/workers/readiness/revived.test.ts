/** What workers say of their readiness is heard once when ssd is replaced by execve(2). */
import {readFileSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {acrossExec} from '../../../helpers/adapters/reexec.js';
import {source} from '../../../helpers/adapters/script.js';
import {needs} from '../../../helpers/programs.js';
import {createRig} from '../../../helpers/rig.js';

const withPython = needs('python3');

const common = `
  import {createReadiness} from '${source('daemon/workers/readiness/create')}';
  import {watchChildren} from '${source('daemon/workers/children')}';
  import {UNCONFINED} from '${source('daemon/workers/privileges/confinement')}';
  import {monotonicMs} from '${source('shared/monotonic')}';
  const told = [];
  let heard = () => {};
  const until = done => new Promise(resolve => {
    heard = () => { if (done()) setImmediate(resolve); };
    heard();
  });
  const turn = () => new Promise(resolve => setImmediate(resolve));
  const create = (when, children, revived) => createReadiness(when, {
    listeners: [], children, confinement: UNCONFINED, now: () => Math.floor(monotonicMs()),
    submit: ({now, generation, ...input}) => { told.push(input); heard(); },
    problems: {raise: () => {}, solve: () => {}},
  }, revived);
  const start = (children, readiness, worker, argv) => {
    const {env, descriptors, onSpawned} = readiness.prepare({generation: 3, worker}, process.env, null);
    const {pid} = children.spawn({
      path: argv[0], argv, env: {...process.env, ...env}, directory: null, descriptors,
      onExit: () => readiness.end({generation: 3, worker}),
    });
    onSpawned(pid);
    return pid;
  };
  const handBoth = (children, readiness, rest) => {
    const {state, fds} = readiness.handOver();
    handOver({state: {readiness: state, children: children.handOver().state}, fds}, rest);
  };
  const takeBack = (children, readiness, pids) => {
    for (const [worker, pid] of pids.entries())
      children.takeBack(pid, {onExit: () => readiness.end({generation: 3, worker})});
    return children.forgetRest();
  };
  // A thread that still waited for the socket would keep the process from ending.
  const end = (readiness, children, pids) => {
    readiness.dispose();
    pids.forEach(pid => children.kill(pid));
  };`;

/** A worker that says much, and two processes that are not its descendants: it names the one at once, the other later. */
const TALKER = `
import os, socket
def connected():
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.connect(os.environ['NOTIFY_SOCKET'].replace('@', '\\0', 1))
    return s
def orphan(first, cue, second):
    (r, w), (go, let) = os.pipe(), os.pipe()
    if os.fork() == 0:
        if os.fork() == 0:
            os.read(go, 1)
            s = connected()
            if first: s.send(first)
            os.write(w, str(os.getpid()).encode())
            open(cue).read()
            s.send(second)
            open('end').read()
        os._exit(0)
    os.wait()
    os.write(let, b'x')
    return b'MAINPID=' + os.read(r, 20)
named = orphan(None, 'cue', b'STATUS=by the named')
later = orphan(b'STATUS=early', 'end', b'')
s = connected()
s.send(named)
for n in range(1000): s.send(b'STATUS=%d' % n)
open('go').read()
s.send(later)
s.send(b'READY=1')
s.send(b'STATUS=over')
open('end').read()
`;

for (const how of ['notify', 'interval']) {
  withPython(`no datagram of a thousand is lost or told twice across an exec: --ready=${how}`, async t => {
    const rig = await createRig(t);
    await rig.run(['mkfifo', 'cue', 'go', 'end']);
    writeFileSync(rig.path('talker.py'), TALKER);
    const found = (await acrossExec(rig, {
      common,
      before: `
        const children = watchChildren();
        const readiness = create({how: '${how}'}, children);
        const pids = [start(children, readiness, 0, ['/usr/bin/env', 'python3', 'talker.py'])];
        await until(() => told.length >= 300);
        // A look whose exec has failed.
        readiness.handOver();
        handBoth(children, readiness, {pids, before: told, address: readiness.prepare({}, {}, null).env.NOTIFY_SOCKET});`,
      after: `
        const children = watchChildren(true, state.children);
        const readiness = create({how: '${how}'}, children, state.readiness);
        const left = takeBack(children, readiness, rest.pids);
        const all = () => [...rest.before, ...told];
        const has = text => all().some(input => input.text === text);
        await until(() => has('999'));
        writeFileSync('cue', 'x');
        await until(() => has('by the named'));
        writeFileSync('go', 'x');
        await until(() => has('over') && (${how !== 'notify'} || all().some(({type}) => type === 'ready')));
        const address = readiness.prepare({}, {}, null).env.NOTIFY_SOCKET;
        end(readiness, children, rest.pids);
        print({told: all(), left, isSame: address === rest.address, early: rest.before.length < 1000});`,
    })) as {readonly told: readonly {readonly type: string; readonly text?: string}[]};
    t.like(found, {left: [], isSame: true, early: true});
    const thousand = Array.from({length: 1000}, (_, n) => String(n));
    t.deepEqual(
      found.told.filter(({type}) => type === 'noted').map(({text}) => text),
      [...thousand, 'by the named', 'early', 'over'],
    );
    t.is(found.told.filter(({type}) => type === 'ready').length, how === 'notify' ? 1 : 0);
  });
}

test('a newline on the descriptor counts once across an exec, and so does its closing', async t => {
  const rig = await createRig(t);
  await rig.run(['mkfifo', 'go', 'end']);
  const scripts = [
    // It says so again later, which must find a reader.
    'echo >&$SSD_READY_FD; read line <go; echo >&$SSD_READY_FD; echo alive >>written; read line <end',
    'read line <go; printf "text\\n" >&$SSD_READY_FD; echo alive >>written; read line <end',
    'eval "exec $SSD_READY_FD>&-"; read line <end',
  ];
  const found = (await acrossExec(rig, {
    common,
    before: `
      const children = watchChildren();
      const readiness = create({how: 'fd'}, children);
      const pids = ${JSON.stringify(scripts)}.map((script, worker) =>
        start(children, readiness, worker, ['/bin/sh', '-c', script]));
      const isClosed = () => readiness.handOver().state.way.workers.some(({readEnd}) => readEnd === null);
      const isSaid = () => readiness.handOver().state.way.workers.some(({said}) => said);
      while (!isSaid() || !isClosed()) await turn();
      handBoth(children, readiness, {pids, before: told});`,
    after: `
      const children = watchChildren(false, state.children);
      const readiness = create({how: 'fd'}, children, state.readiness);
      const left = takeBack(children, readiness, rest.pids);
      const all = () => [...rest.before, ...told].sort((one, other) => one.worker - other.worker);
      const go = openSync('go', 'r+');
      writeSync(go, '\\n\\n');
      await until(() => all().length >= 3);
      const {workers} = readiness.handOver().state.way;
      // The first one goes on after its second newline only if that has found a reader.
      while (!readFileSync('written', {encoding: 'utf8', flag: 'a+'}).includes('alive\\nalive')) await turn();
      for (let nth = 0; nth < 50; nth += 1) await turn();
      end(readiness, children, rest.pids);
      print({told: all(), left, workers: workers.map(({said, givenUp}) => [said, givenUp])});`,
  })) as {readonly told: unknown};
  t.deepEqual(found, {
    told: [
      {type: 'ready', worker: 0},
      {type: 'ready', worker: 1},
      {type: 'unready', worker: 2},
    ],
    left: [],
    workers: [
      [true, false],
      [true, false],
      [false, true],
    ],
  });
});

/** The first run fails, the second one waits until it is let go. */
const PROBE = 'echo "$SSD_WORKER_PID $NAME" >>runs; [ -e failed ] || { >failed; exit 1; }; read line <go';

for (const [when, isThere] of [
  ['between two runs', '({pid}) => pid === null'],
  [
    'in a run',
    `({pid}) => pid !== null && readFileSync('runs', {encoding: 'utf8', flag: 'a+'}).split('\\n').length === 3`,
  ],
]) {
  test(`a command that asks for readiness goes on across an exec ${when}`, async t => {
    const rig = await createRig(t);
    await rig.run(['mkfifo', 'go', 'end']);
    const found = await acrossExec(rig, {
      common,
      before: `
        process.env.NAME = 'of three';
        const children = watchChildren();
        const readiness = create({how: 'exec', command: ${JSON.stringify(PROBE)}}, children);
        const pids = [start(children, readiness, 0, ['/bin/sh', '-c', 'read line <end'])];
        const isThere = ${isThere};
        while (!readiness.handOver().state.way.workers.some(isThere)) await turn();
        delete process.env.NAME;
        handBoth(children, readiness, {pids});`,
      after: `
        const children = watchChildren(false, state.children);
        const readiness = create({how: 'exec', command: ${JSON.stringify(PROBE)}}, children, state.readiness);
        const left = takeBack(children, readiness, rest.pids);
        const go = openSync('go', 'r+');
        writeSync(go, '\\n\\n');
        await until(() => told.length > 0);
        const {workers: [{pid, isAnswered}]} = readiness.handOver().state.way;
        end(readiness, children, rest.pids);
        print({told, left, pid, isAnswered, worker: rest.pids[0]});`,
    });
    const {worker, ...others} = found as {readonly worker: number};
    t.deepEqual(others, {
      told: [{type: 'ready', worker: 0}],
      left: [],
      pid: null,
      isAnswered: true,
    } as object);
    t.is(readFileSync(rig.path('runs'), 'utf8'), `${worker} of three\n`.repeat(2));
  });
}

test('a socket and a pipe that were lost on the way are made again or count as closed', async t => {
  const rig = await createRig(t);
  const found = await acrossExec(rig, {
    common,
    before: `
      const children = watchChildren();
      const readiness = create({how: 'fd'}, children);
      readiness.prepare({generation: 3, worker: 0}, {}, null);
      const {state} = readiness.handOver();
      handOver({state: {readiness: state, children: children.handOver().state}, fds: []});`,
    after: `
      const children = watchChildren(false, state.children);
      const readiness = create({how: 'fd'}, children, state.readiness);
      await until(() => told.length > 0);
      const {NOTIFY_SOCKET} = readiness.prepare({generation: 3, worker: 1}, {}, null).env;
      end(readiness, children, []);
      print({told, isThere: NOTIFY_SOCKET !== undefined});`,
  });
  t.deepEqual(found, {told: [{type: 'unready', worker: 0}], isThere: true});
});
