/**
 * Whether ssd hears every READY=1 that is sent while it is replaced. A generation is ready only when all of its workers have
 * been heard, so a restart that completes has heard each of them. Some send before, most while another program
 * than ssd runs under its pid, the others after that.
 */
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {restart, send} from '../../helpers/clients/control.js';
import type {Rig, Running} from '../../helpers/rig.js';
import type {Row} from '../stage/figures.js';
import {onStage} from '../stage/stage.js';
import {createGate, type Gate} from './gate.js';
import {statusOf} from './looks.js';

const WORKERS = 100;
const TIMES = 10;
/** Before the replacement has begun, and after it is over. */
const BEFORE = 10;
const AFTER = 10;
/** In each millisecond of it. */
const AT_ONCE = 2;
const WORKER = fileURLToPath(new URL('../../../../test/bench/reexec/ready.pl', import.meta.url));

export function heard(): Promise<readonly Row[]> {
  return onStage(async rig => {
    const gate = await createGate(rig);
    const program = ['perl', WORKER, gate.path, rig.path('diary')];
    const ssd = rig.ssd([`--workers=${WORKERS}`, '--ready=notify'], program);
    gate.let(WORKERS);
    await ssd.line(/generation 1 is ready/);
    let [said, inHole] = [0, 0];
    for (let nth = 0; nth < TIMES; nth += 1) {
      const {completed, hole} = await oneRestart(rig, ssd, gate);
      if (completed) said += await textsOf(rig);
      inHole += sentIn(hole, rig.path('diary'));
    }
    gate.close();
    const all = TIMES * WORKERS;
    return [
      {
        what: `READY=1 of ${all} workers while ssd is replaced ${TIMES} times`,
        seen: `${said} were heard with their status, of which ${inHole} were sent while no ssd ran`,
        goal: `${all}, some of them then`,
        met: said === all && inHole > 0,
      },
    ];
  });
}

type Hole = {readonly from: number; readonly to: number};

async function oneRestart(rig: Rig, ssd: Running, gate: Gate): Promise<{completed: boolean; hole: Hole}> {
  const verdict = restart(rig);
  for (let worker = 0; worker < WORKERS; worker += 1) await ssd.line(/generation \d+ spawned/);
  let left = WORKERS - AFTER;
  const release = (count: number) => {
    gate.let(Math.min(left, count));
    left -= Math.min(left, count);
  };
  release(BEFORE);
  let [from, to] = [0, 0];
  const timer = setInterval(() => {
    if (nameOf(ssd.pid) === 'ssd') return;
    to = Date.now();
    from ||= to;
    release(AT_ONCE);
  }, 1);
  await send(rig, 'reexec');
  clearInterval(timer);
  gate.let(left + AFTER);
  return {completed: (await verdict).verdict === 'completed', hole: {from, to}};
}

/** Of the program that runs there: the launcher, or Node before it is ssd, are none. */
function nameOf(pid: number): string {
  return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
}

/** How many workers have said that they are who they are. */
async function textsOf(rig: Rig): Promise<number> {
  const {generations} = await statusOf(rig);
  return generations
    .flatMap(({workers}) => workers)
    .filter(({phase, pid, text}) => phase === 'ready' && text === `worker ${pid}`).length;
}

function sentIn({from, to}: Hole, diary: string): number {
  const times = readFileSync(diary, 'utf8').trim().split('\n').map(Number);
  return times.filter(at => at >= from && at < to).length;
}
