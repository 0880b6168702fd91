/** A unix datagram socket that tells who sent each message. Node has none. */
import {
  closeSync,
  constants,
  fchmodSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pathProblem} from '../../../shared/instance-paths.js';
import {causeOf} from '../../../shared/words/errors.js';
import {now} from '../../system/clock.js';
import {socketName} from '../../system/posix.js';
import {
  type Datagram,
  openDatagramSocket,
  receiveNow,
  shutdownSocket,
  untilReadable,
} from '../../system/posix-datagram.js';

export type NotifySocket = {
  /** The value of NOTIFY_SOCKET: a path, or `@` and an abstract name. */
  readonly address: string;
  /** Delivers the messages that have arrived, before it returns. */
  readonly drain: () => void;
  readonly close: () => void;
};

/** What the socket asks of the system. */
export type DatagramIo = {
  readonly untilReadable: (fd: number) => Promise<void>;
  readonly receiveNow: (fd: number) => Datagram | null;
};

export type NotifyListener = {
  /** @param pid the sender; null where the kernel did not tell */
  readonly onMessage: (data: Buffer, pid: number | null) => void;
  /** It cannot be read now. It is tried again after a pause. */
  readonly onFailed: (cause: string) => void;
  /** It can be read again. */
  readonly onWorks: () => void;
};

/**
 * Listens in a directory of its own. Everybody can enter it, because a worker can become another user before it is ready,
 * and only ssd's user can change it. If no directory can be made, the address is abstract. Some libraries cannot reach
 * that (sd_notify of Ruby reads the `@` as part of a path).
 *
 * One thread of libuv's pool waits in poll(2), and wakes the event loop when something comes. The loop reads a bounded
 * number of messages a turn, because anybody can send without end. `drain` reads as many as the queue can have held when
 * it was called.
 */
export function openNotifySocket(
  {onMessage, onFailed, onWorks}: NotifyListener,
  io: DatagramIo = {untilReadable, receiveNow},
): NotifySocket {
  const {fd, address, remove} = openInDirectory() ?? openAbstract();
  const capacity = queueCapacity();
  let closed = false;
  let failing = false;
  let wake = () => {};
  const pause = (ms: number) =>
    new Promise<void>(resolve => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  /** @returns how long to wait before the next turn */
  const take = (most: number, untilMs: number): number => {
    try {
      for (let taken = 0; taken < most && now() <= untilMs; taken += 1) {
        const message = closed ? null : io.receiveNow(fd);
        if (failing) onWorks();
        failing = false;
        if (!message) return 0;
        onMessage(message.data, message.pid);
      }
      return BUSY_PAUSE_MS;
    } catch (error) {
      return fail(error);
    }
  };
  const fail = (error: unknown) => {
    onFailed(causeOf(error));
    failing = true;
    return ERROR_PAUSE_MS;
  };
  const listen = async () => {
    while (!closed) {
      const failed = await io.untilReadable(fd).then(
        () => null,
        error => ({error}),
      );
      const pauseMs = failed ? fail(failed.error) : take(TURN, now() + TURN_MS);
      if (pauseMs > 0 && !closed) await pause(pauseMs);
    }
    closeSync(fd);
  };
  void listen();
  return {
    address,
    drain: () => void take(capacity, Number.POSITIVE_INFINITY),
    close: () => {
      closed = true;
      remove();
      wake();
      // Wakes the thread that waits; the descriptor is closed when it has returned.
      shutdownSocket(fd);
    },
  };
}

/** How many datagrams one turn of the event loop takes, how long it may take for them, and how long the others then have. */
const TURN = 64;
const TURN_MS = 5;
const BUSY_PAUSE_MS = 10;
const ERROR_PAUSE_MS = 100;
/** The kernel's own default is 10. */
const LIKELY_CAPACITY = 512;

/** How many datagrams a socket that is made now can hold: the kernel takes one more than the limit (unix_recvq_full). */
function queueCapacity(): number {
  try {
    return Number(readFileSync('/proc/sys/net/unix/max_dgram_qlen', 'utf8')) + 1;
  } catch {
    // No /proc.
    return LIKELY_CAPACITY;
  }
}

type Opened = {readonly fd: number; readonly address: string; readonly remove: () => void};

function openInDirectory(): Opened | null {
  let directory: string | null = null;
  try {
    directory = mkdtempSync(join(tmpdir(), 'ssd-notify-'));
    const path = join(directory, 'socket');
    if (pathProblem(path) !== null) throw new Error(path);
    const fd = openForAll(path);
    openDirectory(directory);
    return {fd, address: path, remove: () => removeAll(directory)};
  } catch {
    // No place to write to, or a path that is too long. An abstract address needs neither.
    removeAll(directory);
    return null;
  }
}

/** Not by chmod(2) afterwards: where others may write beside it, the name may lead elsewhere by then. */
function openForAll(path: string): number {
  const former = process.umask(0o111);
  try {
    return openDatagramSocket(path);
  } finally {
    process.umask(former);
  }
}

function openDirectory(path: string): void {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    fchmodSync(fd, 0o711);
  } finally {
    closeSync(fd);
  }
}

function openAbstract(): Opened {
  const fd = openDatagramSocket(null);
  return {fd, address: `@${socketName(fd).subarray(3).toString('latin1')}`, remove: () => {}};
}

function removeAll(directory: string | null): void {
  if (directory === null) return;
  try {
    unlinkSync(join(directory, 'socket'));
  } catch {
    // It was never created, or somebody has cleaned up the temporary directory.
  }
  try {
    rmdirSync(directory);
  } catch {
    // As above.
  }
}
