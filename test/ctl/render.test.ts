import test from 'ava';
import {renderCompleted, renderStatus} from '../../src/ctl/render.js';
import type {Status} from '../../src/shared/protocol.js';

const status: Status = {
  instance: 'app',
  version: '1.2.3',
  pid: 4711,
  uptimeMs: 7_380_000,
  wanted: 'running',
  program: ['perl', '-e', "print 'x'"],
  current: 11,
  incoming: 12,
  listeners: [
    {name: '8080', fd: 3, type: 'tcp', address: '0.0.0.0:8080'},
    {name: '/run/app.sock', fd: 4, type: 'unix', address: '/run/app.sock'},
  ],
  generations: [
    {generation: 9, phase: 'retiring', ageMs: 90_000_000, workers: [{pid: 100, ageMs: 90_000_000}]},
    {generation: 11, phase: 'ready', ageMs: 61_000, workers: [{pid: 20_000, ageMs: 61_000}]},
    {generation: 12, phase: 'starting', ageMs: 250, workers: [{pid: null, ageMs: 0}]},
  ],
  failures: [
    {
      what: 'start-failed',
      generation: 10,
      attempt: 2,
      pid: 300,
      ending: {type: 'signalled', signal: 'SIGSEGV'},
      hint: 'binds-port-itself',
      livedMs: 12,
      agoMs: 3000,
    },
  ],
};

test('status is read from top to bottom: the instance, its listeners, what runs, what failed', t => {
  t.is(
    renderStatus(status),
    `instance   app
pid        4711, up 2h 3m, ssd 1.2.3
wanted     running
program    perl -e 'print '\\''x'\\'''
listeners  tcp 0.0.0.0:8080 as descriptor 3, named 8080
           unix /run/app.sock as descriptor 4

GENERATION  PID    PHASE     AGE
9           100    retiring  1d 1h
11          20000  ready     1m 1s
12          -      starting  0ms

FAILED  PID  WHAT              REASON                 LIVED  AGO
10      300  attempt 2 failed  was killed by SIGSEGV  12ms   3.0s

hint: the program binds the port itself; it must take the descriptor from SERVER_STARTER_PORT`,
  );
});

test('status without a generation says so', t => {
  t.regex(renderStatus({...status, generations: [], failures: []}), /\n\nno generation is running$/);
});

test('a name from outside cannot move the cursor', t => {
  const text = renderStatus({...status, program: ['\u001b[2Jevil', 'two\nlines']});
  t.regex(text, /^program {4}'\?\[2Jevil' 'two\?lines'$/m);
});

test('a completed restart is one line', t => {
  const completed = {
    verdict: 'completed',
    generation: 3,
    pids: [30],
    attempts: 1,
    readyMs: 1042,
    tookMs: 1310,
  } as const;
  t.is(renderCompleted({...completed, replaced: []}), 'generation 3 (pid 30) serves, ready after 1.0s');
  t.is(
    renderCompleted({...completed, attempts: 2, replaced: [1]}),
    'generation 3 (pid 30) serves, ready after 1.0s at attempt 2; generation 1 finished after 1.3s',
  );
});
