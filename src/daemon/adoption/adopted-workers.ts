/**
 * The workers that were taken over. They are no children of ssd: no signal tells of their end, and nothing keeps their pids
 * from being given to others. So all that concerns them goes through their pid descriptors.
 *
 * One thread of libuv's pool waits in poll(2) for all of them. It returns when one has ended, because its descriptor can be
 * read then; and when ssd ends, by a pipe.
 */
import {writeSync} from 'node:fs';
import {constants} from 'node:os';
import type {Ending} from '../../shared/protocol/event.js';
import {causeOf} from '../../shared/words/errors.js';
import type {HandedOver} from '../handover/handed-over.js';
import {closeQuietly} from '../system/close-quietly.js';
import {pipe} from '../system/posix.js';
import {signalPid} from '../system/posix-process.js';
import {endOfStranger, readableOf, untilOneReadable} from '../system/processes/pid-descriptors.js';
import type {Children} from '../workers/children.js';
import {endingOf} from '../workers/ending-of.js';
import {createGroupTimer} from '../workers/group-timer.js';
import {keyOf, type WorkerAddress} from '../workers/worker-address.js';
import {memberOf, sendToGroup} from './adopted-group.js';

/** How ssd reaches a worker: as `Children` does for its own. */
export type Hand = Pick<Children, 'signal' | 'signalAll' | 'resume' | 'kill'>;

export type AdoptedWorkers = {
  /** How to reach this worker; null: it is a child of ssd. */
  readonly handOf: (address: WorkerAddress) => Hand | null;
  /** The same for the process with this pid, while it lives. */
  readonly handFor: (pid: number) => Hand | null;
  /** Reports those that have ended. An end that has come counts before a deadline that passed. */
  readonly collect: () => void;
  readonly handOver: () => HandedOver<AdoptedState>;
  /** Lets go of them. Living ones go on. */
  readonly dispose: () => void;
};

export type AdoptedWorker = WorkerAddress & {
  readonly pid: number;
  readonly pidFd: number;
  /** Its ssd has made it the leader of a group that ends with it (`--kill-group`). */
  readonly hasGroup: boolean;
};

/** A contract with later versions of ssd: names stay, and what is added may be missing. */
export type AdoptedState = {
  /** Those that live, or whose group does. */
  readonly held: readonly Held[];
  /** They were adopted and are gone. */
  readonly gone: readonly WorkerAddress[];
};

/** `ended`: how it ended, and a process of its group that lived at the last look. */
type Held = AdoptedWorker & {readonly ended: {readonly ending: Ending; readonly member: number} | null};

export type AdoptedContext = {
  readonly onEnd: (address: WorkerAddress, ending: Ending) => void;
  /** It has ended, and others of its group live. `onEnd` follows when they are gone. */
  readonly onLeaderEnd: (address: WorkerAddress, ending: Ending) => void;
  /** The wait failed. It is tried again after a pause. */
  readonly onFailed: (error: unknown) => void;
};

const ERROR_PAUSE_MS = 1000;
/** The kernel tells how a process ended once its new parent, as a rule process 1, has collected it. */
const COLLECTED_MS = 10;

/**
 * @param workers those that were found
 * @param revived those that a former image of ssd has handed over
 */
