/** What HTTP costs: the time of a probe, as its client sees it, and the memory of an ssd that serves it. */
import {readFileSync} from 'node:fs';
import net from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import {get, httpPlace, type Place} from '../helpers/clients/http.js';
import {proportionalMib, residentMib} from '../helpers/process-figures.js';
import type {Rig, Running} from '../helpers/rig.js';
import {type Effort, median, part, type Row} from './stage/figures.js';
import {onStage, READY_AT_ONCE, startServing} from './stage/stage.js';

const EVERY_MS = 10;
const MOST_MS = 1;
const INSTANCES = 5;
/** As in `idle.ts`. */
const SETTLED_MS = 20_000;
const MOST_MORE_MIB = 6;
const PROBE = 'GET /readyz HTTP/1.1\r\nHost: localhost\r\n';

export async function http({seconds}: Effort): Promise<readonly Row[]> {
  return [...(await onStage(rig => probes(rig, Math.min(seconds, 20)))), await onStage(memory)];
}

async function probes(rig: Rig, seconds: number): Promise<readonly Row[]> {
  const {ssd, place} = await serving(rig, []);
  const {port} = new URL(place);
  await codeKept(ssd.pid);
  const before = childrenOf(ssd.pid);
  const byItsOwn = await probeRow('by a connection of its own', seconds, async () => {
    const socket = await connected(Number(port));
    await answered(socket, `${PROBE}Connection: close\r\n\r\n`);
    socket.destroy();
  });
  const kept = await connected(Number(port));
  const byKept = await probeRow('by a kept connection', seconds, () => answered(kept, `${PROBE}\r\n`));
  kept.destroy();
  const after = childrenOf(ssd.pid);
  return [
    byItsOwn,
    byKept,
    {
      what: 'processes that ssd started for them',
      seen: after === before ? 'none' : `its children: ${before}, then ${after}`,
      goal: 'none',
      met: after === before,
    },
  ];
}

async function probeRow(how: string, seconds: number, probe: () => Promise<void>): Promise<Row> {
  const figures: number[] = [];
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until) {
    const startedAt = performance.now();
    await probe();
    figures.push(performance.now() - startedAt);
    await sleep(EVERY_MS);
  }
  const worst = part(figures, 0.99);
  return {
    what: `a probe by HTTP ${how}, 100 a second`,
    seen: `99 of 100 within ${worst.toFixed(2)} ms, median ${median(figures).toFixed(2)} ms of ${figures.length}`,
    goal: `at most ${MOST_MS} ms`,
    met: worst <= MOST_MS,
  };
}

/** Side by side, so that as many processes share the pages of Node in both cases. */
async function memory(rig: Rig): Promise<Row> {
  const start = async (_: unknown, nth: number) => {
    const plain = await startServing(rig, [`--control=${rig.path(`plain-${nth}`)}`]);
    const {ssd, place} = await serving(rig, [`--control=${rig.path(`http-${nth}`)}`]);
    for (const path of ['/readyz', '/metrics', '/status.json']) await get(place, path);
    return {plain, ssd};
  };
  const started = await Promise.all(Array.from({length: INSTANCES}, start));
  await sleep(SETTLED_MS);
  const of = (which: 'plain' | 'ssd', figure: (pid: number) => number) =>
    median(started.map(one => figure(one[which].pid)));
  const [plain, ssd] = [of('plain', residentMib), of('ssd', residentMib)];
  const shares = `${of('ssd', proportionalMib).toFixed(1)} / ${of('plain', proportionalMib).toFixed(1)}`;
  return {
    what: 'resident memory of an idle ssd with --http, more than of one without',
    seen: `${(ssd - plain).toFixed(1)} MiB (${ssd.toFixed(1)} / ${plain.toFixed(1)} MiB, medians of ${INSTANCES}; with shared pages divided among all processes ${shares} MiB)`,
    goal: `at most ${MOST_MORE_MIB} MiB`,
    met: ssd - plain <= MOST_MORE_MIB,
  };
}

async function serving(
  rig: Rig,
  args: readonly string[],
): Promise<{readonly ssd: Running; readonly place: Place}> {
  const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd', '--http=0', ...args], READY_AT_ONCE);
  const place = await httpPlace(ssd);
  await ssd.line(/generation 1 is ready/);
  return {ssd, place};
}

/** The first start of all compiles the code for later ones, in processes of its own beside the worker. */
async function codeKept(pid: number): Promise<void> {
  while (livingChildren(pid).includes(' ')) await sleep(100);
}

/** Those that live, and the page faults of those that have ended (proc(5), cminflt). */
function childrenOf(pid: number): string {
  const ended = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[8];
  return `${livingChildren(pid)}; ${ended}`;
}

function livingChildren(pid: number): string {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
}

function connected(port: number): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({port, host: '127.0.0.1', noDelay: true}, () => resolve(socket));
    socket.on('error', reject);
  });
}

/** A short answer comes in one piece. */
function answered(socket: net.Socket, request: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('data', data => {
      if (String(data).startsWith('HTTP/1.1 200 ')) resolve();
      else reject(new Error(String(data)));
    });
    socket.write(request);
  });
}
