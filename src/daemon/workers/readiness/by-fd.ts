/**
 * `--ready=fd`: the worker writes a newline to the descriptor whose number is in SSD_READY_FD. This is the convention
 * of s6 (https://skarnet.org/software/s6/notifywhenup.html). The number is one above those of the listeners. ssd
 * ignores text before the newline, and everything after it.
 */
import type net from 'node:net';
import {closeQuietly} from '../../system/close-quietly.js';
import {openPipeReader, type PipeReader} from '../../system/pipe-reader.js';
import {readAvailable} from '../../system/read-available.js';
import {keyOf, type WorkerAddress} from '../worker-address.js';
import type {ReadinessContext, ReadinessWatch} from './readiness.js';

const NEWLINE = 10;
/** A process that ends closes its descriptors first. How it ended says more, and is known a moment later. */
const END_MS = 50;
/** How much ssd reads of what an ended worker wrote. A worker has no reason to write more than a line. */
const REST_BYTES = 4096;

type Watch = {
  readonly address: WorkerAddress;
  readonly socket: net.Socket;
  readonly readEnd: number;
  said: boolean;
  /** Runs after the worker has closed the descriptor. When it fires, the worker counts as failed. */
  farewell: NodeJS.Timeout | undefined;
};

/** `prepare` throws a system error, such as `EMFILE`, if it cannot open a pipe. */
export function createFdReadiness({
  listeners,
  children,
  confinement,
  now,
  submit,
  problems,
}: ReadinessContext): ReadinessWatch {
  const number = listeners.reduce((most, {fd}) => Math.max(most, fd), 2) + 1;
  const watches = new Map<string, Watch>();
  const take = (watch: Watch, chunk: Buffer) => {
    if (watch.said || !chunk.includes(NEWLINE)) return;
    watch.said = true;
    submit({type: 'ready', now: now(), ...watch.address});
  };
  const giveUp = ({address}: Watch) => {
    // ssd may have been held up. An exit that happened counts before a time that ran out.
    children.collect();
    if (watches.has(keyOf(address))) submit({type: 'unready', now: now(), ...address});
  };
  const watch = (address: WorkerAddress, {socket, readEnd}: PipeReader) => {
    const watching: Watch = {address, socket, readEnd, said: false, farewell: undefined};
    watches.set(keyOf(address), watching);
    socket.on('data', chunk => take(watching, chunk));
    // Nothing more can come from this worker, so it will not become ready.
    socket.on('error', error => {
      problems.raise({code: 'internal', subject: 'the readiness pipe of a worker', cause: error.message});
      if (!watching.said) giveUp(watching);
    });
    socket.on('end', () => {
      if (watching.said || !watches.has(keyOf(address))) return;
      watching.farewell = setTimeout(() => giveUp(watching), END_MS);
    });
  };
  const end = (address: WorkerAddress) => {
    const watching = watches.get(keyOf(address));
    watches.delete(keyOf(address));
    if (watching) release(watching);
  };
  return {
    prepare: address => {
      const pipe = openPipeReader(confinement.uid);
      const {writeEnd} = pipe;
      watch(address, pipe);
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
    dispose: () => {
      for (const watching of watches.values()) release(watching);
      watches.clear();
    },
  };
}

function release({socket, farewell}: Watch): void {
  clearTimeout(farewell);
  socket.destroy();
}

function readRest({socket, readEnd}: Watch): Buffer {
  return socket.destroyed ? Buffer.alloc(0) : readAvailable(readEnd, REST_BYTES);
}
