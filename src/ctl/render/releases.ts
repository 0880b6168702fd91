/** The output of `ssctl releases`. */

import type {ReleaseRun, ReleaseState, Releases} from '../../shared/protocol/releases.js';
import {PLAIN, type Tone, type View} from '../terminal/view.js';
import {facts, type Row, table} from './table.js';

export function renderReleases({link, good, former, runs}: Releases, view: View = PLAIN): string {
  const head = facts(
    [
      ['link', link],
      ['good', good ?? 'none yet'],
      ['before it', former ?? 'none: there is nothing to roll back to'],
    ],
    view,
  );
  const rows = runs.map(rowOf);
  return [head, table([['GENERATION', 'STARTED', 'ENDED', 'STATE', 'RELEASE'], ...rows], view)].join('\n\n');
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
