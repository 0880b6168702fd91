/**
 * The one place where effects leave the core. It performs what the core decides. Nothing here decides or throws: an
 * effect that fails is reported, and the others of its step are still performed.
 */
import {correlated} from '../shared/correlated.js';
import type {Event, FailedStart} from '../shared/protocol/event.js';
import type {Answer} from '../shared/protocol/verdict.js';
import type {Effect, Input, Report, Untimed} from './core/types.js';
import type {Border} from './faults/border.js';
import type {StatusFile} from './files/status-file.js';
import type {Problems} from './problems/problems.js';
import type {Clock} from './system/clock.js';
import type {Children} from './workers/children.js';
import type {WorkerAddress} from './workers/worker-address.js';

export type World = {
  readonly spawn: (order: Extract<Effect, {type: 'spawn'}>) => void;
  readonly children: Pick<Children, 'signal' | 'signalAll' | 'resume' | 'kill'>;
  /** The system refused a signal that the core ordered. */
  readonly onSignalRefused: (refused: RefusedSignal) => void;
  /** Submits the outcome of an effect as an input. */
  readonly submit: (input: Untimed<Extract<Input, {type: 'signal-refused' | 'signal-sent'}>>) => void;
  /** A worker was told to finish, so its readiness no longer matters. */
  readonly onTold: (address: WorkerAddress) => void;
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
    const cause = world.children.signal(pid, signal);
    // A stopped process acts on no signal but SIGKILL until it continues.
    world.children.resume(pid);
    if (cause !== null) refuse(world, {...address, pid, signal, cause});
  },
  'forward-signal': ({children, submit}, {token, signal, pids}) => {
    const refused = pids.flatMap(pid => {
      const cause = token === null ? children.signalAll(pid, signal) : children.signal(pid, signal);
      return cause === null ? [] : [{pid, cause}];
    });
    const sent = pids.filter(pid => !refused.some(one => one.pid === pid));
    submit({type: 'signal-sent', token, signal, pids: sent, refused});
  },
  kill: (world, {pid, ...address}) => {
    world.border.guard('readiness', world.onTold)(address);
    const cause = world.children.kill(pid);
    if (cause !== null) refuse(world, {...address, pid, signal: 'KILL', cause});
  },
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
