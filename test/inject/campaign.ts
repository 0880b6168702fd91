/** Injects every fault of a phase into a living ssd, one after the other. */
import type {ExecutionContext} from 'ava';
import {watched} from '../helpers/mailbox.js';
import {type Fault, planFaults, reasonAgainst} from './faults.js';
import type {Phase} from './phases.js';
import {type Call, injectedIn, readCalls} from './recording.js';
import {giveUp, leftOf, mustBeWell, type Scene, startScene} from './scene.js';
import {attach} from './strace.js';

/** A mechanism that is broken breaks many faults; the first dozen tell enough. */
export const MOST_FAILURES = 12;
/** A close that fails is not done, unlike one that the kernel lets fail. Both ends of a pipe can stay open then. */
const LEFT_OPEN = 2;
/** All phases of a file, on a machine with other work. */
export const LONGEST_MS = 600_000;

/** The machine has few processors: the phases of a file have them in turn. */
let before: Promise<unknown> = Promise.resolve();

export function campaign(t: ExecutionContext, phase: Phase): Promise<void> {
  t.timeout(LONGEST_MS);
  const run = before.then(() => runAll(t, phase));
  before = run.catch(() => {});
  return run;
}

async function runAll(t: ExecutionContext, phase: Phase): Promise<void> {
  let scene = await startScene(t, phase.setting);
  const plan = planFaults(knownCalls(t, await record(scene, phase)));
  const failures: string[] = [];
  let [met, lost] = [0, 0];
  for (const fault of plan) {
    if (failures.length >= MOST_FAILURES) break;
    const outcome = await tryFault(scene, phase, fault, lost + (fault.call === 'close' ? LEFT_OPEN : 0));
    if (outcome.met) met += 1;
    if (outcome.met && fault.call === 'close') lost += LEFT_OPEN;
    if (outcome.problem === null) continue;
    if (!outcome.outOfReach) failures.push(`${describe(fault)}: ${outcome.problem}\n    ${outcome.line}`);
    giveUp(scene);
    scene = await startScene(t, phase.setting);
    lost = 0;
  }
  t.log(`${met} faults in ${plan.length} tries`);
  for (const failure of failures) t.log(failure);
  t.is(failures.length, 0);
  t.true(met > 0);
  await mustEnd(t, scene);
}

async function record(scene: Scene, phase: Phase): Promise<readonly Call[]> {
  await phase.act(scene);
  const tracing = await attach(scene.ssd.pid, scene.rig.path('strace'), null);
  await phase.act(scene);
  return readCalls(await tracing.end());
}

/** A call that is on none of the lists must be put on one. */
export function knownCalls(t: ExecutionContext, calls: readonly Call[]): readonly Call[] {
  const unknown = calls.filter(call => reasonAgainst(call) === undefined).map(({text}) => text);
  for (const text of unknown) t.log(text);
  t.is(unknown.length, 0, 'every call is on a list of faults.ts');
  return calls;
}

type Outcome = {
  readonly met: boolean;
  readonly line: string | null;
  readonly outOfReach: boolean;
  readonly problem: string | null;
};

async function tryFault(scene: Scene, phase: Phase, fault: Fault, lost: number): Promise<Outcome> {
  const tracing = await attach(scene.ssd.pid, scene.rig.path('strace'), fault);
  let problem: string | null = null;
  const act = phase.act(scene).catch(error => {
    problem = (error as Error).message;
  });
  await watched(act, () => 'the phase does not end', 30_000).catch(error => {
    problem = error.message;
  });
  const line = injectedIn(await tracing.end());
  try {
    if (problem === null) await mustBeWell(scene, lost);
  } catch (error) {
    problem = (error as Error).message;
  }
  const outOfReach = line !== null && reasonAgainst({name: fault.call, text: line}) !== null;
  return {met: line !== null && !outOfReach, line, outOfReach, problem};
}

/** SIGTERM still works after all that. */
async function mustEnd(t: ExecutionContext, {ssd, rig}: Scene): Promise<void> {
  ssd.kill('SIGTERM');
  t.deepEqual(await ssd.exit(), {code: 0, signal: null});
  t.deepEqual(leftOf(rig), []);
}

export function describe({call, nth, error}: Fault): string {
  return `${call} #${nth} fails with ${error}`;
}
