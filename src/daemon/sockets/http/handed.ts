/** The socket of `--http` that goes over into another image of ssd, with the clients that wait in its queue, and those that ask nothing now. */
import {fromPlain, type PlainIdentity, toPlain} from '../../files/plain-identity.js';
import type {HandedOver} from '../../handover/handed-over.js';
import type {BoundHttp} from './bind.js';

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

/** Whether a socket that was handed over is what these options ask for. */
export function isSameHttp(
  handed: Pick<HttpState, 'asked' | 'isPublic'>,
  wish: BoundHttp['wish'] | null,
): wish is BoundHttp['wish'] {
  return wish !== null && handed.asked === wish.asked && handed.isPublic === wish.isPublic;
}

export function reviveHttp({fd, place, isLoopback, file}: HttpState, wish: BoundHttp['wish']): BoundHttp {
  return {fd, wish, place, isLoopback, identity: file && fromPlain(file)};
}
