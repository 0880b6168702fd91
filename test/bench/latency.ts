/**
 * How long ssd itself takes in a restart, with a real ssd, ssctl and worker.
 *
 *     request ──▶ spawned            from writing the request to the news of the spawn, on one connection
 *     readiness byte ──▶ ssctl ends  from telling the worker to write it to the exit of `ssctl restart`
 *
 * Both times are measured from outside, so they include the time of the clients and the worker. The second is compared
 * with the run time of an empty Node program on the same machine.
 */

import {rawClient, request} from '../helpers/clients/raw-client.js';
import type {Worker} from '../helpers/conductor.js';
import type {Rig} from '../helpers/rig.js';
import {type Effort, inTurns, median, type Row, timed} from './stage/figures.js';
import {EMPTY_NODE, onStage} from './stage/stage.js';

const READY_FD = 4;
const MOST_TO_SPAWN_MS = 5;
const MOST_BEYOND_NODE_MS = 30;

export function latency({rounds}: Effort): Promise<readonly Row[]> {
  return onStage(async rig => {
    rig.ssd(['--port=127.0.0.1:0', '--ready=fd']);
    await markReady(await rig.conductor.nextWorker());
    const [toSpawn = [], toExit = [], node = []] = await inTurns(
      rounds,
      () => requestToSpawn(rig),
      () => byteToExit(rig),
      () => timed(() => rig.run(EMPTY_NODE)),
    );
    return [
      mostRow('request to spawn', toSpawn, MOST_TO_SPAWN_MS),
      mostRow('readiness byte to the end of ssctl', toExit, median(node) + MOST_BEYOND_NODE_MS),
    ];
  });
}

async function requestToSpawn(rig: Rig): Promise<number> {
  const client = rawClient(rig.control);
  await client.next();
  const startedAt = performance.now();
  client.say(request(1, 'restart'));
  let message = await client.next();
  while (eventOf(message) !== 'spawned') message = await client.next();
  const tookMs = performance.now() - startedAt;
  await markReady(await rig.conductor.nextWorker());
  while (message.id !== 1) message = await client.next();
  client.socket.destroy();
  return tookMs;
}

async function byteToExit(rig: Rig): Promise<number> {
  const finished = rig.ssctl(['restart']);
  const worker = await rig.conductor.nextWorker();
  const startedAt = performance.now();
  void markReady(worker);
  const {code, stderr} = await finished;
  if (code !== 0) throw new Error(`ssctl restart ended with ${code}: ${stderr}`);
  return performance.now() - startedAt;
}

function markReady(worker: Worker): Promise<void> {
  return worker.write(READY_FD, '\n');
}

function eventOf({params}: {readonly params?: Record<string, unknown>}): unknown {
  return (params?.event as {type?: string} | undefined)?.type;
}

function mostRow(what: string, figures: readonly number[], atMostMs: number): Row {
  const most = Math.max(...figures);
  return {
    what,
    seen: `median ${median(figures).toFixed(1)} ms, most ${most.toFixed(1)} ms of ${figures.length}`,
    goal: `a median of at most ${atMostMs.toFixed(1)} ms`,
    met: median(figures) <= atMostMs,
  };
}
