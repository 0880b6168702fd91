/**
 * The last lines of each worker's standard error, for the verdict of a failed restart.
 *
 * Workers inherit standard error, because they must be able to outlive ssd. So ssd can read their lines in two cases
 * only. If standard error is a file (`--log-file=FILE`, or a redirection), ssd reads from where the file ended at the
 * spawn. With `--capture-stderr`, the lines go through a pipe to ssd, which passes them on.
 */
import {constants, fstatSync, openSync, readSync} from 'node:fs';
import {closeQuietly} from '../../system/close-quietly.js';
import {keyOf, type WorkerAddress} from '../worker-address.js';
import {createRelay, type Relay} from './relay.js';

export type StderrTails = {
  /**
   * Call it before the spawn, and `onSpawned` after it. `stdout` and `stderr` are for the worker; null: it has ssd's.
   *
   * @throws if no descriptor is left
   */
  readonly begin: (address: WorkerAddress) => {
    readonly stdout: number | null;
    readonly stderr: number | null;
    readonly onSpawned: () => void;
  };
  /** The time since `begin` in milliseconds, and the last lines since then; null if ssd cannot read them. */
  readonly read: (address: WorkerAddress) => Tail;
  /** The worker has ended: its last lines are kept as they are now, and nothing more of it. */
  readonly end: (address: WorkerAddress) => void;
  readonly dispose: () => void;
};

export type Tail = {readonly livedMs: number; readonly lines: readonly string[] | null};

export type TailOptions = {
  readonly capture: boolean;
  readonly now: () => number;
  /** Takes what a worker wrote and returns how many bytes it took. */
  readonly passOn: PassOn;
  /** The same, for standard output. null: workers write to that of ssd. */
  readonly passOnOutput?: PassOn | null;
  /** The user of the workers; null: that of ssd. */
  readonly owner?: number | null;
};

type PassOn = (data: Buffer) => number;

/** How many ended workers are remembered. Their lines are quoted in the step that reports their end. */
const KEPT = 64;
const TAIL_BYTES = 16 * 1024;
/** A stack is longer than what a verdict quotes, and why it came about stands above it. */
const LINES = 40;
const STDERR = 2;
/** ssd's own lines, which stand between those of the workers. */
const OWN_LINE = /^\S+ ssd\[\d+\]: |^\{"time":"[^"]*","program":"ssd",/;
/** A longer line is not meant for people. */
const MAX_LINE_LENGTH = 500;

type Mark = {
  readonly at: number;
  readonly lines: () => readonly string[] | null;
  /** Remembers nothing from now on. A grandchild may still write, and that is passed on. */
  readonly forget: () => void;
};

export function createStderrTails({
  capture,
  now,
  passOn,
  passOnOutput = null,
  owner = null,
}: TailOptions): StderrTails {
  const living = new Map<string, Mark>();
  const ended = new Map<string, Tail>();
  const relays = new Set<Relay>();
  const open = (to: PassOn, kept: number): Relay => {
    const relay = createRelay(to, {kept, owner, onEnd: over => relays.delete(over)});
    relays.add(relay);
    return relay;
  };
  const openBoth = () => {
    const output = passOnOutput && open(passOnOutput, 0);
    try {
      return {output, relay: capture ? open(passOn, TAIL_BYTES) : null};
    } catch (error) {
      output?.onSpawned();
      throw error;
    }
  };
  const read = (address: WorkerAddress): Tail => {
    const key = keyOf(address);
    const mark = living.get(key);
    if (mark) return {livedMs: now() - mark.at, lines: mark.lines()};
    return ended.get(key) ?? {livedMs: 0, lines: null};
  };
  return {
    begin: address => {
      const {output, relay} = openBoth();
      const offset = relay ? null : sizeOf(STDERR);
      const text = () => relay?.text() ?? (offset === null ? null : readFrom(offset));
      const lines = () => {
        const written = text();
        return written === null ? null : lastLines(written);
      };
      living.set(keyOf(address), {at: now(), lines, forget: () => relay?.forget()});
      const onSpawned = () => {
        output?.onSpawned();
        relay?.onSpawned();
      };
      return {stdout: output?.writeEnd ?? null, stderr: relay?.writeEnd ?? null, onSpawned};
    },
    read,
    end: address => {
      const key = keyOf(address);
      const mark = living.get(key);
      if (!mark) return;
      ended.set(key, read(address));
      living.delete(key);
      mark.forget();
      const [oldest] = ended.keys();
      if (ended.size > KEPT && oldest !== undefined) ended.delete(oldest);
    },
    dispose: () => {
      for (const relay of relays) relay.close();
      relays.clear();
      living.clear();
      ended.clear();
    },
  };
}

function lastLines(text: string): string[] {
  const lines = text.split('\n').filter(line => line.trim() !== '' && !OWN_LINE.test(line));
  return lines.slice(-LINES).map(line => line.slice(0, MAX_LINE_LENGTH));
}

function sizeOf(fd: number): number | null {
  try {
    const stats = fstatSync(fd);
    return stats.isFile() ? stats.size : null;
  } catch {
    // Standard error is closed.
    return null;
  }
}

/** The content of the standard error file from `offset` on, or its end if that is long. */
function readFrom(offset: number): string | null {
  const size = sizeOf(STDERR);
  if (size === null) return null;
  let fd = -1;
  try {
    fd = openSync(`/proc/self/fd/${STDERR}`, constants.O_RDONLY);
    const buffer = Buffer.alloc(TAIL_BYTES);
    // A file that shrank was truncated or replaced meanwhile.
    const start = size < offset ? 0 : Math.max(offset, size - TAIL_BYTES);
    return buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, start));
  } catch {
    // ssd may not read the file.
    return null;
  } finally {
    if (fd !== -1) closeQuietly(fd);
  }
}
