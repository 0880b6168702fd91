/** What resources hand over. A later version reads it: its names are a contract. */

import type {PidFileState} from '../files/pid-file.js';
import {fromPlain, type PlainIdentity, toPlain} from '../files/plain-identity.js';
import type {HandedOver} from '../handover/handed-over.js';
import type {LogTargetState} from '../log/target.js';
import type {HttpState} from '../sockets/http/handed.js';
import type {ListenerState} from '../sockets/inherited/handed.js';
import type {BoundPath} from '../sockets/unix-socket.js';

export type ResourcesState = {
  /** null: there is none, and none is made. */
  readonly control: BoundPathState | null;
  /** null: there is no `--pid-file`. */
  readonly pidFile: PidFileState | null;
  /** null: there is no `--log-file`. */
  readonly logTarget: LogTargetState | null;
  readonly listeners: readonly ListenerState[];
  /** null: there is no `--http`. Earlier versions had none. */
  readonly http?: HttpState | null;
};

/** A unix socket that listens on a path. */
export type BoundPathState = {
  readonly fd: number;
  readonly path: string;
  readonly identity: PlainIdentity;
};

export function handOverPath({fd, path, identity}: BoundPath): HandedOver<BoundPathState> {
  return {state: {fd, path, identity: toPlain(identity)}, fds: [fd]};
}

export function revivePath({fd, path, identity}: BoundPathState): BoundPath {
  return {fd, path, identity: fromPlain(identity)};
}
