/**
 * ssd is killed again and again while clients come, and started again: during a restart, a trial, a stop, and while one of
 * four workers after the other is replaced. What its clients notice is counted.
 *
 * The moments are spread evenly over the time that each of these takes, and are the same in every run.
 */
import {chmodSync, chownSync, copyFileSync, mkdirSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {restart, send, status} from '../../helpers/clients/control.js';
import {boundPort, INSTALLED, type Rig, type Running} from '../../helpers/rig.js';
import type {Effort, Row} from '../stage/figures.js';
import {failedOf, type Load, type Sample, startLoad, untilElapsed} from '../stage/load.js';
import {onStage} from '../stage/stage.js';

const RATE = 1000;
/** Of each kind. */
const DEATHS = 5;
const REQUESTS = 100_000;
const WORKER = fileURLToPath(new URL('../../../../test/faults/worker.pl', import.meta.url));

/** nobody: a user who owns nothing. */
const STRANGER = 65534;

export type Kind = {
  readonly name: string;
  readonly args: readonly string[];
  readonly act: (rig: Pick<Rig, 'control'>) => Promise<unknown>;
  /** ssd is killed at the latest so long after the act began. */
  readonly withinMs: number;
  readonly behaviour?: string;
};

export const KINDS: readonly Kind[] = [
  {name: 'restart', args: [], act: restart, withinMs: 150},
  {name: 'trial', args: ['--bake=0.5'], act: restart, withinMs: 800},
  {name: 'rolling restart', args: ['--workers=4', '--rolling=1'], act: restart, withinMs: 400},
  // As long as a worker holds the listener, clients wait. Once all are gone, nobody can keep them.
  {name: 'stop', args: [], act: rig => send(rig, 'stop'), withinMs: 600, behaviour: 'linger'},
];

/** Who runs ssd. */
export type Owner = 'root' | 'user';

export async function adoption(_: Effort): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const owner of process.getuid?.() === 0 ? (['root', 'user'] as const) : (['user'] as const)) {
    const samples: Sample[] = [];
    for (const kind of KINDS) samples.push(...(await dying(kind, owner, REQUESTS / KINDS.length)));
    rows.push(rowOf(owner, samples));
  }
  return rows;
}

function rowOf(owner: Owner, samples: readonly Sample[]): Row {
  const failed = failedOf(samples);
  const kinds = [...new Set(failed.map(({failure}) => failure))].join(', ');
  const longestMs = Math.round(Math.max(...samples.map(({tookMs}) => tookMs)));
  return {
    what: `${KINDS.length * DEATHS} deaths of ssd (${owner === 'root' ? owner : 'an ordinary user'}) at ${RATE} new connections a second`,
    seen: `${failed.length} of ${samples.length} requests failed${kinds && ` (${kinds})`}, the longest took ${longestMs} ms`,
    goal: `0 of at least ${REQUESTS}`,
    met: failed.length === 0 && samples.length >= REQUESTS,
  };
}

/** @returns as many requests of clients, or more. Throws if anything is left that is not the last generation. */
export function dying(kind: Kind, owner: Owner, requests: number): Promise<readonly Sample[]> {
  return onStage(async rig => {
    const {control, start} = prepare(rig, kind, owner);
    let ssd = start();
    const port = await boundPort(ssd);
    await ssd.line(/generation 1 is ready/);
    const load = startLoad({port, rate: RATE});
    const eachMs = (requests / DEATHS / RATE) * 1000;
    for (let death = 0; death < DEATHS; death += 1) {
      await untilElapsed(load, death * eachMs + eachMs / 2);
      await dieWhile(kind.act({control}), {ssd, load, afterMs: momentOf(death) * kind.withinMs});
      ssd = start();
      await ssd.line(/generation \d+ is ready/);
    }
    await untilElapsed(load, DEATHS * eachMs + 1);
    // What a trial or a replaced worker still holds up ends before it.
    await restart({control});
    const samples = await load.stop();
    await demandTidy({control});
    return samples;
  });
}

type Death = {readonly ssd: Running; readonly load: Load; readonly afterMs: number};

async function dieWhile(acting: Promise<unknown>, {ssd, load, afterMs}: Death): Promise<void> {
  // It hears no end, because ssd has died.
  acting.catch(() => {});
  await untilElapsed(load, load.elapsed() + afterMs);
  ssd.kill('SIGKILL');
  await ssd.exit();
}

/** From 0 to 1, evenly spread however many there are. */
function momentOf(nth: number): number {
  return ((nth + 1) * 0.618_034) % 1;
}

/** The directory, the worker and the command line. An ordinary user has a run-time directory, and the default place in it. */
function prepare(rig: Rig, {args, behaviour}: Kind, owner: Owner) {
  const program = rig.path('server');
  copyFileSync(WORKER, program);
  chmodSync(program, 0o755);
  chmodSync(rig.directory, 0o777);
  if (behaviour) writeFileSync(rig.path('behave'), behaviour);
  const own = rig.path('run');
  mkdirSync(own, {mode: 0o700});
  const isOther = owner === 'user' && process.getuid?.() === 0;
  if (isOther) chownSync(own, STRANGER, STRANGER);
  const control = owner === 'user' ? `${own}/ssd/web.sock` : rig.control;
  const where = owner === 'user' ? [] : [`--control=${control}`];
  const options = {env: {XDG_RUNTIME_DIR: own}, ...(isOther && {uid: STRANGER})};
  const all = ['--name=web', '--port=127.0.0.1:0', '--ready=fd', '--backlog=4096', ...where, ...args];
  return {control, start: () => rig.start([INSTALLED.ssd, ...all, '--', program], options)};
}

async function demandTidy(rig: Pick<Rig, 'control'>): Promise<void> {
  const {generations, problems} = (await status(rig)) as {generations?: unknown[]; problems?: unknown[]};
  if (generations?.length !== 1) throw new Error(`${generations?.length} generations are left`);
  if (problems?.length) throw new Error(`there are problems: ${JSON.stringify(problems)}`);
}
