/** What resources hand over. A later version reads it: its names are a contract. */
import {readIdentity, type WrittenIdentity, writeIdentity} from '../files/own-path.js';
import type {PidFileState} from '../files/pid-file.js';
import type {HandedOver} from '../handover/handed-over.js';
import type {ListenerState} from '../sockets/inherited/handed.js';
import type {BoundPath} from '../sockets/unix-socket.js';

export type ResourcesState = {
  /** null: there is none, and none is made. */
  readonly control: BoundPathState | null;
  /** null: there is no `--pid-file`. */
  readonly pidFile: PidFileState | null;
  readonly listeners: readonly ListenerState[];
};

/** A unix socket that listens on a path. */
export type BoundPathState = {
  readonly fd: number;
  readonly path: string;
  readonly identity: WrittenIdentity;
};

export function handOverPath({fd, path, identity}: BoundPath): HandedOver<BoundPathState> {
  return {state: {fd, path, identity: writeIdentity(identity)}, fds: [fd]};
}

export function revivePath({fd, path, identity}: BoundPathState): BoundPath {
  return {fd, path, identity: readIdentity(identity)};
}
