/** The output of `ssctl releases`. */

import type {ReleaseRun, ReleaseState, Releases} from '../../shared/protocol/releases.js';
import {PLAIN, type Tone, type View} from '../terminal/view.js';
import {facts, type Row, sentence, table, tableWidth} from './table.js';

export function renderReleases(releases: Releases, view: View = PLAIN): string {
  const {link, target, good, former, runs} = releases;
  const head = facts(
    [
      ['link', link],
      ...(target === undefined || target === link ? [] : [['leads to', target] as const]),
      ['good', good ?? 'none yet'],
      ['before it', former ?? 'none: there is nothing to roll back to'],
    ],
    view,
  );
  const lines = [['GENERATION', 'STARTED', 'ENDED', 'STATE', 'RELEASE'], ...runs.map(rowOf)];
  const fits = view.columns === null || tableWidth(lines) <= view.columns;
  const shown = fits ? table(lines, view) : runs.map(run => sentence(sentenceOf(run), view)).join('\n');
  return `${head}\n\n${shown}`;
}

/** After a rollback the next restart would bring back what was just left. null: it would not, or nobody knows. */
export function adviceOnLink({link, target}: Releases, serving: string): string | null {
  if (target === undefined || target === serving) return null;
  return `${link} still leads to ${target}, and the next restart takes it again; point it to ${serving}`;
}

/** For a terminal that is too narrow for the table: of a directory that is cut, the end is what matters. */
function sentenceOf({generation, release, startedAt, endedAt, state}: ReleaseRun): string {
  const ended = endedAt === null ? '' : `, ended ${endedAt}`;
  return `generation ${generation}: ${state}, from ${release}, started ${startedAt}${ended}`;
}

function rowOf({generation, release, startedAt, endedAt, state}: ReleaseRun): Row {
  return [`${generation}`, startedAt, endedAt ?? '-', {text: state, tone: TONES[state] ?? null}, release];
}

const TONES: Readonly<Partial<Record<ReleaseState, Tone>>> = {
  starting: 'busy',
  serving: 'good',
  finishing: 'faint',
  failed: 'bad',
  lost: 'bad',
};
