/** The table at the end of `ssctl -H a,b`: what came of a command on each host. */
import {formatDuration} from '../../shared/words/duration.js';
import {type Cell, type Row, sentence, table, tableWidth} from '../render/table.js';
import {PLAIN, type Tone, type View} from '../terminal/view.js';

export type Visit = {
  readonly host: string;
  /** A kebab-case word: the verdict of ssd, or how ssctl or ssh ended. */
  readonly verdict: string;
  /** The exit status of ssctl there; null: it has not run, or nobody knows. */
  readonly status: number | null;
  readonly generation: number | null;
  readonly tookMs: number | null;
  /** Why it failed, in one line. */
  readonly reason: string | null;
  /** What ssctl has printed there with `--json`. */
  readonly result: unknown;
};

export const NOT_TRIED = 'not-tried';

export function renderFleet(visits: readonly Visit[], view: View = PLAIN): string {
  const lines = linesOf(visits);
  if (view.columns === null || tableWidth(lines) <= view.columns) return table(lines, view);
  return visits.map(visit => sentence(sentenceOf(visit), view)).join('\n');
}

type Column = {readonly title: string; readonly cell: (visit: Visit) => Cell};

const COLUMNS: readonly Column[] = [
  {title: 'HOST', cell: ({host}) => host},
  {title: 'VERDICT', cell: ({verdict}) => ({text: inWords(verdict), tone: TONES[verdict] ?? 'bad'})},
  {title: 'GENERATION', cell: ({generation}) => `${generation ?? '-'}`},
  {title: 'TOOK', cell: ({tookMs}) => (tookMs === null ? '-' : formatDuration(tookMs))},
  {title: 'REASON', cell: ({reason}) => reason ?? '-'},
];

const TONES: Readonly<Record<string, Tone>> = {
  completed: 'good',
  superseded: 'good',
  done: 'good',
  [NOT_TRIED]: 'faint',
};

/** Without a column in which no host has anything. */
function linesOf(visits: readonly Visit[]): readonly Row[] {
  const columns = COLUMNS.filter(({cell}) => visits.some(visit => cell(visit) !== '-'));
  return [columns.map(({title}) => title), ...visits.map(visit => columns.map(({cell}) => cell(visit)))];
}

function sentenceOf({host, verdict, generation, tookMs, reason}: Visit): string {
  return [
    `${host}: ${inWords(verdict)}`,
    generation === null ? '' : `, generation ${generation}`,
    tookMs === null ? '' : ` after ${formatDuration(tookMs)}`,
    reason === null ? '' : `: ${reason}`,
  ].join('');
}

function inWords(verdict: string): string {
  return verdict.replaceAll('-', ' ');
}
