/**
 * Listeners that ssd has put into the store of its service manager (`--fdstore`). The next ssd of the service finds them
 * among what is passed to it, by a name that says which option they are for. The name of a unix listener also says which
 * file it has at its path: if another one is there by then, nobody can reach the socket.
 */
import {createHash} from 'node:crypto';
import type {SocketType} from '../../../shared/protocol/status.js';
import {type Identity, identityOf} from '../../files/own-path.js';
import type {Passed} from './passed.js';

const PREFIX = 'ssd.';
/** The longest name is 255 bytes. */
const LONGEST = 200;

export type Storable = {
  readonly type: SocketType;
  readonly name: string;
  readonly identity: Identity | null;
};

/** @example storeName({type: 'tcp', name: '127.0.0.1:80', identity: null}) // 'ssd.tcp.127.0.0.1%3a80' */
export function storeName({type, name, identity}: Storable): string {
  const file = identity === null ? '' : `${identity.dev}-${identity.ino}.`;
  const escaped = escapeName(name);
  const short = escaped.length > LONGEST ? createHash('sha256').update(name).digest('hex') : escaped;
  return `${PREFIX}${type}.${file}${short}`;
}

export function isStored({name}: Pick<Passed, 'name'>): boolean {
  return name?.startsWith(PREFIX) ?? false;
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
