/**
 * What a part of ssd hands over to the ssd that replaces it under the same pid (execve(2)).
 *
 * To gather it changes nothing, because execve may fail, and then all goes on as before.
 */

export type HandedOver<T> = {
  /** Plain JSON. A later version reads it, so its names are a contract. */
  readonly state: T;
  /** The descriptors that `state` names, which stay open across execve. */
  readonly fds: readonly number[];
};
