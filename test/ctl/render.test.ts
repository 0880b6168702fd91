import test from 'ava';
import {renderStatus} from '../../src/ctl/render/status.js';
import {renderReady, renderScaled} from '../../src/ctl/render/verdict.js';
import {frameOf} from '../../src/ctl/terminal/screen.js';
import {STATUS_VERSION, type Status, type WorkerStatus} from '../../src/shared/protocol/status.js';

const worker: WorkerStatus = {
  phase: 'ready',
  index: 0,
  pid: 20_000,
  ageMs: 61_000,
  retiringMs: null,
  restarts: 0,
  text: null,
  stopping: false,
  stopped: false,
  memoryBytes: null,
  cpuMs: null,
  connections: null,
  oldestConnectionMs: null,
};

const status: Status = {
  statusVersion: STATUS_VERSION,
  instance: 'app',
  version: '1.2.3',
  pid: 4711,
  uptimeMs: 7_380_000,
  wanted: 'running',
  workers: 1,
  program: ['perl', '-e', "print 'x'"],
  logFile: null,
  current: 11,
  incoming: 12,
  failing: null,
  listeners: [
    {
      name: '8080',
      fd: 3,
      type: 'tcp',
      address: '0.0.0.0:8080',
      queue: {waiting: 0, limit: 4096},
      buffer: null,
      drops: 0,
    },
    {
      name: '/run/app.sock',
      fd: 4,
      type: 'unix',
      address: '/run/app.sock',
      queue: null,
      buffer: null,
      drops: 0,
    },
    {name: 'localhost:53', fd: 5, type: 'udp', address: '127.0.0.1:53', queue: null, buffer: null, drops: 0},
  ],
  generations: [
    {
      generation: 9,
      phase: 'retiring',
      ageMs: 90_000_000,
      workers: [{...worker, phase: 'retiring', pid: 100, ageMs: 90_000_000}],
    },
    {generation: 11, phase: 'ready', ageMs: 61_000, workers: [worker]},
    {
      generation: 12,
      phase: 'starting',
      ageMs: 250,
      workers: [{...worker, phase: 'pending', pid: null, ageMs: 0}],
    },
  ],
  problems: [],
  failures: [
    {
      what: 'start-failed',
      generation: 10,
      worker: 0,
      attempt: 2,
      pid: 300,
      ending: {type: 'signalled', signal: 'SIGSEGV'},
      hint: 'binds-port-itself',
      livedMs: 12,
      agoMs: 3000,
    },
  ],
};

test('status shows the instance, its listeners, the workers and the failures, in this order', t => {
  t.is(
    renderStatus(status),
    `instance   app
pid        4711, up 2h 3m, ssd 1.2.3
wanted     running
program    perl -e 'print '\\''x'\\'''
listeners  tcp 0.0.0.0:8080 as descriptor 3, queue 0/4096
           unix /run/app.sock as descriptor 4
           udp 127.0.0.1:53 as descriptor 5, named localhost:53

GENERATION  PID    PHASE     AGE
9           100    retiring  1d 1h
11          20000  ready     1m 1s
12          -      pending   -

FAILED  PID  WHAT              REASON                 LIVED  AGO
10      300  attempt 2 failed  was killed by SIGSEGV  12ms   3.0s

hint: the program binds the port itself; it must take the descriptor from SERVER_STARTER_PORT`,
  );
});

const many: Status = {
  ...status,
  incoming: null,
  workers: 2,
  logFile: '/var/log/app.log',
  listeners: [],
  failures: [],
  generations: [
    {
      generation: 11,
      phase: 'ready',
      ageMs: 60_000,
      workers: [
        {...worker, pid: 7, ageMs: 60_000, cpuMs: 6000, memoryBytes: 35_651_584, text: 'serves 12'},
        {...worker, index: 1, pid: 8, ageMs: 1000, restarts: 3, stopping: true},
      ],
    },
  ],
};

