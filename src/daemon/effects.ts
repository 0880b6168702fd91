/**
 * The one place where effects leave the core. It performs what the core decides. Nothing here decides or throws: an
 * effect that fails is reported, and the others of its step are still performed.
 */
import {correlated} from '../shared/correlated.js';
import type {Event, FailedStart} from '../shared/protocol/event.js';
import type {Answer} from '../shared/protocol/verdict.js';
import type {AdoptedWorkers} from './adoption/adopted-workers.js';
import type {Effect, Input, LookFailure, Untimed} from './core/types.js';
import type {Report} from './core/views/views.js';
import type {Border} from './faults/border.js';
import type {StatusFile} from './files/status-file.js';
import type {Problems} from './problems/problems.js';
import type {Clock} from './system/clock.js';
import type {Children} from './workers/children.js';
import type {TrialChecks} from './workers/trial-check.js';
import type {WorkerAddress} from './workers/worker-address.js';

export type World = {
  readonly spawn: (order: Extract<Effect, {type: 'spawn'}>) => void;
  readonly look: (order: Extract<Effect, {type: 'look'}>) => LookFailure | null;
  readonly children: Pick<Children, 'signal' | 'signalAll' | 'resume' | 'kill'>;
  /** The workers that are no children of ssd. */
  readonly adopted: Pick<AdoptedWorkers, 'handOf' | 'handFor'>;
  /** The system refused a signal that the core ordered. */
  readonly onSignalRefused: (refused: RefusedSignal) => void;
  /** Submits the outcome of an effect as an input. */
  readonly submit: (
    input: Untimed<Extract<Input, {type: 'signal-refused' | 'signal-sent' | 'looked'}>>,
  ) => void;
  /** A worker was told to finish, so its readiness no longer matters. */
  readonly onTold: (address: WorkerAddress) => void;
  /** The checks of the generation that is on trial. */
  readonly checks: Pick<TrialChecks, 'run' | 'end'>;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly statusFile: {readonly path: string; readonly file: Pick<StatusFile, 'save'>} | null;
  readonly problems: Pick<Problems, 'raise' | 'solve'>;
  /** Tells the service manager. */
  readonly report: (report: Report) => void;
  /** Tells everybody what happened. `tokens` name the requests whose clients wait for news. */
  readonly tell: (event: Event, tokens: readonly string[]) => void;
  /** The one final answer to a request. */
  readonly answer: (token: string, answer: Answer) => void;
  readonly onRefused: (cause: string, problem: string | null) => void;
  readonly onGivenUp: (failed: FailedStart) => void;
  /** @param left the workers that cannot be killed */
  readonly onStopped: (tokens: readonly string[], left: readonly number[]) => void;
  readonly border: Border;
};

export type RefusedSignal = WorkerAddress & {
  readonly pid: number;
  /** `KILL` for the effect `kill`. */
  readonly signal: string;
  readonly cause: string;
};

type Performers = {
  readonly [T in Effect['type']]: (world: World, effect: Extract<Effect, {type: T}>) => void;
};

const performers: Performers = {
  spawn: (world, order) => world.spawn(order),
  signal: (world, {pid, signal, ...address}) => {
    world.border.guard('readiness', world.onTold)(address);
    const hand = world.adopted.handOf(address) ?? world.children;
    const cause = hand.signal(pid, signal);
    // A stopped process acts on no signal but SIGKILL until it continues.
    hand.resume(pid);
    if (cause !== null) refuse(world, {...address, pid, signal, cause});
  },
  'forward-signal': ({children, adopted, submit}, {token, signal, pids}) => {
    const refused = pids.flatMap(pid => {
      const hand = adopted.handFor(pid) ?? children;
      const cause = (token === null ? hand.signalAll : hand.signal)(pid, signal);
      return cause === null ? [] : [{pid, cause}];
    });
    const sent = pids.filter(pid => !refused.some(one => one.pid === pid));
    submit({type: 'signal-sent', token, signal, pids: sent, refused});
  },
  kill: (world, {pid, ...address}) => {
    world.border.guard('readiness', world.onTold)(address);
    const cause = (world.adopted.handOf(address) ?? world.children).kill(pid);
    if (cause !== null) refuse(world, {...address, pid, signal: 'KILL', cause});
  },
  check: ({checks}, order) => checks.run(order),
  look: ({border, look, submit}, order) => {
    let failure: LookFailure | null = null;
    border.guard('a look ahead', () => {
      failure = look(order);
    })();
    // The core waits for it.
    submit({type: 'looked', failure});
  },
  'end-check': ({checks}) => checks.end(),
  'set-timer': (world, {at}) => world.clock.setTimer(at),
  publish: (world, {event, tokens}) => world.tell(event, tokens),
  answer: (world, {token, answer}) => world.answer(token, answer),
  'save-status': ({statusFile, problems}, {lines}) => {
    if (!statusFile) return;
    const {path: subject, file} = statusFile;
    const cause = file.save(lines);
    if (cause === null) problems.solve('status-file', subject);
    else problems.raise({code: 'status-file', subject, cause});
  },
  report: (world, {report}) => world.report(report),
  'refuse-start': (world, {cause, problem}) => world.onRefused(cause, problem),
  'give-up': (world, {failed}) => world.onGivenUp(failed),
  stopped: (world, {tokens, left}) => world.onStopped(tokens, left),
};

/** Performs one effect. A failure becomes an input or a problem. */
export function perform(world: World, effect: Effect): void {
  world.border.guard(`effect ${effect.type}`, () => correlated(performers[effect.type])(world, effect))();
}

/** Raises the problem before the core hears of it: the core may answer with a verdict, which names the problems. */
function refuse(world: World, refused: RefusedSignal): void {
  world.onSignalRefused(refused);
  const {generation, worker, signal, cause} = refused;
  world.submit({type: 'signal-refused', generation, worker, signal, cause});
}
