import type {SocketType} from '../../shared/protocol/status.js';
import type {Identity} from '../files/own-path.js';
import type {Access} from './binding/access.js';
import type {Passed} from './inherited/passed.js';

/** A listener of ssd, as long as ssd lives. */
export type Listener = {
  readonly name: string;
  readonly type: SocketType;
  /** The descriptor number at which a worker finds the listener. */
  readonly fd: number;
  /** ssd's own descriptor. */
  readonly own: number;
  /** The address that is really bound (`127.0.0.1:8080`), the path, or the abstract name. */
  readonly address: string;
  /** The other addresses of its host name, which are not bound. */
  readonly others: readonly string[];
  /** For a unix listener: who may connect to its path. */
  readonly access: Access | null;
  /** For a unix listener: which file is ours. It changes when the path is bound anew. null: it is abstract. */
  identity: Identity | null;
  /** As what it was passed to ssd (LISTEN_FDS). Its path is not ours to remove or to bind anew. null: ssd has bound it. */
  readonly passed: Passed | null;
  /** Its name in the store of the service manager, which keeps it and its path when ssd ends. */
  stored: string | null;
  /** The worker of a dead ssd that it was taken from. Until ssd has taken over, it and its path are still theirs. */
  adopted: {readonly pid: number} | null;
  /** The former image of this process had it. Until this one goes on, its path is not removed: the workers serve on there. */
  isHanded?: boolean;
};
