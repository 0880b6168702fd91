/**
 * The way back: a release that passes readiness and fails its trial, under load; and which release a crash or a rollback
 * brings.
 */
import {mkdirSync, readFileSync, readlinkSync, renameSync, symlinkSync, writeFileSync} from 'node:fs';
import {basename} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {Status} from '../../../src/shared/protocol/status.js';
import {restart, send, status} from '../../helpers/clients/control.js';
import {boundPort, type Rig} from '../../helpers/rig.js';
import type {Row} from '../stage/figures.js';
import {failedOf, startLoad, untilElapsed} from '../stage/load.js';
import {onStage} from '../stage/stage.js';

const RATE = 1000;
const GOAL_MS = 50;
/** How long the new generation is on trial before it fails. */
const SOUND_MS = 2000;
const TIMES = 20;
/** It is ready at once and answers one request after the other. */
const CHEAP = ['perl', fileURLToPath(new URL('../../../../test/faults/worker.pl', import.meta.url))];

type Recorded = {readonly type: string; readonly at: string};
/** Makes the trial fail. @returns when that was, as ssd or the check tells */
type Fail = (rig: Rig) => Promise<(events: readonly Recorded[]) => number>;

const byCheck: Fail = async rig => {
  writeFileSync(rig.path('bad'), '');
  return () => Number(readFileSync(rig.path('ended'), 'utf8'));
};

/** From the signal, so that the time counts in which ssd learns of the end. ssd has not told the worker to finish. */
const byEnd =
  (signal: string): Fail =>
  async rig => {
    const asked = Date.now();
    await send(rig, 'signal', {signal, generation: 2});
    return () => asked;
  };

/** The worker ends between two requests. */
const byLoss = byEnd('TERM');
const byKill = byEnd('KILL');

const byRejection: Fail = async rig => {
  const asked = Date.now();
  await send(rig, 'reject');
  return () => asked;
};

export async function trial(): Promise<readonly Row[]> {
  return [
    await wayBack('a check that fails after 2 s', byCheck),
    await wayBack('a worker that crashes between two requests', byLoss),
    // What it is answering at that moment is lost with it.
    await wayBack('a worker that is killed', byKill, {mayFail: 1}),
    await wayBack('a rejection', byRejection),
    await wayBack('a canary of 1 in 4 whose check fails', byCheck, {args: CANARY}),
    await wayBack('a canary of 1 in 4 that crashes between two requests', byLoss, {args: CANARY}),
    await wayBack('a canary of 1 in 4 that is rejected', byRejection, {args: CANARY}),
    await afterKill('the one worker', []),
    await afterKill('all of four workers', ['--workers=4']),
    await backAndForth(),
  ];
}

const CANARY = ['--workers=4', '--rolling=1'];

type Variant = {
  readonly args?: readonly string[];
  /** So many requests. */
  readonly mayFail?: number;
};

async function wayBack(what: string, fail: Fail, {args = [], mayFail = 0}: Variant = {}): Promise<Row> {
  return onStage(async rig => {
    const check = `[ ! -e ${rig.path('bad')} ] || { date +%s%3N >${rig.path('ended')}; exit 1; }`;
    const trial = ['--bake=1h', '--bake-every=0.1', '--bake-timeout=5', `--bake-check=exec=${check}`];
    const ssd = rig.ssd(['--port=127.0.0.1:0', '--ready=fd', ...trial, ...args], CHEAP);
    const port = await boundPort(ssd);
    await ssd.line(/generation 1 is ready/);
    const load = startLoad({port, rate: RATE});
    await untilElapsed(load, SOUND_MS);
    const verdict = restart(rig);
    await ssd.line(/is on trial/);
    const before = (await eventsOf(rig)).filter(({type}) => type === 'spawned').length;
    await untilElapsed(load, 2 * SOUND_MS);
    const failedAt = await fail(rig);
    const {verdict: how} = await verdict;
    await untilElapsed(load, 3 * SOUND_MS);
    const samples = await load.stop();
    const events = await eventsOf(rig);
    const tookMs = timeOf(events, 'trial-ended') - failedAt(events);
    const spawns = events.filter(({type}) => type === 'spawned').length - before;
    const {current} = await status(rig);
    const failed = failedOf(samples).length;
    return {
      what: `${what}, at ${RATE} new connections a second: the way back`,
      seen: `${tookMs} ms, ${spawns} spawns, ${failed} of ${samples.length} requests failed, the verdict is ${how}`,
      goal: `<= ${GOAL_MS} ms, 0 spawns, ${mayFail === 0 ? 0 : `at most ${mayFail}`} failed`,
      met: tookMs <= GOAL_MS && spawns === 0 && failed <= mayFail && how === 'failed' && current === 1,
    };
  });
}

