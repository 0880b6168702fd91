/** A unix datagram socket that tells who sent each message; Node has none. */
import {closeSync} from 'node:fs';
import {causeOf} from '../../shared/errors.js';
import {socketName} from './posix.js';
import {openDatagramSocket, receiveFrom, receiveNow, shutdownSocket} from './posix-datagram.js';

export type NotifySocket = {
  /** As NOTIFY_SOCKET has it: `@` and the abstract name. */
  readonly address: string;
  /** Gives what has come, now. */
  readonly drain: () => void;
  readonly close: () => void;
};

/**
 * Listens on an abstract address of the kernel's choice (unix(7), autobind). One thread of libuv's pool waits in
 * recvmsg(2); the event loop is woken only when something comes.
 *
 * @param onMessage called with the data and the pid of the sender
 */
export function openNotifySocket(
  onMessage: (data: Buffer, pid: number) => void,
  onError: (cause: string) => void,
): NotifySocket {
  const fd = openDatagramSocket();
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
    address: `@${socketName(fd).subarray(3).toString('latin1')}`,
    drain: () => {
      for (let message = receiveNow(fd); message; message = receiveNow(fd)) {
        onMessage(message.data, message.pid);
      }
    },
    close: () => {
      closed = true;
      // Wakes the thread that waits; the descriptor is closed when it has returned.
      shutdownSocket(fd);
    },
  };
}
