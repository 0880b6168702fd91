/**
 * Makes the socket of `--http`. Unlike a listener it is ssd's own: no worker gets it, and ssd accepts on it. Unless asked
 * otherwise, only this machine reaches it, or with a path only the user of ssd and root.
 */
import {causeOf, invalidOption, Refusal} from '../../../shared/words/errors.js';
import type {HttpWish} from '../../config/http/read.js';
import {closeQuietly} from '../../system/close-quietly.js';
import * as posix from '../../system/posix.js';
import {bindPatiently, type InUse, type Patience} from '../binding/in-use.js';
import {findPortHolder} from '../binding/port-holder.js';
import {setSocketOptions} from '../binding/socket-options.js';
import {familyOf, formatAddress, isLoopback, resolveAddresses} from '../inet-address.js';
import {refusalOf} from '../listeners.js';
import {type BoundPath, bindUnixSocket} from '../unix-socket.js';

export type BoundHttp = {
  readonly fd: number;
  readonly wish: HttpWish;
  /** Where it is, as people write it: `http://127.0.0.1:9090` or a path. */
  readonly place: string;
  /** Whether only this machine reaches a port. false for a path. */
  readonly isLoopback: boolean;
  /** Which file is ours; null for a port. */
  readonly identity: BoundPath['identity'] | null;
};

export type Waiting = {
  readonly patience: Patience;
  readonly onWait?: (failure: InUse, ms: number) => void;
  /** See `resolveAddresses`. */
  readonly stopAsked?: Promise<void>;
};

/** Probes come seldom, and each is accepted at once. */
const BACKLOG = 128;

/**
 * @throws {Refusal} `option-invalid` for an address that other machines reach, `listen-failed`, `path-in-use`,
 *   `path-not-a-socket`, `host-unresolved`
 * @throws {StoppedAtStart}
 */
export async function bindHttp(wish: HttpWish, {patience, onWait, stopAsked}: Waiting): Promise<BoundHttp> {
  if (wish.type === 'unix') return bindPatiently(() => bindHttpPath(wish), {patience, onWait});
  const [address] = await resolveAddresses(wish.host, wish.port, stopAsked);
  if (!wish.isPublic && !isLoopback(address)) throw invalidOption('http', wish.asked, describePublic(wish));
  const findHolder = () => findPortHolder('tcp', wish.port);
  return bindPatiently(() => bindInet(wish, address), {patience, onWait, findHolder});
}

/** @throws {Refusal} `listen-failed`, `path-in-use`, `path-not-a-socket` */
export function bindHttpPath(wish: HttpWish & {readonly type: 'unix'}): BoundHttp {
  const {path} = wish;
  const bound = bindUnixSocket(path, {mode: modeOf(wish), owner: null}, BACKLOG);
  if ('problem' in bound) throw refusalOf(bound, path);
  return {fd: bound.fd, wish, place: path, isLoopback: false, identity: bound.identity};
}

export function modeOf({isPublic}: HttpWish): number {
  return isPublic ? 0o666 : 0o600;
}

export function placeOf(address: Buffer): string {
  return `http://${formatAddress(address)}`;
}

function bindInet(wish: HttpWish & {readonly type: 'tcp'}, address: Buffer): BoundHttp {
  const family = familyOf(address);
  let fd = -1;
  try {
    fd = posix.socket(family, posix.SOCK_STREAM);
    setSocketOptions(fd, {type: 'tcp', family}, {});
    posix.bind(fd, address);
    posix.listen(fd, BACKLOG);
    const place = placeOf(posix.socketName(fd));
    return {fd, wish, place, isLoopback: isLoopback(address), identity: null};
  } catch (error) {
    if (fd !== -1) closeQuietly(fd);
    const cause = causeOf(error);
    throw new Refusal({
      code: 'listen-failed',
      type: 'tcp',
      address: formatAddress(address),
      cause,
      holder: null,
    });
  }
}

function describePublic({port}: HttpWish & {readonly type: 'tcp'}): string {
  return `other machines could reach it: give 127.0.0.1:${port}, or add --http-public`;
}
