/**
 * One worker's standard error, or its standard output, passed on by ssd (`--capture-stderr`, `--capture-output`).
 *
 * A reader that stalls must stop the worker, as it would without ssd in between, but must never stop ssd. So ssd
 * keeps what it cannot pass on, and reads no more until it has passed that on.
 */
import {closeQuietly} from '../../system/close-quietly.js';
import {openPipeReader} from '../../system/pipe-reader.js';
import {readAvailable} from '../../system/read-available.js';

export type Relay = {
  /** The descriptor for the worker. */
  readonly writeEnd: number;
  /** Closes `writeEnd`. Call it after the spawn, even if that failed. */
  readonly onSpawned: () => void;
  /** The last part of what the worker has written. */
  readonly text: () => string;
  /** Remembers nothing from now on. What is still written is passed on. */
  readonly forget: () => void;
  readonly close: () => void;
};

const RETRY_MS = 50;
/** What a pipe holds (pipe(7)). */
const PIPE_BYTES = 64 * 1024;
const NOTHING = Buffer.alloc(0);

export type RelayOptions = {
  /** How many bytes of the end to remember. */
  readonly kept: number;
  /** The user of the workers; null: that of ssd. */
  readonly owner: number | null;
  /** Called once, when the last process that holds the pipe has closed it. */
  readonly onEnd: (relay: Relay) => void;
};

/** @param passOn takes data and returns how many bytes it took */
export function createRelay(passOn: (data: Buffer) => number, {kept, owner, onEnd}: RelayOptions): Relay {
  const {socket, readEnd, writeEnd} = openPipeReader(owner);
  let remembered = kept;
  let tail: Buffer = NOTHING;
  let pending: Buffer = NOTHING;
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    pending = pending.subarray(passOn(pending));
    if (pending.length === 0) {
      pending = NOTHING;
      socket.resume();
      return;
    }
    socket.pause();
    timer = setTimeout(flush, RETRY_MS);
  };
  const take = (chunk: Buffer) => {
    if (chunk.length === 0) return;
    // A copy, because a part of a buffer keeps the whole buffer in memory.
    if (remembered > 0) tail = Buffer.from(Buffer.concat([tail, chunk]).subarray(-remembered));
    const waits = pending.length > 0;
    pending = waits ? Buffer.concat([pending, chunk]) : chunk;
    if (!waits) flush();
  };
  /** Takes what Node has read already, which comes before what is still in the pipe. Each read emits `data`. */
  const takeBuffered = () => {
    while (socket.read() !== null);
  };
  socket.on('data', take);
  const relay: Relay = {
    writeEnd,
    onSpawned: () => closeQuietly(writeEnd),
    text: () => {
      takeBuffered();
      if (!socket.destroyed) take(readAvailable(readEnd, kept));
      return tail.toString('utf8');
    },
    forget: () => {
      remembered = 0;
      tail = NOTHING;
    },
    close: () => {
      takeBuffered();
      if (!socket.destroyed) take(readAvailable(readEnd, PIPE_BYTES));
      clearTimeout(timer);
      passOn(pending);
      socket.destroy();
    },
  };
  socket.on('close', () => onEnd(relay));
  return relay;
}