test('status shows who is replaced because of its memory', t => {
  const heavy = {
    ...worker,
    pid: 7,
    memoryBytes: null,
    tooHeavy: {bytes: 700 * 1024 ** 2, limit: 512 * 1024 ** 2},
  };
  const generations = [{generation: 11, phase: 'ready' as const, ageMs: 1, workers: [heavy]}];
  t.regex(
    renderStatus({...status, generations}),
    /^11 +7 +ready .* takes 700\.0M of memory, its successor starts$/m,
  );
});

test('status leaves out the columns without content', t => {
  const [head, workers] = renderStatus(many).split('\n\n');
  t.regex(head ?? '', /^wanted +running, 2 of 2 ready$/m);
  t.regex(head ?? '', /^log file +\/var\/log\/app\.log$/m);
  t.is(
    workers,
    `GENERATION  WORKER  PID  PHASE  AGE    MEMORY  CPU%  RESTARTS  STATUS
11          0       7    ready  1m 0s  34.0M   10.0  0         serves 12
11          1       8    ready  1.0s   -       -     3         stopping`,
  );
});

test('with an earlier view, the processor share counts from that view', t => {
  const [first] = many.generations;
  const [one, two] = first?.workers ?? [];
  const later = {...worker, ...one, ageMs: 62_000, cpuMs: 7000};
  const text = renderStatus(
    {
      ...many,
      generations: [{generation: 11, phase: 'ready', ageMs: 62_000, workers: [later, {...worker, ...two}]}],
    },
    many,
  );
  t.regex(text, /^11 +0 +7 +ready +1m 2s +34\.0M +50\.0 /m);
});

test('status without a generation says so', t => {
  t.regex(renderStatus({...status, generations: [], failures: []}), /\n\nno generation is running$/);
});

test('a name from outside cannot move the cursor', t => {
  const text = renderStatus({...status, program: ['\u001b[2Jevil', 'two\nlines']});
  t.regex(text, /^program {4}'\?\[2Jevil' 'two\?lines'$/m);
});

const completed = {
  verdict: 'completed',
  generation: 3,
  pids: [30],
  attempts: 1,
  readyMs: 1042,
  tookMs: 1310,
  replaced: [],
  retiring: [],
} as const;
const nine = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const superseded = {verdict: 'superseded', generation: 3, by: 4, attempts: 1} as const;
const sentences: readonly (readonly [Parameters<typeof renderReady>[0], string])[] = [
  [completed, 'generation 3 (pid 30) serves, ready after 1.0s'],
  [
    {...completed, attempts: 2, replaced: [1]},
    'generation 3 (pid 30) serves, ready after 1.0s at attempt 2; generation 1 finished after 1.3s',
  ],
  [
    {...completed, replaced: [1], tookMs: 1042},
    'generation 3 (pid 30) serves, ready after 1.0s; generation 1 had finished before',
  ],
  [
    {...completed, replaced: [1], retiring: [1]},
    'generation 3 (pid 30) serves, ready after 1.0s; generation 1 has yet to finish',
  ],
  [{...completed, pids: nine}, 'generation 3 (9 workers) serves, ready after 1.0s'],
  [superseded, 'generation 3 became ready; generation 4 has since replaced it and serves'],
  [
    {...superseded, drops: 1, drained: null},
    'generation 3 became ready; generation 4 has since replaced it and serves; the kernel dropped 1 packet of clients',
  ],
  [
    {...completed, drops: 12, drained: {open: 5, ended: 4}},
    'generation 3 (pid 30) serves, ready after 1.0s; the kernel dropped 12 packets of clients; 1 of 5 open connections was cut off',
  ],
];

for (const [verdict, sentence] of sentences) {
  test(`a successful restart is one line: ${sentence}`, t => t.is(renderReady(verdict), sentence));
}

test('a successful scale is one line', t => {
  const scaled = {verdict: 'completed', workers: 1, pids: [7]} as const;
  t.is(renderScaled(scaled), '1 worker serves (pid 7)');
  t.is(renderScaled({...scaled, workers: 2, pids: [7, 8]}), '2 workers serve (pid 7, 8)');
});

test('a live view is cut to the terminal', t => {
  t.is(frameOf('abcd\nef\ngh', {rows: 2, columns: 3}), '\u001b[Hab…\u001b[K\r\nef\u001b[K\u001b[J');
});
