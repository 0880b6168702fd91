/** How long clients of the control socket wait for an answer (`pings.ts`) while ssd is replaced. */
import {once} from 'node:events';
import {loadavg} from 'node:os';
import {Worker} from 'node:worker_threads';
import {send} from '../../helpers/clients/control.js';
import type {Rig} from '../../helpers/rig.js';
import {favour, unfavour} from '../stage/favour.js';
import {median, part, type Row, timed} from '../stage/figures.js';
import {EMPTY_NODE, onStage, startServing} from '../stage/stage.js';

const GOAL_MS = 150;
const TIMES = 100;

/** The longest wait of a client that stays connected, and of those that connect for each question. */
export type Waits = {readonly kept: number; readonly fresh: number};

/** Those around one replacement, and what an empty Node program took after it. */
export type Silence = Waits & {readonly node: number};

export type Pings = {
  /** The longest waits since the last call. */
  readonly take: () => Promise<Waits>;
  readonly stop: () => Promise<void>;
};

export async function startPings(control: string): Promise<Pings> {
  const thread = new Worker(new URL('./pings.js', import.meta.url), {workerData: control});
  const take = async () => {
    thread.postMessage('take');
    const [waits] = await once(thread, 'message');
    return waits as Waits;
  };
  // The first answers take longest: code is compiled on both sides.
  await take();
  return {take, stop: async () => void (await thread.terminate())};
}

/**
 * With the processors to themselves, as far as others can be kept away from them: without clients of the service, and favoured
 * by the scheduler if that is permitted.
 */
export function undisturbed(): Promise<readonly Row[]> {
  return onStage(async rig => {
    const ssd = await startServing(rig);
    const isFavoured = favour([ssd.pid, process.pid]);
    const pings = await startPings(rig.control);
    const silences: Silence[] = [];
    for (let time = 0; time < TIMES; time += 1) {
      await pings.take();
      await send(rig, 'reexec');
      silences.push({...(await pings.take()), node: await emptyNode(rig)});
    }
    await pings.stop();
    if (isFavoured) unfavour();
    return silenceRows(isFavoured ? 'alone, favoured by the scheduler' : 'alone', silences);
  });
}

export const emptyNode = (rig: Rig): Promise<number> => timed(() => rig.run(EMPTY_NODE));

export function silenceRows(when: string, silences: readonly Silence[]): Row[] {
  const node = median(silences.map(one => one.node)).toFixed(0);
  const load = loadavg()[0]?.toFixed(1);
  return (['kept', 'fresh'] as const).map(kind => {
    const figures = silences.map(one => one[kind]);
    const [half, most] = [0.5, 0.95].map(share => part(figures, share).toFixed(0));
    return {
      what: `silence of the control socket ${when}, for ${kind === 'kept' ? 'an open connection' : 'new connections'}`,
      seen: `p50 ${half} ms, p95 ${most} ms, at most ${Math.max(...figures).toFixed(0)} ms, at a load of ${load} with which node -e 0 takes ${node} ms`,
      goal: `p95 <= ${GOAL_MS} ms`,
      met: part(figures, 0.95) <= GOAL_MS,
    };
  });
}
