import test from 'ava';
import {type Instance, renderList} from '../../src/ctl/render/list.js';

test('list shows living and dead instances', t => {
  const dead: Instance = {
    name: 'old',
    path: '/x/old.sock',
    state: 'dead',
    pid: null,
    uptimeMs: null,
    current: null,
    workers: null,
    problems: null,
  };
  const living: Instance = {
    ...dead,
    name: 'app',
    state: 'running',
    pid: 7,
    uptimeMs: 61_000,
    current: 3,
    workers: {ready: 2, wanted: 2},
  };
  t.is(
    renderList([living, dead]),
    `NAME  PID  UPTIME  GENERATION  WORKERS  STATE
app   7    1m 1s   3           2/2      running
old   -    -       -           -        dead`,
  );
  t.is(
    renderList([{...living, problems: 2}, dead]),
    `NAME  PID  UPTIME  GENERATION  WORKERS  STATE    PROBLEMS
app   7    1m 1s   3           2/2      running  2
old   -    -       -           -        dead     -`,
  );
});
