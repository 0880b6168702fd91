/** A unix datagram socket that tells who sent each message. Node has none. */
import {chmodSync, closeSync, mkdtempSync, rmdirSync, unlinkSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pathProblem} from '../../../shared/instance-paths.js';
import {causeOf} from '../../../shared/words/errors.js';
import {socketName} from '../../system/posix.js';
import {openDatagramSocket, receiveFrom, receiveNow, shutdownSocket} from '../../system/posix-datagram.js';

export type NotifySocket = {
  /** The value of NOTIFY_SOCKET: a path, or `@` and an abstract name. */
  readonly address: string;
  /** Delivers the messages that have arrived, before it returns. */
  readonly drain: () => void;
  readonly close: () => void;
};

/**
 * Listens in a directory of its own. Everybody may enter the directory, because a worker may be another user by the
 * time it is ready. Only ssd may change it. If ssd cannot create one, it listens on an abstract address. Some
 * libraries cannot reach that (sd_notify of Ruby reads the `@` as part of a path).
 *
 * A thread of libuv's pool waits in recvmsg(2), so the event loop wakes up only when a message comes.
 *
 * @param onMessage called with the data and the pid of the sender
 * @param onError called once with an errno name if the socket fails; after that only `drain` delivers messages
 * @throws a system error if it can listen on neither address
 */
export function openNotifySocket(
  onMessage: (data: Buffer, pid: number) => void,
  onError: (cause: string) => void,
): NotifySocket {
  const {fd, address, remove} = openInDirectory() ?? openAbstract();
  let closed = false;
  const listen = async () => {
    while (!closed) {
      const message = await receiveFrom(fd);
      if (!closed && message) onMessage(message.data, message.pid);
    }
    closeSync(fd);
  };
  listen().catch(error => onError(causeOf(error)));
  return {
    address,
    drain: () => {
      for (let message = receiveNow(fd); message; message = receiveNow(fd)) {
        onMessage(message.data, message.pid);
      }
    },
    close: () => {
      closed = true;
      remove();
      // Wakes the waiting thread. `listen` closes the descriptor when that has returned.
      shutdownSocket(fd);
    },
  };
}

type Opened = {readonly fd: number; readonly address: string; readonly remove: () => void};

function openInDirectory(): Opened | null {
  let directory: string | null = null;
  try {
    directory = mkdtempSync(join(tmpdir(), 'ssd-notify-'));
    const path = join(directory, 'socket');
    if (pathProblem(path) !== null) throw new Error(path);
    const fd = openDatagramSocket(path);
    chmodSync(path, 0o666);
    chmodSync(directory, 0o711);
    return {fd, address: path, remove: () => removeAll(directory)};
  } catch {
    // No place to write to, or a path that is too long. An abstract address needs neither.
    removeAll(directory);
    return null;
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
