/**
 * One worker's standard error, or its standard output, passed on by ssd (`--capture-stderr`, `--capture-output`).
 *
 * A reader that stalls must stop the worker, as it would without ssd in between, but must never stop ssd. So ssd
 * keeps what it cannot pass on, and reads no more until it has passed that on.
 */
import type net from 'node:net';
import type {HandedOver} from '../../handover/handed-over.js';
import {closeQuietly} from '../../system/close-quietly.js';
import {openPipeReader, readOn, takeBuffered} from '../../system/pipe-reader.js';
import {readAvailable} from '../../system/read-available.js';

export type Relay = {
  /** The last part of what the worker has written. */
  readonly text: () => string;
  /** Remembers nothing from now on. What is still written is passed on. */
  readonly forget: () => void;
  /** What is in the pipe stays there for the next image of ssd. */
  readonly handOver: () => HandedOver<RelayState>;
  readonly close: () => void;
};

export type NewRelay = Relay & {
  /** The descriptor for the worker. */
  readonly writeEnd: number;
  /** Closes `writeEnd`. Call it after the spawn, even if that failed. */
  readonly onSpawned: () => void;
};

/** A contract with later versions of ssd: names stay, and what is added may be missing. Bytes are in base64. */
export type RelayState = {
  /** The descriptor; null: the last writer has closed the pipe. */
  readonly readEnd: number | null;
  /** How many bytes of the end to remember from now on. */
  readonly kept: number;
  /** What is remembered. */
  readonly tail: string;
  /** What was read and not passed on yet. */
  readonly pending: string;
};

const RETRY_MS = 50;
/** What a pipe holds (pipe(7)). */
const PIPE_BYTES = 64 * 1024;
const NOTHING = Buffer.alloc(0);

/** Takes data and returns how many bytes it took. */
type PassOn = (data: Buffer) => number;

export type RelayOptions = {
  /** How many bytes of the end to remember. */
  readonly kept: number;
  /** The user of the workers; null: that of ssd. */
  readonly owner: number | null;
  /** Called once, when the last process that holds the pipe has closed it and everything is passed on. */
  readonly onEnd: (relay: Relay) => void;
};

/** @throws a system error if no descriptor is left */
export function createRelay(passOn: PassOn, {kept, owner, onEnd}: RelayOptions): NewRelay {
  const {socket, readEnd, writeEnd} = openPipeReader(owner);
  const start = {readEnd, kept, tail: '', pending: ''};
  return {writeEnd, onSpawned: () => closeQuietly(writeEnd), ...relayFrom(socket, start, {passOn, onEnd})};
}

/** Goes on with what a former image of ssd has handed over. */
export function reviveRelay(passOn: PassOn, state: RelayState, onEnd: RelayOptions['onEnd']): Relay {
  return relayFrom(readOn(state.readEnd), state, {passOn, onEnd});
}

type Ways = Pick<RelayOptions, 'onEnd'> & {readonly passOn: PassOn};

function relayFrom(socket: net.Socket | null, start: RelayState, {passOn, onEnd}: Ways): Relay {
  const memory = createMemory(start);
  let pending: Buffer = Buffer.from(start.pending, 'base64');
  let isClosed = socket === null;
  let timer: NodeJS.Timeout | undefined;
  const flushIn = (ms: number) => {
    socket?.pause();
    timer = setTimeout(flush, ms);
  };
  const flush = () => {
    pending = pending.subarray(passOn(pending));
    if (pending.length > 0) return flushIn(RETRY_MS);
    pending = NOTHING;
    socket?.resume();
    if (isClosed) onEnd(relay);
  };
  const take = (chunk: Buffer) => {
    if (chunk.length === 0) return;
    memory.put(chunk);
    const waits = pending.length > 0;
    pending = waits ? Buffer.concat([pending, chunk]) : chunk;
    if (!waits) flush();
  };
  /** The descriptor, while it is open. */
  const readEnd = () => (socket && !socket.destroyed ? start.readEnd : null);
  const takeUp = () => {
    if (socket) takeBuffered(socket);
    const fd = readEnd();
    if (fd !== null) take(readAvailable(fd, PIPE_BYTES));
  };
  const relay: Relay = {
    text: () => {
      takeUp();
      return memory.tail().toString('utf8');
    },
    forget: memory.forget,
    handOver: () => {
      if (socket) takeBuffered(socket);
      const fd = readEnd();
      const state = {readEnd: fd, pending: pending.toString('base64'), ...memory.state()};
      return {state, fds: fd === null ? [] : [fd]};
    },
    close: () => {
      takeUp();
      clearTimeout(timer);
      passOn(pending);
      pending = NOTHING;
      socket?.destroy();
    },
  };
  socket?.on('data', take);
  socket?.on('close', () => {
    isClosed = true;
    if (pending.length === 0) onEnd(relay);
  });
  // What was read before comes before what is read now.
  if (pending.length > 0) flushIn(0);
  return relay;
}

/** Remembers the last part of what is put in. */
function createMemory(start: Pick<RelayState, 'kept' | 'tail'>) {
  let {kept} = start;
  let tail: Buffer = Buffer.from(start.tail, 'base64');
  return {
    put: (chunk: Buffer) => {
      // A copy, because a part of a buffer keeps the whole buffer in memory.
      if (kept > 0) tail = Buffer.from(Buffer.concat([tail, chunk]).subarray(-kept));
    },
    tail: () => tail,
    forget: () => {
      kept = 0;
      tail = NOTHING;
    },
    state: () => ({kept, tail: tail.toString('base64')}),
  };
}
