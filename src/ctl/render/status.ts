/** The output of `ssctl status`. */

import {serves, servingGeneration} from '../../shared/protocol/serving.js';
import type {ListenerStatus, Status} from '../../shared/protocol/status.js';
import {formatDuration} from '../../shared/words/duration.js';
import {attemptsOf} from '../../shared/words/wording.js';
import {PLAIN, type View} from '../terminal/view.js';
import {facts} from './table.js';
import {failureTable, problemTable} from './troubles.js';
import {workerRows, workerTable} from './workers.js';

/** @param before an earlier view; the processor time then counts from it */
export function renderStatus(status: Status, before: Status | null = null, view: View = PLAIN): string {
  const {
    instance,
    version,
    pid,
    uptimeMs,
    program,
    listeners,
    logFile,
    logCommand,
    problems,
    failures,
    http,
  } = status;
  const head = facts(
    [
      ['instance', instance],
      ['pid', `${pid}, up ${formatDuration(uptimeMs)}, ssd ${version}`],
      ['wanted', wantedText(status)],
      ...failingFact(status),
      ...pausedFact(status),
      ['program', program.map(quoted).join(' ')],
      ...trialFact(status),
      ...releaseFacts(status),
      ...(logFile === null ? [] : [['log file', logFile] as const]),
      ...(logCommand === undefined ? [] : [['log to', `| ${logCommand}`] as const]),
      ...(http === undefined ? [] : [['http', http] as const]),
      ...listeners.map(
        (listener, index) => [index === 0 ? 'listeners' : '', listenerText(listener)] as const,
      ),
    ],
    view,
  );
  const rows = workerRows(status, before);
  const workers = rows.length === 0 ? 'no generation is running' : workerTable(rows, view);
  return [head, workers, problemTable(problems ?? [], view), failureTable(failures, view)]
    .filter(Boolean)
    .join('\n\n');
}

/**
 * What ssd should do, and how far it is.
 *
 * @example 'running, 4 of 4 ready; generation 2: 1 of 4 ready'
 */
export function wantedText(status: Status): string {
  const {wanted, workers, current, incoming, generations} = status;
  if (workers === 1 && servingGeneration(status) !== null) return wanted;
  const ready = (number: number | null) => {
    const found = generations.find(({generation}) => generation === number)?.workers ?? [];
    return `${found.filter(serves).length} of ${workers} ready`;
  };
  const serving = current === null && incoming !== null ? [] : [ready(current)];
  const next = incoming === null ? [] : [`generation ${incoming}: ${ready(incoming)}`];
  return `${wanted}, ${[...serving, ...next].join('; ')}`;
}

function failingFact(status: Status): readonly (readonly [string, string])[] {
  const {failing} = status;
  if (!failing) return [];
  const generation = servingGeneration(status);
  const serving = generation === null ? 'no generation serves' : `generation ${generation} serves`;
  return [
    ['failing', `for ${formatDuration(failing.agoMs)}, ${attemptsOf(failing.attempts)} failed; ${serving}`],
  ];
}

function pausedFact({paused}: Status): readonly (readonly [string, string])[] {
  if (!paused) return [];
  const {ageMs, leftMs} = paused;
  return [['paused', `for ${formatDuration(ageMs)}, ${formatDuration(leftMs)} left; clients wait`]];
}

function trialFact({trial}: Status): readonly (readonly [string, string])[] {
  if (!trial) return [];
  const {generation, old, leftMs, checks} = trial;
  const back = old === null ? 'there is none to go back to' : `generation ${old} serves beside it`;
  const failed = checks?.failures ? `, the last ${checks.failures} failed` : '';
  const checked = checks === null ? '' : `, ${checks.run} ${checks.run === 1 ? 'check' : 'checks'}${failed}`;
  return [['trial', `generation ${generation}, ${formatDuration(leftMs)} left${checked}; ${back}`]];
}

/** The release of each generation, and the one that ssd would start again. */
function releaseFacts({release, generations}: Status): readonly (readonly [string, string])[] {
  if (!release) return [];
  const ran = generations.flatMap(one =>
    one.release === undefined ? [] : [`generation ${one.generation}: ${one.release}`],
  );
  const good = release.good === null ? [] : [`good: ${release.good}`];
  return [`from ${release.link}`, ...ran, ...good].map((text, nth) => [nth === 0 ? 'release' : '', text]);
}

function listenerText({type, address, fd, name, queue, buffer, drops}: ListenerStatus): string {
  // A listener on all addresses is named by its port, and the address already shows the port.
  const named = name === address || address.endsWith(`:${name}`) ? '' : `, named ${name}`;
  const waiting = queue === null ? '' : `, queue ${queue.waiting}/${queue.limit}`;
  // An older daemon sends neither.
  const bytes = buffer ? `, queue ${buffer.bytes}/${buffer.limit} bytes` : '';
  const dropped = drops ? `, ${drops} dropped` : '';
  return `${type} ${address} as descriptor ${fd}${named}${waiting}${bytes}${dropped}`;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
