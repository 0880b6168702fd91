/** The output of `ssctl releases`. */

import type {ReleaseRun, ReleaseState, Releases} from '../../shared/protocol/releases.js';
import {PLAIN, type Tone, type View} from '../terminal/view.js';
import {facts, type Row, sentence, table, tableWidth} from './table.js';

export function renderReleases({link, good, former, runs}: Releases, view: View = PLAIN): string {
  const head = facts(
    [
      ['link', link],
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
