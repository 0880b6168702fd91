/** The page of `--http` in a tab that stays open for weeks. ssd is played, since it could not restart as often. */
import type {ExecutionContext} from 'ava';
import {createBorder} from '../../src/daemon/faults/border.js';
import {serveHttp} from '../../src/daemon/http/server.js';
import {createHistory} from '../../src/daemon/log/history.js';
import {createPatience} from '../../src/daemon/sockets/binding/in-use.js';
import {bindHttp} from '../../src/daemon/sockets/http/bind.js';
import type {Event} from '../../src/shared/protocol/event.js';
import {STATUS_VERSION, type Status} from '../../src/shared/protocol/status.js';
import {needs} from '../helpers/programs.js';
import {openPage} from './scene.js';
import {LATEST, says} from './words.js';

/** As many restarts as the history of ssd certainly has room for, so that the page misses none. */
const BATCH = 100;
const BATCHES = 40;
/** By then the page has begun to forget: it keeps 60 restarts and 200 generations. */
const SETTLED = 5;

needs('chromium')('after 4,000 restarts the page holds no more than after 600', async t => {
  t.timeout(180_000);
  const {place, restart, latest} = await playSsd(t);
  restart();
  const page = await openPage(place);
  const play = async (batches: number) => {
    for (let batch = 0; batch < batches; batch += 1) {
      for (let nth = 0; nth < BATCH; nth += 1) restart();
      await page.until(says(LATEST, latest()));
    }
  };
  await play(SETTLED);
  await page.evaluate(`document.querySelector('#older').click()`);
  await page.until(`document.querySelectorAll('#entry-list > li').length === 60`);
  await page.evaluate(`document.querySelectorAll('.fold').forEach(one => one.click())`);
  await play(1);
  const before = await page.usage();
  await play(BATCHES - SETTLED - 1);
  const after = await page.usage();
  t.log(before, after);
  t.is(await page.evaluate(`document.querySelectorAll('#entry-list > li').length`), 60);
  t.true(after.nodes <= before.nodes * 1.1);
  // If a restart left but one kilobyte, it would be three megabytes.
  t.true(after.heapBytes <= before.heapBytes + 2_000_000);
  t.deepEqual(page.complaints, []);
});

async function playSsd(t: ExecutionContext) {
  let generation = 0;
  const history = createHistory(() => new Date(), null);
  const wish = {type: 'tcp', host: '127.0.0.1', port: 0, asked: '', isPublic: false} as const;
  const {fd, place} = await bindHttp(wish, {patience: createPatience(0)});
  const server = serveHttp({
    fd,
    clients: [],
    view: {
      probe: () => ({serving: generation, isPaused: false, isStopping: false}),
      status: async () => statusOf(generation),
      metricsIn: async () => '',
      history,
      epoch: 'e',
    },
    loopback: null,
    mostConnections: 256,
    border: createBorder(({subject, cause}) => t.fail(`${subject}: ${cause}`)),
    onError: error => t.fail(String(error)),
  });
  t.teardown(server.close);
  const restart = () => {
    generation += 1;
    for (const event of restartTo(generation)) history.record(event);
  };
  return {place, restart, latest: () => `Restart ${generation - 1} → ${generation}`};
}

/** A problem, and a restart that has a trial every other time. */
function restartTo(generation: number): readonly Event[] {
  const [pid, former] = [10_000 + generation, generation - 1];
  const ended = {type: 'exited', code: 0} as const;
  const replaced = former === 0 ? [] : [former];
  return [
    {type: 'problem', code: 'internal', subject: `${generation}`, cause: 'x'.repeat(500)},
    {type: 'restart-asked', by: 'request', queued: false},
    {type: 'spawned', generation, pid},
    {type: 'ready', generation, pids: [pid], tookMs: 10},
    ...(generation % 2 === 0
      ? ([{type: 'trial-began', generation, old: former, forMs: 1000}] as const)
      : ([] as const)),
    ...replaced.flatMap(old => [
      {type: 'telling', generation: old, pids: [pid - 1], signal: 'TERM'} as const,
      {type: 'finished', generation: old, pid: pid - 1, ending: ended} as const,
    ]),
    {
      type: 'restart-ended',
      verdict: 'completed',
      generation,
      replaced,
      retiring: [],
      drops: 0,
      dropsBy: [],
      queuePeak: 0,
      drained: null,
    },
  ];
}

function statusOf(current: number): Status {
  return {
    statusVersion: STATUS_VERSION,
    instance: 'app',
    version: '1.2.3',
    pid: 4711,
    uptimeMs: 7_380_000,
    wanted: 'running',
    workers: 1,
    program: ['./server'],
    logFile: null,
    current,
    incoming: null,
    failing: null,
    listeners: [],
    generations: [],
    failures: [],
    problems: [],
  };
}
