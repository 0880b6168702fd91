/**
 * `--ready=fd`: the worker writes a newline to the descriptor whose number is in SSD_READY_FD. This is the convention
 * of s6 (https://skarnet.org/software/s6/notifywhenup.html). The number is one above those of the listeners. ssd
 * ignores text before the newline, and everything after it.
 */
import type net from 'node:net';
import type {HandedOver} from '../../handover/handed-over.js';
import {closeQuietly} from '../../system/close-quietly.js';
import {openPipeReader, type PipeReader, readOn, takeBuffered} from '../../system/pipe-reader.js';
import {readAvailable} from '../../system/read-available.js';
import {keyOf, type WorkerAddress} from '../worker-address.js';
import type {ReadinessContext, RevivableWatch} from './readiness.js';

const NEWLINE = 10;
/** A process that ends closes its descriptors first. How it ended says more, and is known a moment later. */
const END_MS = 50;
/** How much ssd reads of what an ended worker wrote. A worker has no reason to write more than a line. */
const REST_BYTES = 4096;

type Watch = {
  readonly address: WorkerAddress;
  /** null: the worker has closed the descriptor, as a former image of ssd has seen. */
  readonly socket: net.Socket | null;
  readonly readEnd: number;
  said: boolean;
  /** The worker counts as failed: it has closed the descriptor. */
  givenUp: boolean;
  /** Runs after the worker has closed the descriptor. When it fires, the worker counts as failed. */
  farewell: NodeJS.Timeout | undefined;
};

/** A contract with later versions of ssd: names stay, and what is added may be missing. */
export type FdState = {
  readonly workers: readonly (WorkerAddress & {
    /** null: the worker has closed the descriptor. */
    readonly readEnd: number | null;
    readonly said: boolean;
    readonly givenUp: boolean;
  })[];
};

/**
 * `prepare` throws a system error, such as `EMFILE`, if it cannot open a pipe.
 *
 * @param revived what a former image of ssd has handed over
 */
export function createFdReadiness(
  {listeners, children, confinement, now, submit, problems}: ReadinessContext,
  revived: FdState | null = null,
): RevivableWatch<FdState> {
  const number = listeners.reduce((most, {fd}) => Math.max(most, fd), 2) + 1;
  const watches = new Map<string, Watch>();
  const take = (watch: Watch, chunk: Buffer) => {
    if (watch.said || !chunk.includes(NEWLINE)) return;
    watch.said = true;
    submit({type: 'ready', now: now(), ...watch.address});
  };
  const giveUp = (watching: Watch) => {
    // ssd may have been held up. An exit that happened counts before a time that ran out.
    children.collect();
    if (!watches.has(keyOf(watching.address))) return;
    watching.givenUp = true;
    submit({type: 'unready', now: now(), ...watching.address});
  };
  const onEnd = (watching: Watch) => {
    if (watching.said || watching.givenUp || !watches.has(keyOf(watching.address))) return;
    watching.farewell = setTimeout(() => giveUp(watching), END_MS);
  };
  const watch = (watching: Watch) => {
    const {address, socket} = watching;
    watches.set(keyOf(address), watching);
    if (!socket) return onEnd(watching);
    socket.on('data', chunk => take(watching, chunk));
    // Nothing more can come from this worker, so it will not become ready.
    socket.on('error', error => {
      problems.raise({code: 'internal', subject: 'the readiness pipe of a worker', cause: error.message});
      if (!watching.said) giveUp(watching);
    });
    socket.on('end', () => onEnd(watching));
  };
  const watchNew = (address: WorkerAddress, {socket, readEnd}: PipeReader) =>
    watch({address, socket, readEnd, said: false, givenUp: false, farewell: undefined});
  const end = (address: WorkerAddress) => {
    const watching = watches.get(keyOf(address));
    watches.delete(keyOf(address));
    if (watching) release(watching);
  };
  for (const state of revived?.workers ?? []) watch(watchFrom(state));
  return {
    prepare: address => {
      const pipe = openPipeReader(confinement.uid);
      const {writeEnd} = pipe;
      watchNew(address, pipe);
      return {
        env: {SSD_READY_FD: String(number)},
        descriptors: [[writeEnd, number]],
        onSpawned: pid => {
          closeQuietly(writeEnd);
          if (pid === null) end(address);
        },
      };
    },
    end,
    collect: () => {
      for (const watching of watches.values()) if (!watching.said) take(watching, readRest(watching));
    },
    stopAsking: () => {},
    handOver: () => handOver([...watches.values()]),
    dispose: () => {
      for (const watching of watches.values()) release(watching);
      watches.clear();
    },
  };
}

function watchFrom({generation, worker, readEnd, said, givenUp}: FdState['workers'][number]): Watch {
  const address = {generation, worker};
  return {address, socket: readOn(readEnd), readEnd: readEnd ?? -1, said, givenUp, farewell: undefined};
}

/** What is in the pipes stays there. */
function handOver(watches: readonly Watch[]): HandedOver<FdState> {
  const workers = watches.map(watching => {
    if (watching.socket) takeBuffered(watching.socket);
    const {address, said, givenUp} = watching;
    return {readEnd: isOpen(watching) ? watching.readEnd : null, said, givenUp, ...address};
  });
  return {state: {workers}, fds: workers.flatMap(({readEnd}) => (readEnd === null ? [] : [readEnd]))};
}

function release({socket, farewell}: Watch): void {
  clearTimeout(farewell);
  socket?.destroy();
}

function isOpen({socket}: Watch): boolean {
  return socket !== null && !socket.destroyed;
}

function readRest(watching: Watch): Buffer {
  return isOpen(watching) ? readAvailable(watching.readEnd, REST_BYTES) : Buffer.alloc(0);
}
