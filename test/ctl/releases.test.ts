import test from 'ava';
import {renderReleases} from '../../src/ctl/render/releases.js';
import {PLAIN} from '../../src/ctl/terminal/view.js';

const release = '/srv/app/releases/2026-11-26-42';
const run = {
  generation: 2,
  release,
  startedAt: '2026-11-26T20:16:00.630Z',
  readyAt: null,
  endedAt: '2026-11-26T20:16:01.630Z',
  state: 'failed',
} as const;

test('a terminal that is too narrow for the table shows whole directories', t => {
  const releases = {link: '/srv/app/current', good: null, former: null, runs: [run]};
  t.regex(renderReleases(releases), new RegExp(`^2 +\\S+Z +\\S+Z +failed +${release}$`, 'm'));
  const narrow = renderReleases(releases, {...PLAIN, columns: 80});
  t.is(
    narrow.split('\n\n')[1],
    `generation 2: failed, from ${release}, started\n  2026-11-26T20:16:00.630Z, ended 2026-11-26T20:16:01.630Z`,
  );
});
