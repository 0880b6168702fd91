/** What the control side sees of the daemon: its status, history, counts, and the way to submit an input. */

import {packageFile, packageVersion} from '../shared/package.js';
import {allProcesses} from '../shared/process-stat.js';
import type {Releases} from '../shared/protocol/releases.js';
import {serves, servingGeneration} from '../shared/protocol/serving.js';
import {type ListenerStatus, STATUS_VERSION, type Status} from '../shared/protocol/status.js';
import type {ResultOf} from '../shared/protocol/verbs.js';
import {describeFailure} from '../shared/words/wording.js';
import type {Config} from './config/config.js';
import type {Daemon} from './control/handlers.js';
import type {Snapshot} from './core/views/snapshot.js';
import type {HttpView, Probe} from './http/view.js';
import {commandOf} from './log/command-line.js';
import {createFormerFiles, type FormerFiles} from './log/former-file.js';
import type {History} from './log/history.js';
import type {LogSink} from './log/sink.js';
import type {Loop} from './loop.js';
import type {Counter} from './metrics/counts.js';
import {renderMetrics} from './metrics/families.js';
import type {Problems} from './problems/problems.js';
import type {Resources} from './resources/list.js';
import {acceptQueue, dropsAt, receiveBuffer} from './sockets/accept-queue.js';
import {now} from './system/clock.js';
import type {ConnectionReader} from './traffic/connections.js';
import {listConnections, pidsIn, withConnections} from './traffic/fill-in.js';
import type {Began} from './upgrade/handover.js';
import {resolveRelease} from './workers/release/directory.js';
import type {Runs} from './workers/release/runs.js';
import {createUsageReader, isStopped} from './workers/usage.js';

/** What has happened since ssd started. */
export type Records = {readonly history: History; readonly counter: Counter; readonly runs: Runs};

export type DaemonParts = {
  readonly config: Config;
  readonly made: Resources;
  readonly sink: LogSink;
  readonly loop: Loop;
  readonly records: Records;
  readonly problems: Pick<Problems, 'list'>;
  readonly connections: ConnectionReader;
  readonly reexec: Daemon['reexec'];
  readonly began: Began;
  readonly traces: Pick<Daemon, 'nameTrace'>;
  /** Looks for faults that no event has reported. */
  readonly look: () => void;
};

/** Status and metrics are computed at each call, because they change without an event. */
export function daemonView(parts: DaemonParts): Daemon & HttpView {
  const {config, made, loop, records, problems, connections, look} = parts;
  const {startedAt, startTime} = parts.began;
  const withUsage = createUsageReader();
  const identity = {instance: config.name.value, version: packageVersion(), pid: process.pid};
  const logFile = made.logTarget?.path ?? null;
  const {release: link} = config;
  const logCommand = commandOf(config.logFile);
  const log = {logFile, ...(logCommand !== null && {logCommand})};
  const fixed = {statusVersion: STATUS_VERSION, ...identity, program: config.program, ...log};
  const status = async (): Promise<Status> => {
    look();
    const {releases, ...seen} = loop.snapshot(now());
    const listeners = made.listeners.map(listenerStatus);
    const release = link !== null && releases !== null ? {release: {link, ...releases}} : {};
    const http = made.http ? {http: made.http.bound.place} : {};
    const own = {...fixed, ...http, uptimeMs: now() - startedAt, listeners, ...release};
    const shown = {...own, ...seen, problems: problems.list()};
    // The kernel walks its table of connections meanwhile.
    const looking = connections.look(pidsIn(seen.generations));
    const [used, held] = await Promise.all([withUsage(seen.generations), looking]);
    return {...shown, generations: withConnections(used, held)};
  };
  const metricsIn: HttpView['metricsIn'] = async form =>
    renderMetrics(records.counter.counts(), await status(), startTime, form);
  return {
    identity,
    document: packageFile('dist/openrpc.json'),
    history: records.history,
    submit: input => loop.submit({...input, now: now()}),
    nameTrace: parts.traces.nameTrace,
    order: config.settings.order,
    reexec: parts.reexec,
    isStopping: () => loop.snapshot(now()).wanted === 'stopped',
    status,
    connections: whose => listConnections(connections, loop.snapshot(now()).generations, whose),
    metrics: async () => ({text: await metricsIn('text')}),
    metricsIn,
    probe: () => probe(loop.snapshot(now())),
    epoch: startTime.getTime().toString(36),
    releases: link === null ? null : () => releasesOf(link, loop.snapshot(now()), records.runs),
    reopenLogs: createReopening(parts),
  };
}

/** Cheap, because it is asked often: one look at /proc where one worker serves. */
function probe({wanted, paused, generations}: Snapshot): Probe {
  return {
    serving: servingGeneration({generations}, worker => serves(worker) && !isStopped(worker.pid)),
    isPaused: paused !== undefined,
    isStopping: wanted === 'stopped',
  };
}

function listenerStatus(listener: Resources['listeners'][number]): ListenerStatus {
  const {name, fd, type, address} = listener;
  const queue = acceptQueue(listener);
  return {name, fd, type, address, queue, buffer: receiveBuffer(listener), drops: dropsAt(listener)};
}

function releasesOf(link: string, {releases, generations}: Snapshot, runs: Runs): Releases {
  const {good, former} = releases ?? {good: null, former: null};
  const found = resolveRelease(link);
  const target = 'code' in found ? {} : {target: found.release};
  return {link, ...target, good, former, runs: runs.list(generations)};
}

function createReopening({config, made, sink}: DaemonParts): Daemon['reopenLogs'] {
  const {logTarget} = made;
  const formerFiles = createFormerFiles();
  const isCommand = commandOf(config.logFile) !== null;
  return () => {
    if (isCommand) return {code: 'no-log-file', message: 'this ssd logs to a command, not to a file'};
    if (!logTarget || logTarget.path === null) return {code: 'no-log-file'};
    const {path} = logTarget;
    formerFiles.note();
    const cause = logTarget.reopen();
    if (cause !== null) {
      const why = describeFailure({code: 'file-unusable', what: 'log file', path, cause});
      return {code: 'log-file-unusable', message: `${why}; ssd keeps using the former one`};
    }
    sink.reopen();
    logTarget.look();
    return describeReopened(path, formerFiles);
  };
}

async function describeReopened(logFile: string, files: FormerFiles): Promise<ResultOf<'reopen-logs'>> {
  const former = await files.findWriters(allProcesses());
  return {logFile, onFormer: former.filter(pid => pid !== process.pid)};
}
