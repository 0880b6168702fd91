/** The socket of `--http` that goes over into another image of ssd, with the clients that wait in its queue, and those that ask nothing now. */
import {chmodSync} from 'node:fs';
import {Refusal} from '../../../shared/words/errors.js';
import {isOwnPath} from '../../files/own-path.js';
import {fromPlain, type PlainIdentity, toPlain} from '../../files/plain-identity.js';
import type {HandedOver} from '../../handover/handed-over.js';
import {resolveAddresses} from '../inet-address.js';
import {type BoundHttp, modeOf, placeOf} from './bind.js';

/** A contract: later versions read it. */
export type HttpState = {
  readonly fd: number;
  /** The address, as `HttpWish` has it. */
  readonly asked: string;
  readonly isPublic: boolean;
  readonly place: string;
  readonly isLoopback: boolean;
  /** Device and inode of the file at its path; null for a port. */
  readonly file: PlainIdentity | null;
  /** Connections of clients on which nothing has been read that is not answered. */
  readonly clients: readonly number[];
};

export function handOverHttp(
  {fd, wish, place, isLoopback, identity}: BoundHttp,
  clients: readonly number[],
): HandedOver<HttpState> {
  const {asked, isPublic} = wish;
  const file = identity && toPlain(identity);
  return {state: {fd, asked, isPublic, place, isLoopback, file, clients}, fds: [fd, ...clients]};
}

/**
 * Whether a socket that was handed over is where these options ask for one, however they write the address. With
 * `--http-public`, or without it, it is the same socket.
 *
 * @throws {Refusal} `host-unresolved`
 */
export async function isSameHttp(
  {asked, place, isLoopback, file}: HttpState,
  wish: BoundHttp['wish'],
): Promise<boolean> {
  if (wish.type === 'unix')
    return file !== null && (place === wish.path || isOwnPath(wish.path, fromPlain(file)));
  // Who may not have it any more gets the refusal of a start.
  if (file !== null || !(isLoopback || wish.isPublic)) return false;
  if (asked === wish.asked) return true;
  if (wish.port === 0) return false;
  const [address] = await resolveAddresses(wish.host, wish.port);
  return place === placeOf(address);
}

/**
 * Whether only the socket that was handed over is in the way, because one of the two is at all addresses of the machine. It is
 * closed before the new one is bound.
 */
export function isInTheWay({place}: HttpState, error: unknown): boolean {
  if (!(error instanceof Refusal) || error.failure.code !== 'listen-failed') return false;
  const {address, cause} = error.failure;
  const port = address.slice(address.lastIndexOf(':'));
  const isAll = [`http://${address}`, place].some(one => ALL.test(one));
  return cause === 'EADDRINUSE' && isAll && place.endsWith(port);
}

const ALL = /^http:\/\/(?:0\.0\.0\.0|\[::\]):/;

/** @throws the system error if the path cannot get its mode */
export function reviveHttp({fd, place, isLoopback, file}: HttpState, wish: BoundHttp['wish']): BoundHttp {
  const identity = file && fromPlain(file);
  if (wish.type === 'tcp' || !identity) return {fd, wish, place, isLoopback, identity};
  // What is at the path now may be somebody else's. The guard sees to that.
  if (isOwnPath(wish.path, identity)) chmodSync(wish.path, modeOf(wish));
  return {fd, wish, place: wish.path, isLoopback, identity};
}
