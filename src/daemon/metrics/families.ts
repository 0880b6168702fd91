/** The metrics that `ssctl metrics` and `--metrics-file` show: counts of events, and the present state. Pure. */
import {PROBLEM_CODES} from '../../shared/protocol/problem.js';
import {servingGeneration} from '../../shared/protocol/serving.js';
import type {GenerationStatus, Status, WorkerStatus} from '../../shared/protocol/status.js';
import type {Counts} from './counts.js';
import {byLabel, type Family, type Form, renderFamilies, type Sample} from './text.js';

/**
 * Every sample has the name of the instance, so that two instances on one machine have no sample in common: the
 * textfile collector of node_exporter drops what it has read in another file.
 *
 * @param startedAt the time of day when ssd started
 * @param form `text` is that of Prometheus
 */
export function renderMetrics(counts: Counts, status: Status, startedAt: Date, form: Form = 'text'): string {
  const families = [
    ...instanceFamilies(status, startedAt),
    ...countFamilies(counts),
    ...workerFamilies(status),
    ...queueFamilies(status),
    ...releaseFamilies(status),
    problemFamily(status),
  ];
  return renderFamilies(families, {name: status.instance}, form);
}

function instanceFamilies(status: Status, startedAt: Date): Family[] {
  const {version, failing, workers} = status;
  return [
    info('ssd_info', 'The version of this instance; always 1.', [{value: 1, labels: {version}}]),
    gauge('ssd_start_time_seconds', 'When ssd started, in seconds since 1970.', [
      {value: startedAt.getTime() / 1000},
    ]),
    gauge('ssd_current_generation', 'The number of the generation that serves; 0 for none.', [
      {value: servingGeneration(status) ?? 0},
    ]),
    gauge('ssd_failing_attempts', 'Attempts to start a generation that failed in a row; 0 if none did.', [
      {value: failing?.attempts ?? 0},
    ]),
    gauge('ssd_paused', '1 while ssd is paused, else 0.', [{value: status.paused ? 1 : 0}]),
    gauge('ssd_workers_wanted', 'How many workers a generation should have.', [{value: workers}]),
  ];
}

function countFamilies(counts: Counts): Family[] {
  const {sum, count, last} = counts.startSeconds;
  const duration = 'ssd_start_duration_seconds';
  const help = 'From the order to spawn a generation until it was ready.';
  return [
    counter('ssd_restarts_asked', 'Requests to restart, by who asked.', byLabel('by', counts.asked)),
    counter('ssd_restarts', 'Restarts that have ended, by verdict.', byLabel('verdict', counts.verdicts)),
    counter('ssd_trials', 'Trials of new generations that have ended.', byLabel('result', counts.trials)),
    counter(
      'ssd_starts',
      'Generations that became ready, and those that failed to.',
      byLabel('result', counts.starts),
    ),
    {name: duration, type: 'summary', help, sum, count},
    gauge('ssd_last_start_duration_seconds', 'The same, of the last generation that became ready.', [
      {value: last},
    ]),
    counter('ssd_workers_spawned', 'Workers that were started.', [{value: counts.spawned}]),
    counter('ssd_workers_adopted', 'Workers that were taken over from an ssd that had died.', [
      {value: counts.adopted},
    ]),
    counter('ssd_worker_exits', 'Workers that have ended or failed to start, by cause.', counts.exits),
    counter('ssd_workers_too_heavy', 'Workers whose replacement began because of --max-memory.', [
      {value: counts.tooHeavy},
    ]),
    counter('ssd_workers_killed', 'Workers that were sent SIGKILL.', [{value: counts.killed}]),
    counter('ssd_restart_drops', 'Packets of clients that the kernel dropped while a restart ran.', [
      {value: counts.traffic.drops},
    ]),
    counter(
      'ssd_drained_connections',
      'Connections that replaced generations had when told to finish, by how they ended.',
      byLabel('result', counts.traffic.drained),
    ),
    gauge(
      'ssd_last_restart_queue_peak',
      'The most connections seen to wait at one listener during the last restart.',
      counts.traffic.lastPeak === null ? [] : [{value: counts.traffic.lastPeak}],
    ),
  ];
}

