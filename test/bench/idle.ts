/**
 * The cost of an idle ssd, its usual state: memory before and after many restarts, processor time, and the number of
 * wake-ups.
 */
import {setTimeout as sleep} from 'node:timers/promises';
import {proportionalMib, residentMib, switchesOf, ticksOf} from '../helpers/process-figures.js';
import type {Rig, Running} from '../helpers/rig.js';
import {type Effort, median, type Row, ratioRow} from './stage/figures.js';
import {onStage, restarted, startServing} from './stage/stage.js';

/** Processes that stay for a while; more of them would only take longer. */
const INSTANCES = 5;
/** Thirteen seconds after the last restart V8 collects what is left of it, once; only then is a process idle. */
const SETTLED_MS = 20_000;
const IDLE_NODE = [process.execPath, '-e', 'setInterval(()=>{},1e9)'];
const MOST_GROWTH_KIB = 1;

export async function idle(effort: Effort): Promise<readonly Row[]> {
  return [
    await onStage(memory),
    ...(await onStage(rig => growth(rig, effort.restarts))),
    ...(await onStage(rig => wakeUps(rig, effort.seconds))),
  ];
}

/** They settle side by side. That saves time, and as many processes share the pages of Node in both cases. */
async function memory(rig: Rig): Promise<Row> {
  const nodes = Array.from({length: INSTANCES}, () => rig.start(IDLE_NODE));
  const ssds = await Promise.all(
    nodes.map((_, nth) => startServing(rig, [`--control=${rig.path(`control-${nth}`)}`])),
  );
  await sleep(SETTLED_MS);
  const of = (processes: readonly Running[], figure: (pid: number) => number) =>
    processes.map(({pid}) => figure(pid));
  const row = ratioRow('resident memory of an idle ssd / of an idle node', {
    ...{figures: of(ssds, residentMib), basis: of(nodes, residentMib), unit: 'MiB', atMost: 1.25},
  });
  const shares = [ssds, nodes].map(each => median(of(each, proportionalMib)).toFixed(1)).join(' / ');
  return {...row, seen: `${row.seen}; with shared pages divided among all processes ${shares} MiB`};
}

/** At rest both times: in between, what V8 has not collected yet comes and goes by more than what could leak. */
async function growth(rig: Rig, restarts: number): Promise<readonly Row[]> {
  const ssd = await startServing(rig);
  const nodes = Array.from({length: INSTANCES}, () => rig.start(IDLE_NODE));
  const atRest = async () => {
    for (let done = 1; done <= restarts; done += 1) await restarted(rig);
    await sleep(SETTLED_MS);
    return residentMib(ssd.pid);
  };
  // The first ones fill the past that is kept, and V8's heap takes its size.
  const [before, after] = [await atRest(), await atRest()];
  const kib = ((after - before) * 1024) / restarts;
  return [
    {
      what: `growth of the resident memory of an ssd that rests, over ${restarts} restarts, after as many`,
      seen: `${kib.toFixed(2)} KiB for each restart (from ${before.toFixed(1)} to ${after.toFixed(1)} MiB)`,
      goal: `less than ${MOST_GROWTH_KIB} KiB`,
      met: kib < MOST_GROWTH_KIB,
    },
    ratioRow(`resident memory of an ssd that rests after ${2 * restarts} restarts / of an idle node`, {
      figures: [after],
      basis: nodes.map(({pid}) => residentMib(pid)),
      unit: 'MiB',
      atMost: 1.35,
    }),
  ];
}

async function wakeUps(rig: Rig, seconds: number): Promise<readonly Row[]> {
  // Node lets the kernel's timer run on when its own is cleared: the deadline of the start, 60 s, would wake ssd once.
  const ssd = await startServing(rig, ['--ready-timeout=5s']);
  await sleep(SETTLED_MS);
  const before = {ticks: ticksOf(ssd.pid), switches: switchesOf(ssd.pid)};
  await sleep(seconds * 1_000);
  const ticks = ticksOf(ssd.pid) - before.ticks;
  const after = switchesOf(ssd.pid);
  const main = after.main - before.switches.main;
  const others = after.others - before.switches.others;
  return [
    {
      what: `processor time of an idle ssd in ${seconds} s`,
      seen: `${ticks} ticks`,
      goal: '0',
      met: ticks === 0,
    },
    {
      what: `wake-ups of the main thread of an idle ssd in ${seconds} s`,
      seen: `${main}; ${others} of its other threads`,
      goal: '0',
      met: main === 0,
    },
  ];
}