async function eventsOf(rig: Rig): Promise<readonly Recorded[]> {
  const {stdout} = await rig.ssctl(['--json', 'events']);
  return stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Recorded);
}

function timeOf(events: readonly Recorded[], wanted: string): number {
  return Date.parse(events.findLast(({type}) => type === wanted)?.at ?? '');
}

/** After each deploy that failed, all workers are killed at once. */
async function afterKill(whom: string, args: readonly string[]): Promise<Row> {
  return onStage(async rig => {
    const releases = releasesIn(rig);
    const ssd = await releases.start(args);
    releases.switchTo('broken');
    let brought = 0;
    for (let time = 0; time < TIMES; time += 1) {
      const {verdict} = await restart(rig);
      await send(rig, 'signal', {signal: 'KILL'});
      await ssd.line(/generation \d+ is ready/);
      if (verdict === 'failed' && (await releases.serving()) === 'one') brought += 1;
    }
    return rowOf(`kill -9 of ${whom} after a deploy that failed brings the old release`, brought);
  });
}

async function backAndForth(): Promise<Row> {
  return onStage(async rig => {
    const releases = releasesIn(rig);
    await releases.start([]);
    releases.switchTo('two');
    await restart(rig);
    // The link goes on to name a release that nobody wants.
    releases.switchTo('broken');
    let went = 0;
    for (let time = 0; time < TIMES; time += 1) {
      const {verdict} = await send(rig, 'restart', {rollback: true});
      const expected = time % 2 === 0 ? 'one' : 'two';
      if (verdict === 'completed' && (await releases.serving()) === expected) went += 1;
    }
    return rowOf('a rollback, back and forth, brings the release before', went);
  });
}

function rowOf(what: string, count: number): Row {
  return {what, seen: `${count} of ${TIMES}`, goal: `${TIMES} of ${TIMES}`, met: count === TIMES};
}

/** Two releases that work, one that does not, and the link, which names the first. */
function releasesIn(rig: Rig) {
  const link = rig.path('current');
  const put = (name: string, script: string) => {
    mkdirSync(rig.path(name));
    writeFileSync(rig.path(`${name}/server`), `#!/bin/sh\n${script}\n`, {mode: 0o755});
  };
  const switchTo = (name: string) => {
    symlinkSync(name, `${link}.new`);
    renameSync(`${link}.new`, link);
  };
  put('one', `exec ${CHEAP.join(' ')}`);
  put('two', `exec ${CHEAP.join(' ')}`);
  put('broken', 'exit 3');
  switchTo('one');
  return {
    switchTo,
    start: async (args: readonly string[]) => {
      const options = [`--release=${link}`, '--port=127.0.0.1:0', '--ready=fd', '--interval=0.1', ...args];
      const ssd = rig.ssd(options, ['./server']);
      await ssd.line(/generation 1 is ready/);
      return ssd;
    },
    /** Where the workers of the current generation run, as the kernel tells. */
    serving: async () => {
      const {current, generations} = (await status(rig)) as unknown as Status;
      const workers = generations.find(({generation}) => generation === current)?.workers ?? [];
      const places = workers.map(({pid}) => basename(readlinkSync(`/proc/${pid}/cwd`)));
      return [...new Set(places)].join();
    },
  };
}
