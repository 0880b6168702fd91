import test, {type ExecutionContext} from 'ava';
import type {Input} from '../../../../src/daemon/core/types.js';
import {now} from '../../../../src/daemon/system/clock.js';
import {watchChildren} from '../../../../src/daemon/workers/children.js';
import {UNCONFINED} from '../../../../src/daemon/workers/privileges/confinement.js';
import {createFdReadiness} from '../../../../src/daemon/workers/readiness/by-fd.js';
import type {ReadinessContext} from '../../../../src/daemon/workers/readiness/readiness.js';
import {openDescriptors} from '../../../helpers/adapters/descriptors.js';
import {linePipe} from '../../../helpers/adapters/pipe.js';
import {EXHAUST, jsonOf, limited, scriptCommand, source} from '../../../helpers/adapters/script.js';
import {Mailbox, watched} from '../../../helpers/mailbox.js';
import {createRig} from '../../../helpers/rig.js';

process.setMaxListeners(100);

const ADDRESS = {generation: 1, worker: 0};

test('a worker whose end is not reported yet does not count as one that closed its descriptor', async t => {
  const events: Input['type'][] = [];
  const told = new Promise<void>(resolve => {
    const context: ReadinessContext = {
      listeners: [],
      confinement: UNCONFINED,
      children: {
        spawn: () => ({cause: 'EPERM'}),
        kill: () => null,
        collect: () => {
          events.push('exited');
          readiness.end(ADDRESS);
          resolve();
        },
        takeBack: () => {},
      },
      now: () => 0,
      submit: ({type}) => {
        events.push(type);
        resolve();
      },
      problems: {raise: () => {}, solve: () => {}},
    };
    const readiness = createFdReadiness(context);
    t.teardown(readiness.dispose);
    // The only writing end is closed: the pipe has ended.
    readiness.prepare(ADDRESS, {}, null).onSpawned(1);
  });
  await watched(told, () => 'nothing was told');
  t.deepEqual(events, ['exited']);
});

type Script = {readonly script: string; readonly spawned?: boolean};

/** A worker that is told where to write, and what is reported about it in the end. */
function worker(t: ExecutionContext, {script, spawned = true}: Script) {
  const children = watchChildren();
  const events = new Mailbox<string>('an event of a worker');
  const seen: string[] = [];
  const tell = (event: string) => {
    seen.push(event);
    events.put(event);
  };
  const listeners = [
    {
      name: '8080',
      type: 'tcp',
      fd: 5,
      own: 90,
      address: '',
      others: [],
      access: null,
      identity: null,
      passed: null,
      stored: null,
      adopted: null,
    },
  ] as const;
  const readiness = createFdReadiness({
    listeners,
    children,
    confinement: UNCONFINED,
    now,
    submit: ({type}) => tell(type),
    problems: {raise: () => t.fail(), solve: () => {}},
  });
  t.teardown(() => {
    readiness.dispose();
    children.dispose();
  });
  const {env, descriptors, onSpawned} = readiness.prepare(ADDRESS, {}, null);
  const order = {path: '/bin/sh', argv: ['sh', '-c', script], directory: null};
  const onExit = () => {
    readiness.end(ADDRESS);
    tell('exited');
  };
  const started = spawned
    ? children.spawn({...order, env: {...env, PATH: process.env.PATH}, descriptors, onExit})
    : {cause: 'ENOENT'};
  const pid = 'pid' in started ? started.pid : null;
  onSpawned(pid);
  const end = () => void (pid !== null && children.kill(pid));
  t.teardown(end);
  return {readiness, children, env, seen, end, next: () => events.take()};
}

const told = test.macro({
  exec: async (t, script: string, expected: readonly string[]) => {
    const {next, seen, env} = worker(t, {script});
    t.deepEqual(env, {SSD_READY_FD: '6'}, 'the number after that of the last listener');
    for (const event of expected) t.is(await next(), event);
    t.deepEqual(seen, expected);
  },
  title: (given = '') => given,
});

const LIVES_ON = 'exec sleep 1000';

test('a worker that writes a newline and lives on is ready', told, `echo >&6; ${LIVES_ON}`, ['ready']);
test('text before and after the newline is passed over', told, `printf "ab\\ncd\\n" >&6; ${LIVES_ON}`, [
  'ready',
]);
test('a newline counts once, however often it comes', async t => {
  const {next, seen, end} = worker(t, {script: `echo >&6; echo >&6; exec 6>&-; ${LIVES_ON}`});
  t.is(await next(), 'ready');
  end();
  t.is(await next(), 'exited');
  t.deepEqual(seen, ['ready', 'exited']);
});
test('text without a newline makes nobody ready', told, 'printf ab >&6; exit 0', ['exited']);
test('a worker that ends at once without a message has only ended', told, 'exit 1', ['exited']);
test('a worker that is killed has only ended', told, 'kill -9 $$', ['exited']);

test('a worker that closes the descriptor and lives on counts as failed', async t => {
  const {next} = worker(t, {script: 'exec 6>&-; exec sleep 1000'});
  t.is(await next(), 'unready');
});

test('a child of the worker may speak for it', async t => {
  const {next} = worker(t, {script: '(exec sh -c "echo >&6") ; exec 6>&-; exec sleep 1000'});
  t.is(await next(), 'ready');
});

test('what was written is taken in on request, and only once', async t => {
  const said = linePipe(t);
  const {readiness, seen} = worker(t, {
    script: `echo >&6; echo $$ >/proc/${process.pid}/fd/${said.writeEnd}; exec sleep 1000`,
  });
  await said.line();
  said.close();
  readiness.collect();
  readiness.collect();
  t.deepEqual(seen, ['ready']);
});

test.serial('where nothing was spawned no descriptor is left open', t => {
  const before = openDescriptors(/pipe/).length;
  const {readiness} = worker(t, {script: '', spawned: false});
  readiness.end(ADDRESS);
  t.is(openDescriptors(/pipe/).length, before);
});

test('with no descriptor left, the preparation throws', async t => {
  const rig = await createRig(t);
  const script = `${EXHAUST}
    import {createFdReadiness} from '${source('daemon/workers/readiness/by-fd')}';
    import {createStderrTails} from '${source('daemon/workers/stderr/tails')}';
    const readiness = createFdReadiness({listeners: [], confinement: {uid: null}});
    const tails = createStderrTails({capture: true, now: () => 0, passOn: () => 0});
    const address = {generation: 1, worker: 0};
    leave(1);
    const causes = [() => readiness.prepare(address, {}, null), () => tails.begin(address)].map(causeOf);
    console.log(JSON.stringify([causes, tails.read(address).lines]));`;
  t.deepEqual(await jsonOf(rig, limited('n', 100, scriptCommand(script))), [['EMFILE', 'EMFILE'], null]);
});
