/** What HTTP costs: the time of a probe, as its client sees it, and the memory of an ssd that serves it. */
import {readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {get, httpPlace, type Place} from '../helpers/clients/http.js';
import {proportionalMib, residentMib} from '../helpers/process-figures.js';
import {fixture, type Rig, type Running} from '../helpers/rig.js';
import {FIRST, goFirst} from './stage/favour.js';
import {type Effort, median, part, type Row} from './stage/figures.js';
import {onStage, READY_AT_ONCE, startServing} from './stage/stage.js';

const EVERY_MS = 10;
const MOST_MS = 1;
const INSTANCES = 5;
/** As in `idle.ts`. */
const SETTLED_MS = 20_000;
const MOST_MORE_MIB = 6;
const BARE = [
  process.execPath,
  '-e',
  "const server = require('http').createServer((_, response) => response.end('ready\\n')).listen(0, '127.0.0.1', () => console.error(server.address().port))",
];

export async function http({seconds}: Effort): Promise<readonly Row[]> {
  return [...(await onStage(rig => probes(rig, Math.min(seconds, 30)))), await onStage(memory)];
}

/** With a bare server of Node probed between, which shows what the machine and the client take of it. */
async function probes(rig: Rig, seconds: number): Promise<readonly Row[]> {
  const {ssd, place} = await serving(rig, []);
  const bare = rig.start(BARE);
  const ports = [new URL(place).port, await bare.line(/^\d+$/)];
  await codeKept(ssd.pid);
  const isFirst = goFirst([ssd.pid, bare.pid]);
  const before = childrenOf(ssd.pid);
  const client = [...(isFirst ? FIRST : []), 'perl', fixture('probe.pl')];
  const took = async (how: 'new' | 'kept') => {
    const command = [...client, how, String(seconds), String(EVERY_MS), ...ports];
    const {code, stdout, stderr} = await rig.run(command, {patienceMs: 2 * seconds * 1000});
    if (code !== 0) throw new Error(stderr);
    const lines = stdout
      .trim()
      .split('\n')
      .map(line => line.split(' '));
    return ports.map(port => lines.filter(([at]) => at === port).map(([, ms]) => Number(ms)));
  };
  const [anew, kept] = [await took('new'), await took('kept')];
  const after = childrenOf(ssd.pid);
  const way = isFirst ? 'before all other processes' : 'beside others';
  return [
    probeRow(`by a connection of its own, ${way}`, anew),
    probeRow(`by a kept connection, ${way}`, kept),
    {
      what: 'processes that ssd started for them',
      seen: after === before ? 'none' : `its children: ${before}, then ${after}`,
      goal: 'none',
      met: after === before,
    },
  ];
}

function probeRow(how: string, [figures = [], bare = []]: readonly (readonly number[])[]): Row {
  const [worst, worstOfBare] = [figures, bare].map(each => part(each, 0.99));
  const [half, halfOfBare] = [figures, bare].map(each => median(each).toFixed(2));
  return {
    what: `a probe by HTTP ${how}, 100 a second`,
    seen: `99 of 100 within ${worst?.toFixed(2)} ms, half within ${half} ms, of ${figures.length}; at a server of Node that does nothing else ${worstOfBare?.toFixed(2)} and ${halfOfBare} ms`,
    goal: `at most ${MOST_MS} ms`,
    met: Number(worst) <= MOST_MS,
  };
}

/** Side by side, so that as many processes share the pages of Node in both cases. */
async function memory(rig: Rig): Promise<Row> {
  const start = async (_: unknown, nth: number) => {
    const plain = await startServing(rig, [`--control=${rig.path(`plain-${nth}`)}`]);
    const {ssd, place} = await serving(rig, [`--control=${rig.path(`http-${nth}`)}`]);
    for (const path of ['/readyz', '/metrics', '/status.json', '/', '/page.css', '/common.js'])
      await get(place, path);
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
