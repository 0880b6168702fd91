import {readFileSync} from 'node:fs';
import test from 'ava';
import {createCounter} from '../../../src/daemon/metrics/counts.js';
import {renderMetrics} from '../../../src/daemon/metrics/families.js';
import {renderFamilies} from '../../../src/daemon/metrics/text.js';
import {STATUS_VERSION, type Status, type WorkerStatus} from '../../../src/shared/protocol/status.js';
import {readMetrics} from './read-metrics.js';

const worker = (phase: WorkerStatus['phase'], pid: number | null): WorkerStatus => ({
  phase,
  pid,
  index: 0,
  ageMs: 1,
  retiringMs: null,
  restarts: 0,
  text: null,
  stopping: false,
  stopped: false,
  memoryBytes: pid === null ? null : 1000,
  cpuMs: pid === null ? null : 250,
  connections: null,
  oldestConnectionMs: null,
});

const status: Status = {
  statusVersion: STATUS_VERSION,
  instance: 'web',
  version: '1.2.3',
  pid: 1,
  uptimeMs: 5,
  wanted: 'running',
  workers: 2,
  program: ['srv'],
  logFile: null,
  current: 3,
  incoming: null,
  failing: null,
  failures: [],
  problems: [],
  listeners: [
    {
      name: '[::1]:80',
      fd: 3,
      type: 'tcp',
      address: '[::1]:80',
      queue: {waiting: 4, limit: 128},
      buffer: null,
      drops: 0,
    },
    {name: '/x', fd: 4, type: 'unix', address: '/x', queue: null, buffer: null, drops: 0},
  ],
  generations: [
    {generation: 2, phase: 'retiring', ageMs: 9, workers: [worker('retiring', 10)]},
    {generation: 3, phase: 'ready', ageMs: 5, workers: [worker('ready', 11), worker('pending', null)]},
  ],
};

test('the current state is shown beside the counts', t => {
  const text = renderMetrics(createCounter(null).counts(), status, new Date(1_700_000_000_500));
  const samples = readMetrics(text);
  const expected: Readonly<Record<string, number>> = {
    'ssd_info{version="1.2.3"}': 1,
    ssd_start_time_seconds: 1_700_000_000.5,
    ssd_current_generation: 3,
    ssd_workers_wanted: 2,
    'ssd_restarts_total{verdict="completed"}': 0,
    ssd_start_duration_seconds_count: 0,
    'ssd_workers{phase="ready"}': 1,
    'ssd_workers{phase="pending"}': 1,
    'ssd_workers{phase="starting"}': 0,
    'ssd_generations{phase="retiring"}': 1,
    ssd_workers_memory_bytes: 2000,
    ssd_workers_cpu_seconds: 0.5,
    'ssd_accept_queue_waiting{listener="[::1]:80",fd="3"}': 4,
    'ssd_accept_queue_limit{listener="[::1]:80",fd="3"}': 128,
    'ssd_listener_drops_total{listener="[::1]:80",fd="3"}': 0,
  };
  for (const [name, value] of Object.entries(expected)) t.is(samples.get(name), value, name);
  t.is([...samples.keys()].filter(name => name.startsWith('ssd_accept_queue')).length, 2);
});

test('without a generation that serves its number is 0', t => {
  const none = {...status, current: null, generations: []};
  const text = renderMetrics(createCounter(null).counts(), none, new Date(0));
  t.is(readMetrics(text).get('ssd_current_generation'), 0);
});

test('characters that a label cannot have are escaped', t => {
  const samples = [{value: 1, labels: {a: 'x"y\\z\nw', b: 7}}];
  const text = renderFamilies(
    [{name: 'm_total', type: 'counter', help: 'One\nline.', samples}],
    {name: 'w'},
    'text',
  );
  const sample = 'm_total{name="w",a="x\\"y\\\\z\\nw",b="7"} 1';
  t.is(text, `# HELP m_total One\\nline.\n# TYPE m_total counter\n${sample}\n`);
  t.is(readMetrics(text).size, 1);
});

test('ssd(8) lists exactly the metrics that exist', t => {
  const page = readFileSync(new URL('../../../../man/ssd.8', import.meta.url), 'utf8');
  const [, section = ''] = /^\.Sh METRICS$([\s\S]*?)^\.Sh /m.exec(page) ?? [];
  const items = [...section.matchAll(/^\.It (.*)$/gm)].map(([, item = '']) => item);
  const inPage = items.flatMap(item => item.match(/ssd_\w+/g) ?? []);
  const release = {link: '/current', good: null, former: null};
  const text = renderMetrics(createCounter(null).counts(), {...status, release}, new Date(0));
  const inCode = [...text.matchAll(/^# TYPE (\w+) \w+$/gm)].map(([, name]) => name);
  t.deepEqual(inPage.sort(), inCode.sort() as string[]);
});
