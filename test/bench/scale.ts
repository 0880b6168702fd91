/**
 * The cost of a thousand listeners and 64 workers. The machine spends most of such a restart on starting processes. The
 * processor time of the ssd process shows what ssd adds.
 */
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import type {Readable} from 'node:stream';
import {TICK_MS, ticksOf} from '../helpers/process-figures.js';
import type {Rig} from '../helpers/rig.js';
import {type Effort, inTurns, median, type Row, ratioRow, timed} from './stage/figures.js';
import {end, onStage, READY_AT_ONCE, restarted, startServing} from './stage/stage.js';

const LISTENERS = 1_000;
const WORKERS = 64;
const MOST_OWN_SHARE = 0.2;

export async function scale({rounds}: Effort): Promise<readonly Row[]> {
  return [
    await onStage(rig => manyListeners(rig, rounds)),
    ...(await onStage(many => onStage(one => manyWorkers(many, one, rounds)))),
  ];
}

async function manyListeners(rig: Rig, rounds: number): Promise<Row> {
  const [figures, basis] = await inTurns(
    rounds,
    () => untilSpawned(rig, LISTENERS),
    () => untilSpawned(rig, 1),
  );
  return ratioRow(`start of ssd with ${LISTENERS} listeners / with one`, {
    ...{figures, basis, unit: 'ms', atMost: 3},
  });
}

async function untilSpawned(rig: Rig, listeners: number): Promise<number> {
  const address = (nth: number) => `127.0.${nth >> 8}.${nth & 255}`;
  const ports = Array.from({length: listeners}, (_, nth) => `--port=${address(nth + 1)}:0`);
  const startedAt = performance.now();
  const ssd = rig.ssd(ports, ['sleep', '1000000']);
  await ssd.line(/generation 1 spawned/);
  const tookMs = performance.now() - startedAt;
  await end(ssd);
  return tookMs;
}

async function manyWorkers(many: Rig, one: Rig, rounds: number): Promise<readonly Row[]> {
  const ssd = await startServing(many, [`--workers=${WORKERS}`]);
  await startServing(one);
  const bare = createBare();
  const ticksBefore = ticksOf(ssd.pid);
  const [ofMany = [], ofOne, without] = await inTurns(
    rounds,
    () => timed(() => restarted(many)),
    () => timed(() => restarted(one)),
    () => timed(() => bare.replace(WORKERS)),
  ).finally(() => bare.replace(0));
  const withSsdMs = median(ofMany);
  const bareMs = median(without);
  const added = (withSsdMs - bareMs) / withSsdMs;
  const ownMs = ((ticksOf(ssd.pid) - ticksBefore) * TICK_MS) / rounds;
  const wallMs = ofMany.reduce((sum, ms) => sum + ms, 0) / rounds;
  const share = ownMs / wallMs;
  return [
    ratioRow(`restart of ${WORKERS} workers / of one`, {
      ...{figures: ofMany, basis: ofOne, unit: 'ms', atMost: WORKERS},
    }),
    {
      what: `time that ssd adds to a restart of ${WORKERS} workers`,
      seen:
        `${(added * 100).toFixed(0)} % (${withSsdMs.toFixed(1)} ms; Node alone replaces as many in ` +
        `${bareMs.toFixed(1)} ms, medians of ${rounds})`,
      goal: `less than ${MOST_OWN_SHARE * 100} %`,
      met: added < MOST_OWN_SHARE,
    },
    {
      what: `processor time of ssd in a restart of ${WORKERS} workers, that of posix_spawn included`,
      seen: `${(share * 100).toFixed(0)} % (${ownMs.toFixed(1)} ms of ${wallMs.toFixed(1)} ms, means of ${rounds})`,
      goal: `less than ${MOST_OWN_SHARE * 100} %`,
      met: share < MOST_OWN_SHARE,
    },
  ];
}

/** The same workers, spawned and ended by Node alone. */
function createBare(): {readonly replace: (workers: number) => Promise<void>} {
  let serving: readonly ChildProcess[] = [];
  const replace = async (workers: number) => {
    const [program = '', ...args] = READY_AT_ONCE;
    const incoming = Array.from({length: workers}, () =>
      spawn(program, args, {
        stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
        env: {...process.env, SSD_READY_FD: '3'},
      }),
    );
    await Promise.all(incoming.map(({stdio}) => once(stdio[3] as Readable, 'data')));
    for (const worker of serving) worker.kill();
    serving = incoming;
  };
  return {replace};
}
