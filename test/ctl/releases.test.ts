import test from 'ava';
import {adviceOnLink, renderReleases} from '../../src/ctl/render/releases.js';
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

test('a link is told of only where it leads elsewhere than to what serves', t => {
  const releases = {link: '/srv/app/current', good: release, former: null, runs: []};
  t.is(adviceOnLink(releases, release), null);
  t.is(adviceOnLink({...releases, target: release}, release), null);
  t.is(
    adviceOnLink({...releases, target: '/srv/app/releases/3'}, release),
    `/srv/app/current still leads to /srv/app/releases/3, and the next restart takes it again; point it to ${release}`,
  );
});
