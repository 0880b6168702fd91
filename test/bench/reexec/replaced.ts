/**
 * ssd is replaced again and again while clients come: on its own, while a restart waits for its worker, and with options that
 * add one listener and drop another. What clients of the service and of the control socket notice is measured.
 */
import {existsSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import type {Recorded} from '../../../src/shared/protocol/event.js';
import {restart, send} from '../../helpers/clients/control.js';
import {boundPort, type Rig, type Running} from '../../helpers/rig.js';
import type {Row} from '../stage/figures.js';
import {failedOf, quantile, type Sample, startLoad, untilElapsed} from '../stage/load.js';
import {onStage} from '../stage/stage.js';
import {createGate, type Gate} from './gate.js';
import {descriptorsOf, differences, lookAt} from './looks.js';
import {emptyNode, type Silence, silenceRows, startPings} from './silence.js';

const RATE = 1000;
const TIMES = 100;
/** Each kind of them. */
const PART = 10;
const EACH_MS = 1020;
const REQUESTS = 100_000;
const WORKERS = 2;
const WORKER = fileURLToPath(new URL('../../../../test/faults/worker.pl', import.meta.url));

type Scene = {
  readonly rig: Rig;
  readonly ssd: Running;
  readonly port: number;
  readonly gate: Gate;
  readonly faults: string[];
};

export function replaced(): Promise<readonly Row[]> {
  return onStage(async rig => {
    const gate = await createGate(rig);
    const program = ['sh', '-c', 'read _ <"$1"; exec perl "$2"', 'sh', gate.path, WORKER];
    const ssd = rig.ssd(optionsOf(null), program);
    gate.let(WORKERS);
    const scene = {rig, ssd, gate, port: await boundPort(ssd), faults: []};
    await ssd.line(/generation 1 is ready/);
    const before = await descriptorsOf(rig, ssd);
    const {samples, waits} = await underLoad(scene, program);
    await goBack(scene, program);
    const after = await descriptorsOf(rig, ssd);
    await demandHistory(scene);
    gate.close();
    return [...rowsOf(samples, waits), soundRow(scene, before, after)];
  });
}

/** @param extra the path of another listener */
function optionsOf(extra: string | null): string[] {
  const listeners = ['--port=127.0.0.1:0', ...(extra === null ? [] : [`--path=${extra}`])];
  return [...listeners, '--ready=fd', '--backlog=4096', `--workers=${WORKERS}`];
}

async function underLoad(scene: Scene, program: readonly string[]) {
  const {rig, port} = scene;
  const pings = await startPings(rig.control);
  const load = startLoad({port, rate: RATE});
  const waits: Silence[] = [];
  for (let nth = 0; nth < TIMES; nth += 1) {
    await untilElapsed(load, nth * EACH_MS + EACH_MS / 2);
    await pings.take();
    if (nth % PART === 3) await inRestart(scene, nth);
    else if (nth % PART === 7) await withOptions(scene, nth, program);
    else await plainly(scene, nth);
    waits.push({...(await pings.take()), node: await emptyNode(rig)});
  }
  await untilElapsed(load, TIMES * EACH_MS);
  await pings.stop();
  return {samples: await load.stop(), waits};
}

async function plainly(scene: Scene, nth: number): Promise<void> {
  const before = await lookAt(scene.rig, scene.port);
  await send(scene.rig, 'reexec');
  compare(scene, nth, differences(before, await lookAt(scene.rig, scene.port)));
}

/** Its workers are starting. The client that asked for them gets its verdict from the next image. */
async function inRestart(scene: Scene, nth: number): Promise<void> {
  const {rig, ssd, port, gate, faults} = scene;
  const {current} = await lookAt(rig, port);
  const next = (current ?? 0) + 1;
  const verdict = restart(rig);
  for (let worker = 0; worker < WORKERS; worker += 1)
    await ssd.line(new RegExp(`generation ${next} spawned`));
  const before = await lookAt(rig, port);
  await send(rig, 'reexec');
  compare(scene, nth, differences(before, await lookAt(rig, port)));
  gate.let(WORKERS);
  const {verdict: how, generation} = await verdict;
  if (how !== 'completed' || generation !== next)
    faults.push(`${nth}: the restart was ${how} with generation ${generation}`);
}

/** One listener is added, and the one that was added last is dropped. */
async function withOptions(scene: Scene, nth: number, program: readonly string[]): Promise<void> {
  const {rig, port, faults} = scene;
  const [gone, added] = [rig.path(`extra-${nth - PART}`), rig.path(`extra-${nth}`)];
  const before = await lookAt(rig, port);
  await send(rig, 'reexec', {args: [`--control=${rig.control}`, ...optionsOf(added), '--', ...program]});
  const after = await lookAt(rig, port);
  compare(scene, nth, differences(before, after, ['listeners']));
  if (!existsSync(added)) faults.push(`${nth}: the listener that was added is not there`);
  if (existsSync(gone)) faults.push(`${nth}: the listener that was dropped is there`);
  if (after.listeners[0] !== before.listeners[0] || after.listeners.length !== 2)
    faults.push(`${nth}: the listeners are ${after.listeners.join(', ')}`);
}

/** To the options of the start, and to workers that were started with them. */
async function goBack(scene: Scene, program: readonly string[]): Promise<void> {
  const {rig, gate} = scene;
  await send(rig, 'reexec', {args: [`--control=${rig.control}`, ...optionsOf(null), '--', ...program]});
  gate.let(WORKERS);
  await restart(rig);
}

function compare({faults}: Scene, nth: number, found: readonly string[]): void {
  faults.push(...found.map(member => `${nth}: ${member} differs`));
}

async function demandHistory({rig, faults}: Scene): Promise<void> {
  const {stdout} = await rig.ssctl(['--json', 'events']);
  const events = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Recorded);
  const upgrades = events.filter(({type}) => type === 'upgraded').length;
  if (upgrades !== TIMES + 1) faults.push(`${upgrades} events tell of a replacement`);
  if (events.some(({seq}, nth) => seq !== nth + 1)) faults.push('the events have a gap');
}

function rowsOf(samples: readonly Sample[], waits: readonly Silence[]): Row[] {
  const failed = failedOf(samples);
  const kinds = [...new Set(failed.map(({failure}) => failure))].join(', ');
  const longestMs = Math.round(quantile(samples, 1));
  return [
    {
      what: `${TIMES} replacements of ssd at ${RATE} new connections a second, ${PART} of them in a restart and ${PART} with other listeners`,
      seen: `${failed.length} of ${samples.length} requests failed${kinds && ` (${kinds})`}, the longest took ${longestMs} ms`,
      goal: `0 of at least ${REQUESTS}`,
      met: failed.length === 0 && samples.length >= REQUESTS,
    },
    ...silenceRows('then', waits),
  ];
}

type Descriptors = Awaited<ReturnType<typeof descriptorsOf>>;

function soundRow({faults}: Scene, before: Descriptors, after: Descriptors): Row {
  const isSame = after.workers === before.workers && after.ssd <= before.ssd;
  const more = faults.length > 3 ? ` and ${faults.length - 3} more` : '';
  return {
    what: 'the same pid, workers, listener and history, and no descriptor more',
    seen: `${faults.length} differences${faults.length > 0 ? ` (${faults.slice(0, 3).join('; ')}${more})` : ''}; descriptors of ssd ${before.ssd} and ${after.ssd}, of workers ${before.workers} and ${after.workers}`,
    goal: 'none',
    met: faults.length === 0 && isSame,
  };
}
