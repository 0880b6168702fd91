import test from 'ava';
import {createGlance} from '../../src/ctl/render/glance.js';
import {renderOverview} from '../../src/ctl/render/overview.js';
import {renderRefusal} from '../../src/ctl/render/refusal.js';
import {PLAIN, viewOf} from '../../src/ctl/terminal/view.js';
import {STATUS_VERSION, type Status, type WorkerStatus} from '../../src/shared/protocol/status.js';
import {draw, type Size} from '../helpers/clients/terminal.js';

const worker = (index: number, phase: WorkerStatus['phase'], more: Partial<WorkerStatus> = {}) => ({
  phase,
  index,
  pid: 20_000 + index,
  ageMs: 61_000,
  retiringMs: null,
  restarts: 0,
  text: null,
  stopping: false,
  stopped: false,
  memoryBytes: 35_651_584,
  cpuMs: 10,
  connections: null,
  oldestConnectionMs: null,
  ...more,
});

const crowd: Status = {
  statusVersion: STATUS_VERSION,
  instance: 'app',
  version: '1.2.3',
  pid: 4711,
  uptimeMs: 7_380_000,
  wanted: 'running',
  workers: 64,
  program: ['/srv/\u65e5\u672c\u8a9e/server'],
  logFile: null,
  current: 3,
  incoming: null,
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
  ],
  generations: [
    {
      generation: 3,
      phase: 'ready',
      ageMs: 61_000,
      workers: Array.from({length: 64}, (_, index) =>
        index === 40
          ? worker(index, 'starting', {text: '\u6e96\u5099\u4e2d'.repeat(9)})
          : worker(index, 'ready'),
      ),
    },
  ],
  failures: [1, 2, 3, 4, 5].map(attempt => ({
    what: 'start-failed',
    generation: 3 + attempt,
    worker: 0,
    attempt,
    pid: 300,
    ending: {type: 'exited', code: attempt},
    hint: null,
    livedMs: 12,
    agoMs: 9000 - attempt * 1000,
  })),
  problems: [
    {
      code: 'status-file',
      subject: '/run/\u202eapp.status',
      cause: 'ENOSPC',
      since: '2026-11-22T10:00:00.123Z',
      count: 3,
    },
  ],
};

const SIZES: readonly Size[] = [40, 60, 80, 120].flatMap(columns =>
  [10, 14, 20, 24, 50].map(rows => ({columns, rows})),
);

for (const size of SIZES) {
  test(`the overview has room in ${size.columns} columns and ${size.rows} rows`, t => {
    const text = renderOverview(crowd, null, {...PLAIN, ...size});
    const {lines, faults} = draw(text, size);
    t.deepEqual(faults, []);
    t.true(lines.length <= size.rows);
    t.regex(text, /^problem: cannot write status file/m);
    t.regex(text, /^failed 4\.0s ago: generation 8/m);
    t.regex(text, /^3 .* starting /m);
    t.regex(text, /^… and \d+ ready workers$/m);
  });
}

test('what has room is shown as without --watch, and a few rows show the most important', t => {
  t.regex(renderOverview(crowd, null, {...PLAIN, columns: 120, rows: 100}), /^instance +app$/m);
  t.is(
    renderOverview(crowd, null, {...PLAIN, columns: 80, rows: 2}),
    'app, pid 4711, up 2h 3m: running, 63 of 64 ready\nproblem: cannot write status file /run/?app.status: ENOSPC (no space left on de…',
  );
});

test('retiring workers show since when', t => {
  const generations = [
    {
      generation: 2,
      phase: 'retiring',
      ageMs: 1,
      workers: [worker(0, 'retiring', {retiringMs: 12_000, text: 'last one'})],
    },
  ] as const;
  t.regex(
    renderOverview({...crowd, generations}, null, PLAIN),
    /retiring .* last one, told to finish 12\.0s ago$/m,
  );
});

test('workers that start together are counted, a single one is not', t => {
  const glance = createGlance();
  const at = (type: 'spawned' | 'worker-ready', pid: number) => glance({type, generation: 2, pid});
  t.deepEqual(
    [at('spawned', 7), at('spawned', 8), at('worker-ready', 8), at('spawned', 9)],
    [
      'generation 2 spawned, pid 7',
      'generation 2: 0 of 2 ready',
      'generation 2: 1 of 2 ready',
      'generation 2: 1 of 3 ready',
    ],
  );
  t.is(
    glance({type: 'telling', generation: 1, pids: Array.from({length: 64}, (_, n) => n), signal: 'TERM'}),
    'sending TERM to generation 1, 64 workers',
  );
});

test('there is colour on a terminal, and none with NO_COLOR, TERM=dumb, or on a pipe', t => {
  const terminal = {isTTY: true, columns: 80, rows: 24} as const;
  const text = (view: ReturnType<typeof viewOf>) =>
    renderRefusal({code: 'restart-cancelled', reason: 'cancel'}, view);
  const plain = 'ssctl: restart cancelled: a client cancelled it (ssctl cancel)';
  t.is(text(viewOf(terminal, {TERM: 'xterm'})), plain.replace('restart cancelled', '\u001b[31m$&\u001b[39m'));
  t.is(text(viewOf(terminal, {TERM: 'xterm', NO_COLOR: '1'})), plain);
  t.is(text(viewOf(terminal, {TERM: 'dumb'})), plain);
  t.is(text(viewOf({...terminal, isTTY: false as true}, {TERM: 'xterm'})), plain);
});
