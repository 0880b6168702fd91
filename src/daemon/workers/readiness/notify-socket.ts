/** A unix datagram socket that tells who sent each message. Node has none. */

import {readWhole} from '../../../shared/read-whole.js';
import {causeIfFails, causeOf} from '../../../shared/words/errors.js';
import {guardPath} from '../../files/guard-path.js';
import type {HandedOver} from '../../handover/handed-over.js';
import {now} from '../../system/clock.js';
import {closeQuietly} from '../../system/close-quietly.js';
import {type Datagram, receiveNow, shutdownSocket, untilReadable} from '../../system/posix-datagram.js';
import {handOverPlace, notifyParents, openNotifyPlace, type PlaceState, revivePlace} from './notify-place.js';
import {removeStalePlaces} from './stale-places.js';

export type NotifySocket = {
  /** The value of NOTIFY_SOCKET: a path, or `@` and an abstract name. */
  readonly address: string;
  /** Makes the socket again if it was removed. @throws a system error */
  readonly ensure: () => void;
  /** Delivers the messages that have arrived, before it returns. */
  readonly drain: () => void;
  /** What has arrived stays in the socket. */
  readonly handOver: () => HandedOver<PlaceState>;
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
  /** The socket failed. If it could not be read, that is tried again after a pause. */
  readonly onFailed: (cause: string) => void;
  /** The socket can be read again. */
  readonly onWorks: () => void;
  /** The socket was removed and has been made again. */
  readonly onBack?: () => void;
};

/**
 * One thread of libuv's pool waits in poll(2), and wakes the event loop when something comes. The loop reads a bounded
 * number of messages a turn, because anybody can send without end. `drain` reads as many as the queue can have held when
 * it was called. A socket that was removed is made again at once, because a starting worker needs it.
 *
 * @param parents the directories in which its own can be, the best one first
 * @param revived what a former image of ssd has handed over
 */
export function openNotifySocket(
  listener: NotifyListener,
  io: DatagramIo = {untilReadable, receiveNow},
  parents: readonly string[] = notifyParents(),
  revived: PlaceState | null = null,
): NotifySocket {
  const {onFailed, onWorks, onBack = () => {}} = listener;
  let place = (revived && revivePlace(revived)) ?? openNotifyPlace(revived?.address ?? null, parents);
  let reader = readFrom(place.fd, listener, io);
  const leave = () => {
    try {
      place.remove();
    } finally {
      // A thread that still waited would keep the process from ending.
      reader.close();
    }
  };
  const renew = () => {
    reader.drain();
    const next = openNotifyPlace(place.address, parents);
    leave();
    place = next;
    reader = readFrom(place.fd, listener, io);
  };
  // Not at once: a start is not to wait for what others have left.
  const sweep = setTimeout(() => sweepOut(parents), SWEEP_MS).unref();
  const guard = guardPath<string>({
    path: () => place.address,
    isThere: () => place.isThere(),
    putBack: () => causeIfFails(renew),
    onBack,
    onThere: onWorks,
    onFailed,
  });
  return {
    get address() {
      return place.address;
    },
    ensure: () => {
      if (place.isThere()) return;
      renew();
      onBack();
      guard.rearm();
    },
    drain: () => reader.drain(),
    handOver: () => handOverPlace(place),
    close: () => {
      clearTimeout(sweep);
      guard.dispose();
      leave();
    },
  };
}

function sweepOut(parents: readonly string[]): void {
  for (const parent of parents) removeStalePlaces(parent);
}

type Reader = {readonly drain: () => void; readonly close: () => void};

/** Reads from a socket until it is closed, and closes the descriptor. */
function readFrom(fd: number, {onMessage, onFailed, onWorks}: NotifyListener, io: DatagramIo): Reader {
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
  const fail = (error: unknown) => {
    onFailed(causeOf(error));
    failing = true;
    return ERROR_PAUSE_MS;
  };
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
  const listen = async () => {
    while (!closed) {
      const failed = await io.untilReadable(fd).then(
        () => null,
        error => ({error}),
      );
      const pauseMs = failed ? fail(failed.error) : take(TURN, now() + TURN_MS);
      if (pauseMs > 0 && !closed) await pause(pauseMs);
    }
    closeQuietly(fd);
  };
  void listen();
  const stopWaiting = () => causeIfFails(() => shutdownSocket(fd));
  return {
    drain: () => void take(capacity, Number.POSITIVE_INFINITY),
    close: () => {
      closed = true;
      wake();
      // Wakes the thread that waits; the descriptor is closed when it has returned. A failure is tried once more, because a
      // thread that still waited would keep the process from ending.
      const cause = stopWaiting() && stopWaiting();
      if (cause !== null) onFailed(cause);
    },
  };
}

const SWEEP_MS = 1000;
/** One turn of the event loop takes at most this many datagrams, for at most this long. Then comes a pause for the others. */
const TURN = 64;
const TURN_MS = 5;
const BUSY_PAUSE_MS = 10;
const ERROR_PAUSE_MS = 100;
/** The kernel's own default is 10. */
const LIKELY_CAPACITY = 512;

/** How many datagrams a socket that is made now can hold: the kernel takes one more than the limit (unix_recvq_full). */
function queueCapacity(): number {
  try {
    return Number(readWhole('/proc/sys/net/unix/max_dgram_qlen')) + 1;
  } catch {
    // No /proc.
    return LIKELY_CAPACITY;
  }
}
