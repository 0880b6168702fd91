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
import {endingOf} from '../workers/ending-of.js';
import {keyOf, type WorkerAddress} from '../workers/worker-address.js';

/** How ssd reaches a worker: as `Children` does for its own. */
export type Hand = {
  readonly signal: (pid: number, signal: string) => string | null;
  readonly resume: (pid: number) => void;
  readonly kill: (pid: number) => string | null;
};

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

export type AdoptedWorker = WorkerAddress & {readonly pid: number; readonly pidFd: number};

/** A contract with later versions of ssd: names stay, and what is added may be missing. */
export type AdoptedState = {
  readonly living: readonly AdoptedWorker[];
  /** They were adopted and have ended. */
  readonly ended: readonly WorkerAddress[];
};

export type AdoptedContext = {
  readonly onEnd: (address: WorkerAddress, ending: Ending) => void;
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
  {onEnd, onFailed}: AdoptedContext,
  revived: AdoptedState | null = null,
): AdoptedWorkers {
  const held = [...(revived?.living ?? []), ...workers];
  const living = new Map(held.map(worker => [keyOf(worker), worker]));
  // It is never emptied: a child of ssd may get the pid of one that has ended.
  const all = new Map([...held, ...(revived?.ended ?? [])].map(worker => [keyOf(worker), worker]));
  const handTo = (key: string): Hand => ({
    signal: (_, signal) => send(living.get(key), `SIG${signal}`),
    resume: () => void send(living.get(key), 'SIGCONT'),
    kill: () => send(living.get(key), 'SIGKILL'),
  });
  const collect = () => {
    const waited = [...living.values()];
    if (waited.length === 0) return;
    const ended = readableOf(waited.map(({pidFd}) => pidFd));
    waited.forEach(({pidFd, generation, worker}, nth) => {
      if (!ended[nth]) return;
      living.delete(keyOf({generation, worker}));
      const status = endOfStranger(pidFd);
      closeQuietly(pidFd);
      onEnd({generation, worker}, endingOf(status ?? 'lost'));
    });
  };
  const wait = waitFor(() => [...living.values()].map(({pidFd}) => pidFd), {collect, onFailed});
  return {
    handOf: address => (all.has(keyOf(address)) ? handTo(keyOf(address)) : null),
    handFor: pid => {
      const found = [...living].find(([, worker]) => worker.pid === pid);
      return found ? handTo(found[0]) : null;
    },
    collect,
    handOver: () => {
      const ended = [...all].flatMap(([key, {generation, worker}]) =>
        living.has(key) ? [] : [{generation, worker}],
      );
      const state = {living: [...living.values()], ended};
      return {state, fds: state.living.map(({pidFd}) => pidFd)};
    },
    dispose: () => {
      wait.end();
      // A thread that still looks at them keeps the files open, not the numbers.
      for (const {pidFd} of living.values()) closeQuietly(pidFd);
      living.clear();
    },
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
function send(worker: AdoptedWorker | undefined, signal: string): string | null {
  const number = (constants.signals as Readonly<Record<string, number>>)[signal];
  if (!worker || number === undefined) return null;
  try {
    signalPid(worker.pidFd, number);
    return null;
  } catch (error) {
    const cause = causeOf(error);
    // It has ended, and its end will be seen.
    return cause === 'ESRCH' ? null : cause;
  }
}
