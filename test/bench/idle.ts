/**
 * What an ssd takes that has nothing to do, which is what it does most of the time: memory, before and after many
 * restarts, processor time, and how often it is woken up.
 */
import {setTimeout as sleep} from 'node:timers/promises';
import {proportionalMib, residentMib, switchesOf, ticksOf} from '../helpers/process-figures.js';
import type {Rig} from '../helpers/rig.js';
import {type Effort, inTurns, median, type Point, type Row, ratioRow, slope} from './figures.js';
import {end, onStage, restarted, startServing} from './stage.js';

/** Processes that stay for a while; more of them would only take longer. */
const INSTANCES = 5;
/** After this time a process that has started has done what it puts off, and V8 has collected what it left. */
const SETTLED_MS = 2_000;
const IDLE_NODE = [process.execPath, '-e', 'setInterval(()=>{},1e9)'];
const SAMPLE_EVERY = 50;
const MOST_GROWTH_KIB = 1;

export async function idle(effort: Effort): Promise<readonly Row[]> {
  return [
    await onStage(memory),
    await onStage(rig => growth(rig, effort.restarts)),
    ...(await onStage(rig => wakeUps(rig, effort.seconds))),
  ];
}

async function memory(rig: Rig): Promise<Row> {
  const proportional = {ssd: [] as number[], node: [] as number[]};
  const [figures, basis] = await inTurns(
    INSTANCES,
    async () => {
      const ssd = await startServing(rig);
      await sleep(SETTLED_MS);
      proportional.ssd.push(proportionalMib(ssd.pid));
      const resident = residentMib(ssd.pid);
      await end(ssd);
      return resident;
    },
    async () => {
      const node = rig.start(IDLE_NODE);
      await sleep(SETTLED_MS);
      proportional.node.push(proportionalMib(node.pid));
      const resident = residentMib(node.pid);
      await end(node);
      return resident;
    },
  );
  const row = ratioRow('resident memory of an idle ssd / of an idle node', {
    ...{figures, basis, unit: 'MiB', atMost: 1.25},
  });
  const shares = [proportional.ssd, proportional.node].map(each => median(each).toFixed(1)).join(' / ');
  return {...row, seen: `${row.seen}; with shared pages divided among all processes ${shares} MiB`};
}

/** Over the second half of the restarts: in the first, what is kept of the past fills up and code is compiled. */
async function growth(rig: Rig, restarts: number): Promise<Row> {
  const ssd = await startServing(rig);
  const samples: Point[] = [];
  for (let done = 1; done <= restarts; done += 1) {
    await restarted(rig);
    if (done % SAMPLE_EVERY === 0) samples.push({x: done, y: residentMib(ssd.pid)});
  }
  const late = samples.slice(samples.length / 2);
  const kib = slope(late) * 1024;
  const [first, last] = [late.at(0), late.at(-1)].map(
    sample => `${sample?.y.toFixed(1)} MiB at ${sample?.x}`,
  );
  return {
    what: `growth of resident memory over the last half of ${restarts} restarts`,
    seen: `${kib.toFixed(2)} KiB for each restart (${first}, ${last})`,
    goal: `less than ${MOST_GROWTH_KIB} KiB`,
    met: kib < MOST_GROWTH_KIB,
  };
}

async function wakeUps(rig: Rig, seconds: number): Promise<readonly Row[]> {
  const ssd = await startServing(rig);
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
