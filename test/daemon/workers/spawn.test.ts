import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {isatty} from 'node:tty';
import test, {type ExecutionContext} from 'ava';
import {parsePath, parsePort, placeListeners} from '../../../src/daemon/config/address.js';
import type {Input} from '../../../src/daemon/core/types.js';
import {createBorder} from '../../../src/daemon/faults/border.js';
import {closeListeners, openListeners} from '../../../src/daemon/sockets/listeners.js';
import {now} from '../../../src/daemon/system/clock.js';
import {groupOf} from '../../../src/daemon/system/posix-process.js';
import {watchChildren} from '../../../src/daemon/workers/children.js';
import {createEnvironmentReader, type Oddity} from '../../../src/daemon/workers/environment.js';
import {UNCONFINED} from '../../../src/daemon/workers/privileges/confinement.js';
import {createReadiness} from '../../../src/daemon/workers/readiness/create.js';
import {createPins} from '../../../src/daemon/workers/release/pins.js';
import {spawnWorkers, type WorkerContext} from '../../../src/daemon/workers/spawn.js';
import {createStderrTails} from '../../../src/daemon/workers/stderr/tails.js';
import {temporaryDirectory} from '../../helpers/adapters/temporary.js';
import {Mailbox} from '../../helpers/mailbox.js';

process.setMaxListeners(100);

type Stage = {
  readonly directory: string;
  readonly context: WorkerContext;
  readonly oddities: readonly Oddity[];
  readonly next: () => Promise<Input>;
};

/** Everything that spawns workers, and all of it real; standard error is captured. */
async function stage(
  t: ExecutionContext,
  script: string,
  change: Partial<WorkerContext> = {},
): Promise<Stage> {
  const directory = temporaryDirectory(t);
  const specs = [parsePort('127.0.0.1:0'), parsePath(join(directory, 'socket'))];
  const listeners = await openListeners({listeners: placeListeners(specs), backlog: 10});
  t.teardown(() => closeListeners(listeners));
  const children = watchChildren();
  t.teardown(children.dispose);
  const events = new Mailbox<Input>('an event of a worker');
  const oddities: Oddity[] = [];
  const submit = (event: Input) => events.put(event);
  const problems = {raise: () => {}, solve: () => {}};
  const tails = createStderrTails({capture: true, now, passOn: data => data.length});
  t.teardown(tails.dispose);
  const given = {listeners, children, now, submit, problems, confinement: UNCONFINED};
  const readiness = createReadiness({how: 'interval'}, given);
  t.teardown(readiness.dispose);
  const environment =
    change.environment ?? createEnvironmentReader({PATH: process.env.PATH, OWN: 'kept', LISTEN_FDS: '1'});
  const context: WorkerContext = {
    program: ['/bin/sh', '-c', script, 'sh'],
    directory,
    environment,
    pins: createPins(null, environment),
    checks: {prepare: () => {}},
    killGroup: false,
    listenFds: false,
    forms: [],
    confinement: UNCONFINED,
    border: createBorder(problem => t.fail(problem.cause)),
    listeners,
    children,
    readiness,
    tails,
    now,
    submit,
    onEnvironment: ({oddities: found}) => oddities.push(...found),
    onStop: () => {},
    withTrace: env => env,
    ...change,
  };
  return {directory, context, oddities, next: () => events.take()};
}

const order = (...ids: readonly number[]) => ({
  type: 'spawn' as const,
  generation: 7,
  places: ids.map(id => ({id, index: id + 10})),
  of: 4,
  origin: {type: 'link'} as const,
  keep: [],
  serving: true,
});

test('what the environment says comes first, then the spawn, then the exit', async t => {
  const {context, next} = await stage(t, 'exit 3');
  spawnWorkers(context, order(2));
  t.like(await next(), {type: 'environment', tunables: {killOldDelayMs: 0, autoRestartMs: null}});
  t.like(await next(), {type: 'spawned', generation: 7, worker: 2});
  t.like(await next(), {
    type: 'exited',
    generation: 7,
    worker: 2,
    ending: {type: 'exited', code: 3},
    hint: null,
  });
});

test('a worker finds the listeners at their numbers, and their names in the environment', async t => {
  const {context, next, directory} = await stage(
    t,
    'env >env; for n in 3 4; do readlink /proc/$$/fd/$n; done >fds',
  );
  spawnWorkers(context, order(0));
  for (const type of ['environment', 'spawned', 'exited']) t.like(await next(), {type});
  const env = readFileSync(join(directory, 'env'), 'utf8').split('\n');
  for (const line of [
    `SERVER_STARTER_PORT=127.0.0.1:0=3;${directory}/socket=4`,
    'SERVER_STARTER_GENERATION=7',
    'SSD_SOCKET_TYPES=3=tcp;4=unix',
    'SSD_WORKERS=4',
    'SSD_WORKER_INDEX=10',
    'OWN=kept',
  ]) {
    t.true(env.includes(line), line);
  }
  t.false(env.some(line => line.startsWith('LISTEN_FDS=')));
  t.regex(readFileSync(join(directory, 'fds'), 'utf8'), /^socket:\[\d+\]\nsocket:\[\d+\]\n$/);
});

