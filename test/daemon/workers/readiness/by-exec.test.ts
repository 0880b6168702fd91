import {existsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {Input} from '../../../../src/daemon/core/types.js';
import {now} from '../../../../src/daemon/system/clock.js';
import {watchChildren} from '../../../../src/daemon/workers/children.js';
import {UNCONFINED} from '../../../../src/daemon/workers/privileges/confinement.js';
import {createExecReadiness, PROBE_PAUSE_MS} from '../../../../src/daemon/workers/readiness/by-exec.js';
import type {ReadinessWatch} from '../../../../src/daemon/workers/readiness/readiness.js';
import {endOf} from '../../../helpers/adapters/end-of.js';
import {linePipe} from '../../../helpers/adapters/pipe.js';
import {temporaryDirectory} from '../../../helpers/adapters/temporary.js';
import {Mailbox} from '../../../helpers/mailbox.js';
import {needs} from '../../../helpers/programs.js';

process.setMaxListeners(100);

const ADDRESS = {generation: 1, worker: 0};

function asking(t: ExecutionContext, command: string) {
  const children = watchChildren();
  const events = new Mailbox<Input>('an event of the readiness');
  const seen: Input[] = [];
  const raised: string[] = [];
  const readiness = createExecReadiness(command, {
    listeners: [],
    children,
    directory: null,
    confinement: UNCONFINED,
    now,
    submit: event => {
      seen.push(event);
      events.put(event);
    },
    problems: {
      raise: ({code, subject, cause}) => raised.push(`${code} ${subject}: ${cause}`),
      solve: (code, subject) => raised.push(`solved ${code} ${subject}`),
    },
  });
  t.teardown(() => {
    readiness.dispose();
    children.dispose();
  });
  return {readiness, children, seen, raised, next: () => events.take()};
}

/** A worker with this pid has been spawned, with this in its environment. */
function spawned(readiness: ReadinessWatch, pid: number | null, env: Record<string, string> = {}): void {
  readiness.prepare(ADDRESS, {PATH: process.env.PATH ?? '', ...env}).onSpawned(pid);
}

test('a command that exits with 0 makes its worker ready; it has the environment of the worker, and its pid', async t => {
  const {readiness, next} = asking(t, 'test "$SSD_WORKER_PID $OWN" = "4711 mine"');
  const prepared = readiness.prepare(ADDRESS, {PATH: process.env.PATH ?? '', OWN: 'mine'});
  t.deepEqual([prepared.env, prepared.descriptors], [{}, []]);
  prepared.onSpawned(4711);
  t.like(await next(), {type: 'ready', ...ADDRESS});
});

test('a command that fails is run again, with a pause, until it succeeds', async t => {
  const directory = temporaryDirectory(t);
  const {readiness, next, seen} = asking(
    t,
    `echo x >>${directory}/runs; test $(wc -l <${directory}/runs) -ge 3`,
  );
  const start = now();
  spawned(readiness, 1);
  t.like(await next(), {type: 'ready'});
  t.true(now() - start >= 2 * PROBE_PAUSE_MS);
  t.is(seen.length, 1);
});

test('a command that a signal ends has failed', async t => {
  const path = join(temporaryDirectory(t), 'second');
  const {readiness, next} = asking(t, `test -e ${path} && exit 0; echo x >${path}; kill -9 $$`);
  spawned(readiness, 1);
  t.like(await next(), {type: 'ready'});
});

test('for a worker that was not spawned nothing is run', async t => {
  const path = join(temporaryDirectory(t), 'ran');
  const {readiness, next} = asking(t, `test $SSD_WORKER_PID = 1 || echo x >${path}`);
  spawned(readiness, null);
  spawned(readiness, 1);
  t.like(await next(), {type: 'ready'});
  t.false(existsSync(path));
});

const stopped = (how: 'end' | 'stopAsking' | 'dispose') =>
  needs('python3')(
    `on ${how} the command is killed with its group, and what it did is not heard of`,
    async t => {
      const said = linePipe(t);
      const out = `/proc/${process.pid}/fd/${said.writeEnd}`;
      const {readiness, seen, children} = asking(t, `sleep 1000 & echo $! >${out}; wait`);
      spawned(readiness, 1);
      const grandchild = Number(await said.line());
      said.close();
      if (how === 'dispose') readiness.dispose();
      else readiness[how](ADDRESS);
      await endOf(grandchild);
      children.collect();
      t.deepEqual(seen, []);
    },
  );
for (const how of ['end', 'stopAsking', 'dispose'] as const) stopped(how);

test('a command that succeeds for a worker that has ended does not make its successor ready', async t => {
  const go = join(temporaryDirectory(t), 'go');
  const {readiness, seen, next} = asking(t, `test -e ${go}`);
  spawned(readiness, 1);
  readiness.end(ADDRESS);
  readiness.prepare({generation: 2, worker: 0}, {}).onSpawned(2);
  writeFileSync(go, '');
  t.like(await next(), {type: 'ready', generation: 2});
  t.is(seen.length, 1);
});

test('a command that cannot be started is reported, and the next worker is not harmed', async t => {
  const {readiness, raised, next} = asking(t, 'true');
  // Too much for one variable (execve(2), MAX_ARG_STRLEN).
  const env: Record<string, string> = {BIG: 'x'.repeat(200_000)};
  const prepared = readiness.prepare(ADDRESS, env);
  prepared.onSpawned(1);
  t.deepEqual(raised, ['ready-command true: E2BIG']);
  readiness.end(ADDRESS);
  spawned(readiness, 1);
  t.like(await next(), {type: 'ready'});
});