export function holdAdopted(
  workers: readonly AdoptedWorker[],
  {onEnd, onLeaderEnd, onFailed}: AdoptedContext,
  revived: AdoptedState | null = null,
): AdoptedWorkers {
  const found = workers.map((worker): Held => ({...worker, ended: null}));
  const held = new Map([...(revived?.held ?? []), ...found].map(worker => [keyOf(worker), worker]));
  // It is never emptied: a child of ssd may get the pid of one that has ended.
  const all = new Map<string, WorkerAddress>(
    [...held.values(), ...(revived?.gone ?? [])].map(one => [keyOf(one), one]),
  );
  const living = () => [...held.values()].filter(({ended}) => ended === null);
  const leave = (worker: Held, ending: Ending) => {
    const {generation, worker: id} = worker;
    const member = worker.hasGroup ? memberOf(worker, worker.ended?.member ?? null) : null;
    if (member !== null) {
      held.set(keyOf(worker), {...worker, ended: {ending, member}});
      if (worker.ended === null) onLeaderEnd({generation, worker: id}, ending);
      return;
    }
    held.delete(keyOf(worker));
    closeQuietly(worker.pidFd);
    onEnd({generation, worker: id}, ending);
  };
  const collect = () => {
    const waited = living();
    const ended = waited.length === 0 ? [] : readableOf(waited.map(({pidFd}) => pidFd));
    for (const worker of held.values()) if (worker.ended) leave(worker, worker.ended.ending);
    waited.forEach((worker, nth) => {
      if (ended[nth]) leave(worker, endingOf(endOfStranger(worker.pidFd) ?? 'lost'));
    });
    lookAgain();
  };
  const groups = createGroupTimer(() => {
    try {
      collect();
    } catch (error) {
      onFailed(error);
    }
  });
  const lookAgain = () => groups.lookAgain([...held.values()].filter(({ended}) => ended !== null).length);
  lookAgain();
  const wait = waitFor(() => living().map(({pidFd}) => pidFd), {collect, onFailed});
  return {
    handOf: address => (all.has(keyOf(address)) ? handTo(() => held.get(keyOf(address))) : null),
    handFor: pid => {
      const found = [...held].find(([, worker]) => worker.pid === pid);
      return found ? handTo(() => held.get(found[0])) : null;
    },
    collect,
    handOver: () => {
      const gone = [...all].flatMap(([key, {generation, worker}]) =>
        held.has(key) ? [] : [{generation, worker}],
      );
      const state = {held: [...held.values()], gone};
      return {state, fds: state.held.map(({pidFd}) => pidFd)};
    },
    dispose: () => {
      groups.dispose();
      wait.end();
      // A thread that still looks at them keeps the files open, not the numbers.
      for (const {pidFd} of held.values()) closeQuietly(pidFd);
      held.clear();
    },
  };
}

function handTo(find: () => Held | undefined): Hand {
  const send = (signal: string, toAll: boolean): string | null => {
    const worker = find();
    if (!worker) return null;
    const ofGroup = worker.hasGroup && (toAll || worker.ended) ? sendToGroup(worker, signal) : null;
    return worker.ended ? ofGroup : (sendTo(worker, signal) ?? ofGroup);
  };
  return {
    signal: (_, signal) => send(`SIG${signal}`, false),
    signalAll: (_, signal) => send(`SIG${signal}`, true),
    resume: () => void send('SIGCONT', true),
    kill: () => send('SIGKILL', true),
  };
}

type Waited = {readonly collect: () => void; readonly onFailed: (error: unknown) => void};

/** Waits for the end of one after the other, until none is left. */
function waitFor(fds: () => readonly number[], {collect, onFailed}: Waited): {readonly end: () => void} {
  if (fds().length === 0) return {end: () => {}};
  const {readEnd, writeEnd} = pipe();
  let over = false;
  let wake = () => {};
  const pause = (ms: number) =>
    new Promise<void>(resolve => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const wait = async () => {
    while (!over && fds().length > 0) {
      try {
        await untilOneReadable([readEnd, ...fds()]);
        if (!over) await pause(COLLECTED_MS);
        if (!over) collect();
      } catch (error) {
        onFailed(error);
        if (!over) await pause(ERROR_PAUSE_MS);
      }
    }
    over = true;
    closeQuietly(readEnd);
    closeQuietly(writeEnd);
  };
  void wait();
  return {
    end: () => {
      if (over) return;
      over = true;
      wake();
      writeSync(writeEnd, '\n');
    },
  };
}

/** @returns null, or the errno name of the refusal */
function sendTo({pidFd}: AdoptedWorker, signal: string): string | null {
  const number = (constants.signals as Readonly<Record<string, number>>)[signal];
  if (number === undefined) return null;
  try {
    signalPid(pidFd, number);
    return null;
  } catch (error) {
    const cause = causeOf(error);
    // It has ended, and its end will be seen.
    return cause === 'ESRCH' ? null : cause;
  }
}
