/** A pipe whose other end a child gets, and which the event loop reads. */
import net from 'node:net';
import {closeQuietly} from './close-quietly.js';
import {pipe} from './posix.js';

export type PipeReader = {
  readonly socket: net.Socket;
  readonly readEnd: number;
  readonly writeEnd: number;
};

/**
 * Opens the pipe and makes a socket of its reading end. It does so before there is a child, so that a failure makes the
 * start fail.
 *
 * @throws a system error; nothing is left open then
 */
export function openPipeReader(): PipeReader {
  const {readEnd, writeEnd} = pipe();
  try {
    const socket = new net.Socket({fd: readEnd, readable: true, writable: false});
    // A process that holds the other end must not keep ssd from ending.
    socket.unref();
    socket.on('error', () => {});
    return {socket, readEnd, writeEnd};
  } catch (error) {
    for (const fd of [readEnd, writeEnd]) closeQuietly(fd);
    throw error;
  }
}
