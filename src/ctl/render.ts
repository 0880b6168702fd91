/** What a person reads on standard output; the only importer of cli-table3. No colours: it is data. */
import Table from 'cli-table3';
import {formatDuration} from '../shared/duration.js';
import type {FailureStatus, Status} from '../shared/protocol.js';
import type {Completed} from '../shared/requests.js';
import {describeEnding, describeHint} from '../shared/wording.js';

/** `ssctl status`. */
export function renderStatus(status: Status): string {
  const {instance, version, pid, uptimeMs, wanted, program, listeners} = status;
  const head = table([
    ['instance', instance],
    ['pid', `${pid}, up ${formatDuration(uptimeMs)}, ssd ${version}`],
    ['wanted', wanted],
    ['program', program.map(quoted).join(' ')],
    ...listeners.map(({type, address, fd, name}, index) => [
      index === 0 ? 'listeners' : '',
      `${type} ${address} as descriptor ${fd}${name === address ? '' : `, named ${name}`}`,
    ]),
  ]);
  return [head, generationTable(status), failureTable(status.failures)].filter(Boolean).join('\n\n');
}

/** `ssctl restart` that completed. */
export function renderCompleted(completed: Completed): string {
  const {generation, pids, readyMs, tookMs, replaced, attempts} = completed;
  const tries = attempts > 1 ? ` at attempt ${attempts}` : '';
  const ready = `generation ${generation} (pid ${pids.join(', ')}) serves, ready after ${formatDuration(readyMs)}${tries}`;
  if (replaced.length === 0) return ready;
  return `${ready}; generation ${replaced.join(', ')} finished after ${formatDuration(tookMs)}`;
}

function generationTable({generations}: Status): string {
  if (generations.length === 0) return 'no generation is running';
  const rows = generations.flatMap(({generation, phase, workers}) =>
    workers.map(({pid, ageMs}) => [
      `${generation}`,
      pid === null ? '-' : `${pid}`,
      phase,
      formatDuration(ageMs),
    ]),
  );
  return table([['GENERATION', 'PID', 'PHASE', 'AGE'], ...rows]);
}

function failureTable(failures: readonly FailureStatus[]): string {
  if (failures.length === 0) return '';
  const rows = failures.map(({generation, pid, what, attempt, ending, livedMs, agoMs}) => [
    `${generation}`,
    pid === null ? '-' : `${pid}`,
    what === 'lost' ? 'lost while it served' : `attempt ${attempt} failed`,
    describeEnding(ending),
    formatDuration(livedMs),
    formatDuration(agoMs),
  ]);
  const hint = failures.at(-1)?.hint;
  const text = table([['FAILED', 'PID', 'WHAT', 'REASON', 'LIVED', 'AGO'], ...rows]);
  return hint ? `${text}\n\nhint: ${describeHint(hint)}` : text;
}

/** Columns set off by two blanks, without borders, so that awk and a narrow terminal can take them. */
function table(rows: readonly (readonly string[])[]): string {
  const none = {left: '', right: '', mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': ''};
  const edges = {top: '', 'top-mid': '', 'top-left': '', 'top-right': ''};
  const bottom = {bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': ''};
  const plain = new Table({
    chars: {...none, ...edges, ...bottom, middle: '  '},
    style: {'padding-left': 0, 'padding-right': 0, head: [], border: []},
  });
  plain.push(...rows.map(row => row.map(printable)));
  const lines = plain.toString().split('\n');
  return lines.map(line => line.trimEnd()).join('\n');
}

/** Nothing that came from outside may move the cursor. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?');
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