test('nothing else than its standard descriptors and its listeners is open in a worker', async t => {
  const {context, next, directory} = await stage(
    t,
    'open=; for n in $(seq 0 99); do [ -e /proc/$$/fd/$n ] && open="$open $n"; done; echo $open >open',
  );
  spawnWorkers(context, order(0));
  for (const type of ['environment', 'spawned', 'exited']) t.like(await next(), {type});
  t.is(readFileSync(join(directory, 'open'), 'utf8'), '0 1 2 3 4\n');
});

test('several workers of a generation have each their own index and end', async t => {
  const {context, next} = await stage(t, 'exit $SSD_WORKER_INDEX');
  spawnWorkers(context, order(0, 1, 2));
  t.like(await next(), {type: 'environment'});
  for (const worker of [0, 1, 2]) t.like(await next(), {type: 'spawned', worker});
  const endings = [await next(), await next(), await next()];
  t.deepEqual(
    endings.map(event => (event.type === 'exited' ? [event.worker, event.ending] : event.type)).sort(),
    [0, 1, 2].map(worker => [worker, {type: 'exited', code: worker + 10}]),
  );
});

test('the last words of a worker give a hint', async t => {
  const {context, next} = await stage(t, 'echo "listen EADDRINUSE" >&2; exit 1');
  spawnWorkers(context, order(0));
  for (const type of ['environment', 'spawned']) t.like(await next(), {type});
  t.like(await next(), {type: 'exited', hint: 'binds-port-itself'});
  t.deepEqual(context.tails.read({generation: 7, worker: 0}).lines, ['listen EADDRINUSE']);
});

test('a worker leads a group of its own where there is no terminal, and where its group is to be killed', async t => {
  for (const killGroup of [false, true]) {
    const {context, next} = await stage(t, 'exec sleep 1000', {killGroup});
    spawnWorkers(context, order(0));
    t.like(await next(), {type: 'environment'});
    const spawned = await next();
    const pid = 'pid' in spawned ? spawned.pid : 0;
    t.is(groupOf(pid), killGroup || !isatty(0) ? pid : groupOf(process.pid));
    context.children.kill(pid);
    t.like(await next(), {type: 'exited', ending: {type: 'signalled', signal: 'SIGKILL'}});
  }
});

const fails = test.macro({
  exec: async (t, program: string, cause: string) => {
    const {context, next, directory} = await stage(t, '');
    writeFileSync(join(directory, 'denied'), '');
    writeFileSync(join(directory, 'broken'), '#!/no/such\n', {mode: 0o755});
    spawnWorkers({...context, program: [program]}, order(0, 1));
    t.like(await next(), {type: 'environment'});
    for (const worker of [0, 1]) t.like(await next(), {type: 'spawn-failed', generation: 7, worker, cause});
  },
  title: (_given, program) => `every worker of a program that cannot be run has failed: ${program}`,
});

test(fails, './nothing', 'ENOENT');
test(fails, 'no-such-program', 'ENOENT');
test(fails, './denied', 'EACCES');
test(fails, './broken', 'ENOENT');

test('the environment is read again for every order', async t => {
  const ENVDIR = temporaryDirectory(t);
  const {context, next, oddities} = await stage(t, 'exit $CODE', {
    environment: createEnvironmentReader({PATH: process.env.PATH, ENVDIR}),
  });
  for (const code of [4, 5]) {
    writeFileSync(join(ENVDIR, 'CODE'), String(code));
    writeFileSync(join(ENVDIR, 'KILL_OLD_DELAY'), code === 4 ? '9' : 'soon');
    spawnWorkers(context, order(code));
    t.like(await next(), {type: 'environment', tunables: {killOldDelayMs: code === 4 ? 9000 : 0}});
    t.like(await next(), {type: 'spawned'});
    t.like(await next(), {type: 'exited', ending: {code}});
  }
  t.deepEqual(
    oddities.map(({subject}) => subject),
    ['KILL_OLD_DELAY=soon'],
  );
});

test('a new generation fails if its environment cannot be read; a worker that replaces a lost one has the last values', async t => {
  const ENVDIR = temporaryDirectory(t);
  writeFileSync(join(ENVDIR, 'CODE'), '4');
  const environment = createEnvironmentReader({PATH: process.env.PATH, ENVDIR});
  environment.read();
  writeFileSync(join(ENVDIR, 'CODE'), '5\0');
  const {context, next} = await stage(t, 'exit $CODE', {environment});
  spawnWorkers(context, order(0));
  t.like(await next(), {
    type: 'spawn-failed',
    cause: `cannot read envdir file ${ENVDIR}/CODE: it contains a NUL byte`,
  });
  spawnWorkers(context, order(1));
  t.like(await next(), {type: 'environment'});
  t.like(await next(), {type: 'spawned', worker: 1});
  t.like(await next(), {type: 'exited', worker: 1, ending: {type: 'exited', code: 4}});
});
