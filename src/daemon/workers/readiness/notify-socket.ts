/** A unix datagram socket that tells who sent each message; Node has none. */
import {chmodSync, closeSync, mkdtempSync, rmdirSync, unlinkSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pathProblem} from '../../../shared/instance-paths.js';
import {causeOf} from '../../../shared/words/errors.js';
import {socketName} from '../../system/posix.js';
import {openDatagramSocket, receiveFrom, receiveNow, shutdownSocket} from '../../system/posix-datagram.js';

export type NotifySocket = {
  /** As NOTIFY_SOCKET has it: a path, or `@` and an abstract name. */
  readonly address: string;
  /** Gives what has come, now. */
  readonly drain: () => void;
  readonly close: () => void;
};

/**
 * Listens in a directory of its own that everybody may enter and nobody but us may change, for a worker may have become
 * another user by the time it is ready; where none can be made, on an abstract address, which some libraries cannot
 * reach (sd_notify of Ruby takes the `@` for part of a path). One thread of libuv's pool waits in
 * recvmsg(2); the event loop is woken only when something comes.
 *
 * @param onMessage called with the data and the pid of the sender
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
      // Wakes the thread that waits; the descriptor is closed when it has returned.
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
    // No place to write to, or a path that is too long: an abstract address needs neither.
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
    // It was never made, or somebody has cleaned up in the temporary directory.
  }
  try {
    rmdirSync(directory);
  } catch {
    // As above.
  }
}