const WORKER_PHASES = ['pending', 'starting', 'ready', 'retiring', 'lingering'] as const;
const GENERATION_PHASES = ['starting', 'ready', 'held', 'retiring'] as const;

function workerFamilies({generations}: Status): Family[] {
  const workers = generations.flatMap(generation => generation.workers);
  const memory = sumOf(workers, ({memoryBytes}) => memoryBytes);
  const cpu = sumOf(workers, ({cpuMs}) => cpuMs) / 1000;
  return [
    gauge('ssd_workers', 'Workers, by phase.', countPhases(WORKER_PHASES, workers)),
    gauge('ssd_generations', 'Generations, by phase.', countPhases(GENERATION_PHASES, generations)),
    gauge('ssd_workers_memory_bytes', 'Memory of the living workers: the sum of their PSS.', [
      {value: memory},
    ]),
    gauge(
      'ssd_connections',
      'Open connections of the workers, by phase of the worker.',
      connectionSamples(workers),
    ),
    gauge('ssd_workers_cpu_seconds', 'Processor time that the living workers have used.', [{value: cpu}]),
  ];
}

function queueFamilies({listeners}: Status): Family[] {
  const samples = (field: 'waiting' | 'limit') =>
    listeners.flatMap(({name, fd, queue}) =>
      queue ? [{value: queue[field], labels: {listener: name, fd}}] : [],
    );
  const bytes = (field: 'bytes' | 'limit') =>
    listeners.flatMap(({name, fd, buffer}) =>
      buffer ? [{value: buffer[field], labels: {listener: name, fd}}] : [],
    );
  const drops = listeners.flatMap(({name, fd, drops: value}) =>
    value === null ? [] : [{value, labels: {listener: name, fd}}],
  );
  return [
    gauge('ssd_accept_queue_waiting', 'Connections that wait to be accepted.', samples('waiting')),
    gauge('ssd_accept_queue_limit', 'How many connections may wait.', samples('limit')),
    gauge('ssd_receive_buffer_bytes', 'Memory that waiting datagrams take.', bytes('bytes')),
    gauge('ssd_receive_buffer_limit_bytes', 'Memory that they may take.', bytes('limit')),
    counter(
      'ssd_listener_drops',
      'Packets of new connections, and datagrams, that the kernel dropped.',
      drops,
    ),
  ];
}

function releaseFamilies({release, generations}: Status): Family[] {
  if (!release) return [];
  const samples = generations.flatMap(({generation, phase, release: directory}) =>
    directory === undefined ? [] : [{value: 1, labels: {release: directory, generation, phase}}],
  );
  return [info('ssd_release_info', 'The release of each generation; always 1.', samples)];
}

/** Every code has its sample, so that an alert can be written before the first problem. */
function problemFamily({problems}: Status): Family {
  const samples = PROBLEM_CODES.map(code => ({
    labels: {code},
    value: problems.filter(problem => problem.code === code).length,
  }));
  return gauge('ssd_problems', 'Current problems, by code.', samples);
}

function countPhases(
  phases: readonly string[],
  found: readonly Pick<WorkerStatus | GenerationStatus, 'phase'>[],
): Sample[] {
  return phases.map(phase => ({
    labels: {phase},
    value: found.filter(one => one.phase === phase).length,
  }));
}

/** A phase in which the connections of a worker are unknown has no sample. */
function connectionSamples(workers: readonly WorkerStatus[]): Sample[] {
  return WORKER_PHASES.flatMap(phase => {
    const found = workers.filter(worker => worker.phase === phase && worker.pid !== null);
    if (found.some(({connections}) => connections === null)) return [];
    return [{labels: {phase}, value: sumOf(found, ({connections}) => connections)}];
  });
}

function sumOf(workers: readonly WorkerStatus[], field: (worker: WorkerStatus) => number | null): number {
  return workers.reduce((sum, worker) => sum + (field(worker) ?? 0), 0);
}

function info(name: string, help: string, samples: readonly Sample[]): Family {
  return {name, type: 'info', help, samples};
}

function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return {name, type: 'gauge', help, samples};
}

function counter(name: string, help: string, samples: readonly Sample[]): Family {
  return {name: `${name}_total`, type: 'counter', help, samples};
}
