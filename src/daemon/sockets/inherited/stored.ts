/**
 * Listeners that ssd has put into the store of its service manager (`--fdstore`). The next ssd of the service finds them
 * among what is passed to it, by a name that says which option they are for. The name of a unix listener also says which
 * file it has at its path: if another one is there by then, nobody can reach the socket.
 */
import type {SocketType} from '../../../shared/protocol/status.js';
import type {Listening} from '../../config/listening/read.js';
import {type Identity, identityOf} from '../../files/own-path.js';
import type {Passed} from './passed.js';

/** systemd names what a socket unit passes after the unit, `NAME.socket`, so that no unit gets such a name by chance. */
const PREFIX = 'ssd.kept.';
const STORED = /^ssd\.kept\.(?:tcp|udp|unix)\./;
/** The longest name is 255 bytes. */
const LONGEST = 180;

export type Storable = {
  readonly type: SocketType;
  readonly name: string;
  readonly identity: Identity | null;
  /** How it was bound, if not as usual (`bindingOf`). What is to be bound in another way is another socket. */
  readonly binding: string;
};

/** @example storeName({type: 'tcp', name: '127.0.0.1:80', identity: null, binding: ''}) // 'ssd.kept.tcp.127.0.0.1%3a80' */
export function storeName({type, name, identity, binding}: Storable): string {
  const file = identity === null ? '' : `${identity.dev}-${identity.ino}.`;
  const escaped = escapeName(name);
  const short = escaped.length > LONGEST ? digestOf(name) : escaped;
  return `${PREFIX}${type}.${binding}${file}${short}`;
}

/** Whether such a name is that of a unix listener with this file at its path. */
export function namesFile(name: string, {dev, ino}: Identity): boolean {
  return isStored({name}) && name.includes(`.${dev}-${ino}.`);
}

export function isStored({name}: Pick<Passed, 'name'>): boolean {
  return name !== null && STORED.test(name);
}

/** What the options say of how a listener of this type is bound, in a few letters; '' for nothing. */
export function bindingOf(type: SocketType, listening: Partial<Listening>): string {
  const {pathMode, pathOwner, reusePort, fastOpen, deferAccept, ipv6Dual, freebind} = listening;
  const options =
    type === 'unix' ? {pathMode, pathOwner} : {reusePort, fastOpen, deferAccept, ipv6Dual, freebind};
  const given = Object.entries(options).filter(
    ([, value]) => value !== undefined && value !== null && value !== false,
  );
  if (given.length === 0) return '';
  return `${digestOf(JSON.stringify(given)).slice(0, 12)}.`;
}

/** Few starts need it, so node:crypto is loaded only here: it takes a millisecond. */
function digestOf(text: string): string {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(text).digest('hex');
}

/** @returns null for an abstract address, and where the path is out of reach */
export function identityAt(path: string): Identity | null {
  try {
    return path.startsWith('@') ? null : identityOf(path);
  } catch {
    return null;
  }
}

/** systemd allows printable ASCII without the colon. */
function escapeName(name: string): string {
  return Buffer.from(name)
    .toString('latin1')
    .replace(/[^\x20-\x7e]|[:%]/g, char => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
