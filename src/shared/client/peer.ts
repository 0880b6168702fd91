/**
 * Asks the kernel who is at the other end of a connection (SO_PEERCRED, unix(7)). A PID in the greeting proves nothing: the
 * other end can send the PID of any process. koffi takes some milliseconds to load, so the kernel is asked only if the
 * place of the socket does not tell who made it.
 */
import type net from 'node:net';
import {cFunction} from '../c-library.js';
import {ownUid} from '../instance-paths.js';
import {Refusal} from '../words/errors.js';
import {foreignSocket, type Trust} from './trust.js';

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
/** struct ucred: pid, uid, gid. */
const CREDENTIALS = 12;

/**
 * Checks that the listening process is ours or root's. Root may talk to the instance of any user, if that user is the owner
 * of the socket.
 *
 * @returns the user of the instance, if it is another one
 * @throws {Refusal} `socket-foreign`
 */
export async function checkPeer(socket: net.Socket, path: string, trust: Trust): Promise<number | null> {
  if (trust.sure) return null;
  const uid = (await credentialsOf(socket))?.uid ?? null;
  const own = ownUid();
  // null: the peer has hung up already.
  if (uid === null || uid === own || uid === 0) return null;
  if (own !== 0)
    throw new Refusal(foreignSocket(path, `uid ${uid} is listening there, and neither uid ${own} nor root`));
  if (uid === trust.owner) return uid;
  throw new Refusal(
    foreignSocket(path, `it belongs to uid ${trust.owner}, and uid ${uid} is listening there`),
  );
}

/** The process that listens. null: the peer has hung up, or is in another PID namespace. */
export async function pidOfPeer(socket: net.Socket): Promise<number | null> {
  return (await credentialsOf(socket))?.pid || null;
}

type Credentials = {readonly pid: number; readonly uid: number};

async function credentialsOf(socket: net.Socket): Promise<Credentials | null> {
  // Node does not offer SO_PEERCRED. The handle of a connection has always had its descriptor as `fd`.
  const fd = (socket as unknown as {_handle?: {fd?: number} | null})._handle?.fd;
  if (fd === undefined || fd < 0) return null;
  const getsockopt = await cFunction('int getsockopt(int, int, int, void *, void *)');
  const [credentials, length] = [Buffer.alloc(CREDENTIALS), Buffer.alloc(4)];
  length.writeUInt32LE(CREDENTIALS);
  return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, length) === 0
    ? {pid: credentials.readInt32LE(0), uid: credentials.readUInt32LE(4)}
    : null;
}
