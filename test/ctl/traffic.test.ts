/** How ssctl shows what clients meet with: queues, drops, connections that keep a generation. */
import test from 'ava';
import {renderStatus} from '../../src/ctl/render/status.js';
import {createFinishing, describeDrain} from '../../src/ctl/render/still-finishing.js';
import type {
  GenerationStatus,
  ListenerStatus,
  Status,
  WorkerStatus,
} from '../../src/shared/protocol/status.js';

const worker = (connections: number | null, oldestConnectionMs: number | null): WorkerStatus => ({
  phase: 'retiring',
  index: 0,
  pid: 7,
  ageMs: 1000,
  retiringMs: 10,
  restarts: 0,
  text: null,
  stopping: false,
  stopped: false,
  memoryBytes: null,
  cpuMs: null,
  connections,
  oldestConnectionMs,
});

const retiring = (generation: number, ...workers: WorkerStatus[]): GenerationStatus => ({
  generation,
  phase: 'retiring',
  ageMs: 1000,
  workers,
});

test('what is left of a drain is said with its connections, where they are known', t => {
  t.is(
    describeDrain([retiring(3, worker(2, 61_000), worker(10, 240_000))]),
    'generation 3 is still there, kept by 12 connections, the oldest 4m 0s old',
  );
  t.is(
    describeDrain([retiring(3, worker(1, 1000)), retiring(4, worker(0, null))]),
    'generations 3, 4 are still there, kept by 1 connection, the oldest 1.0s old',
  );
  t.is(describeDrain([retiring(3, worker(0, null))]), 'generation 3 is still there');
  t.is(describeDrain([retiring(3, worker(2, 1000), worker(null, null))]), 'generation 3 is still there');
});

test('who makes room, and who pauses, is told what that waits for', t => {
  const finishing = createFinishing('restart');
  finishing.take({type: 'making-room', generations: [1]});
  finishing.take({type: 'telling', generation: 1, pids: [7], signal: 'TERM'});
  const waits =
    'no generation serves, and clients wait; waiting for generation 1 to finish (--stop-timeout of ssd limits it)';
  t.is(finishing.text(), waits);
  t.is(createFinishing('pause').text([retiring(1, worker(0, null))]), waits);
});

test('a restart says which generations it waits for, and how many connections keep those', t => {
  const finishing = createFinishing('restart');
  t.is(finishing.text(), null);
  finishing.take({type: 'ready', generation: 2, pids: [8], tookMs: 5});
  finishing.take({type: 'telling', generation: 1, pids: [7], signal: 'TERM'});
  const rest = '(--until=ready does not wait, --stop-timeout of ssd limits it)';
  t.is(finishing.text(), `generation 2 serves; waiting for generation 1 to finish ${rest}`);
  const generations = [retiring(1, worker(3, 9)), retiring(2, worker(50, 9))];
  t.is(
    finishing.text(generations),
    `generation 2 serves; waiting for generation 1 to finish, kept by 3 connections ${rest}`,
  );
  finishing.take({type: 'finished', generation: 1, pid: 7, ending: {type: 'exited', code: 0}});
  t.is(finishing.text(generations), null);
});

test('a listener shows what waits and what was dropped, a worker its connections', t => {
  const listeners: readonly ListenerStatus[] = [
    {
      name: '8080',
      fd: 3,
      type: 'tcp',
      address: '0.0.0.0:8080',
      queue: {waiting: 2, limit: 1},
      buffer: null,
      drops: 6,
    },
    {
      name: 'localhost:53',
      fd: 4,
      type: 'udp',
      address: '127.0.0.1:53',
      queue: null,
      buffer: {bytes: 1280, limit: 212_992},
      drops: 0,
    },
  ];
  const text = renderStatus({...STATUS, listeners, generations: [retiring(9, worker(12, 240_000))]});
  t.regex(text, /^listeners +tcp 0\.0\.0\.0:8080 as descriptor 3, queue 2\/1, 6 dropped$/m);
  t.regex(text, /^ +udp 127\.0\.0\.1:53 as descriptor 4, named localhost:53, queue 1280\/212992 bytes$/m);
  t.regex(text, /^GENERATION +PID +PHASE +AGE +CONNS +OLDEST +STATUS\n9 +7 +retiring +1\.0s +12 +4m 0s /m);
});

const STATUS: Status = {
  statusVersion: 1,
  instance: 'app',
  version: '1.2.3',
  pid: 4711,
  uptimeMs: 1000,
  wanted: 'running',
  workers: 1,
  program: ['server'],
  logFile: null,
  current: null,
  incoming: null,
  failing: null,
  listeners: [],
  generations: [],
  failures: [],
  problems: [],
};
