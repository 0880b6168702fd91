/**
 * The last lines of each worker's standard error, for the verdict of a failed restart.
 *
 * Workers inherit standard error, because they must be able to outlive ssd. So ssd can read their lines in two cases
 * only. If standard error is a file (`--log-file=FILE`, or a redirection), ssd reads from where the file ended at the
 * spawn. With `--capture-stderr`, the lines go through a pipe to ssd, which passes them on.
 */
import {constants, fstatSync, openSync, readSync} from 'node:fs';
import type {HandedOver} from '../../handover/handed-over.js';
import {closeQuietly} from '../../system/close-quietly.js';
import {keyOf, type WorkerAddress} from '../worker-address.js';
import {createRelay, type Relay, type RelayState, reviveRelay} from './relay.js';

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
  readonly handOver: () => HandedOver<TailsState>;
  readonly dispose: () => void;
};

/** A contract with later versions of ssd: names stay, and what is added may be missing. */
export type TailsState = {
  readonly relays: readonly (RelayState & {readonly of: Stream})[];
  readonly living: readonly (WorkerAddress & {
    readonly at: number;
    /** Where the file that is standard error ended at the spawn; null: it is none. */
    readonly offset: number | null;
    /** Which of the relays has its standard error; null: none has. */
    readonly relay: number | null;
  })[];
  readonly ended: readonly (WorkerAddress & Tail)[];
};

type Stream = 'stdout' | 'stderr';

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
  readonly address: WorkerAddress;
  readonly at: number;
  readonly offset: number | null;
  readonly relay: Relay | null;
};

/** @param revived what a former image of ssd has handed over */
export function createStderrTails(
  {capture, now, passOn, passOnOutput = null, owner = null}: TailOptions,
  revived: TailsState | null = null,
): StderrTails {
  const relays = new Map<Relay, Stream>();
  const onEnd = (over: Relay) => void relays.delete(over);
  const {living, ended} = revive(revived, relays, state =>
    reviveRelay(state.of === 'stdout' ? (passOnOutput ?? passOn) : passOn, state, onEnd),
  );
  const open = (to: PassOn, of: Stream) => {
    const relay = createRelay(to, {kept: of === 'stderr' ? TAIL_BYTES : 0, owner, onEnd});
    relays.set(relay, of);
    return relay;
  };
  const openBoth = () => {
    const output = passOnOutput && open(passOnOutput, 'stdout');
    try {
      return {output, relay: capture ? open(passOn, 'stderr') : null};
    } catch (error) {
      output?.onSpawned();
      throw error;
    }
  };
  const read = (address: WorkerAddress): Tail => {
    const key = keyOf(address);
    const mark = living.get(key);
    if (mark) return {livedMs: now() - mark.at, lines: linesOf(mark)};
    const {livedMs, lines} = ended.get(key) ?? {livedMs: 0, lines: null};
    return {livedMs, lines};
  };
  return {
    begin: address => {
      const {output, relay} = openBoth();
      living.set(keyOf(address), {address, at: now(), offset: relay ? null : sizeOf(STDERR), relay});
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
      ended.set(key, {...read(address), ...address});
      living.delete(key);
      mark.relay?.forget();
      const [oldest] = ended.keys();
      if (ended.size > KEPT && oldest !== undefined) ended.delete(oldest);
    },
    handOver: () => handOver({living, ended}, relays),
    dispose: () => {
      for (const relay of relays.keys()) relay.close();
      relays.clear();
      living.clear();
      ended.clear();
    },
  };
}

type Known = {
  readonly living: Map<string, Mark>;
  readonly ended: Map<string, WorkerAddress & Tail>;
};

function handOver({living, ended}: Known, relays: ReadonlyMap<Relay, Stream>): HandedOver<TailsState> {
  // A worker may have closed its standard error, and its last words are still asked for.
  const closed = [...living.values()].flatMap(({relay}) => (relay && !relays.has(relay) ? [relay] : []));
  const all = [...relays, ...closed.map(relay => [relay, 'stderr'] as const)];
  const handed = all.map(([relay, of]) => ({of, ...relay.handOver()}));
  const marks = [...living.values()].map(({address, at, offset, relay}) => {
    const nth = all.findIndex(([one]) => one === relay);
    return {at, offset, relay: nth === -1 ? null : nth, ...address};
  });
  const states = handed.map(({of, state}) => ({of, ...state}));
  return {
    state: {relays: states, living: marks, ended: [...ended.values()]},
    fds: handed.flatMap(({fds}) => fds),
  };
}

function revive(
  state: TailsState | null,
  relays: Map<Relay, Stream>,
  reviveOne: (state: TailsState['relays'][number]) => Relay,
): Known {
  const all = (state?.relays ?? []).map(one => {
    const relay = reviveOne(one);
    if (one.readEnd !== null || one.pending !== '') relays.set(relay, one.of);
    return relay;
  });
  const marks = (state?.living ?? []).map(({generation, worker, at, offset, relay}): [string, Mark] => {
    const address = {generation, worker};
    return [keyOf(address), {address, at, offset, relay: relay === null ? null : (all[relay] ?? null)}];
  });
  return {
    living: new Map(marks),
    ended: new Map((state?.ended ?? []).map(one => [keyOf(one), one])),
  };
}

function linesOf({offset, relay}: Mark): readonly string[] | null {
  const text = relay?.text() ?? (offset === null ? null : readFrom(offset));
  return text === null ? null : lastLines(text);
}

/** The last lines of a text that are a worker's own, for people. */
export function lastLines(text: string): string[] {
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
