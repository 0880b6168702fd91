/** A pipe whose other end a child gets, and which the event loop reads. */
import {fchownSync} from 'node:fs';
import type net from 'node:net';
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
 * @param owner the user who may open it by a name such as /dev/stderr; null: ssd's own
 * @throws a system error; nothing is left open then
 */
export function openPipeReader(owner: number | null): PipeReader {
  const {readEnd, writeEnd} = pipe();
  try {
    const socket = readPipe(readEnd);
    if (owner !== null) giveTo(writeEnd, owner);
    return {socket, readEnd, writeEnd};
  } catch (error) {
    for (const fd of [readEnd, writeEnd]) closeQuietly(fd);
    throw error;
  }
}

/**
 * Reads on from a pipe that a former image of ssd has handed over.
 *
 * @returns null for one that is closed: nothing more comes from it, which must not keep ssd from going on
 */
export function readOn(readEnd: number | null): net.Socket | null {
  try {
    return readEnd === null ? null : readPipe(readEnd);
  } catch {
    // EBADF.
    return null;
  }
}

function readPipe(readEnd: number): net.Socket {
  // node:net takes more than a millisecond to load, and nothing reads a pipe before the listeners are there.
  const {Socket} = process.getBuiltinModule('node:net');
  const socket = new Socket({fd: readEnd, readable: true, writable: false});
  // A process that holds the other end must not keep ssd from ending.
  socket.unref();
  socket.on('error', () => {});
  return socket;
}

/** Emits what Node has read already, which comes before what is still in the pipe. */
export function takeBuffered(socket: net.Socket): void {
  while (socket.read() !== null);
}

function giveTo(fd: number, owner: number): void {
  try {
    fchownSync(fd, owner, -1);
  } catch {
    // ssd may not (CAP_CHOWN). The descriptor itself can be written to all the same.
  }
}
