/** The result of `connections`. It is part of the protocol. */

/** A connection that a worker, or a process that descends from it, has accepted and not closed. */
export type Connection = {
  readonly generation: number;
  /** The pid of the worker. */
  readonly worker: number;
  /** The name of the listener at which it came in. */
  readonly listener: string;
  readonly type: 'tcp' | 'unix';
  /** The address of the client. For unix its name, or else its user (`uid 1000`). null if the kernel does not tell. */
  readonly peer: string | null;
  /** `established`; `close-wait`: the client has finished; other states of TCP (tcp(7), netstat(8)). */
  readonly state: string;
  /** Bytes that the worker has not read yet. */
  readonly received: number;
  /** Bytes that the client has not acknowledged yet; for unix: has not read yet. */
  readonly unsent: number;
  /** How long no data has come or gone. null for unix. */
  readonly idleMs: number | null;
  /** How old it is at least: since ssd saw it first, or since data came or went last in one direction. */
  readonly ageMs: number;
};

export type Connections = {
  /** How many there are. More than are listed if there are very many. */
  readonly total: number;
  /** In the order of generation, worker and age, the oldest first. */
  readonly connections: readonly Connection[];
  /** The workers that were looked at. */
  readonly workers: readonly number[];
  /** Those of them whose connections the system does not tell. */
  readonly unknown: readonly number[];
};
