/** What became of clients while a restart ran. It is part of the protocol. */

export type Traffic = {
  /** What the kernel dropped at all listeners together. null if it does not tell. */
  readonly drops: number | null;
  /** The listeners at which it dropped anything. */
  readonly dropsBy: readonly ListenerDrops[];
  /** The most connections that were seen to wait at one listener. null if the kernel does not tell. */
  readonly queuePeak: number | null;
  /**
   * The connections that the replaced generations had when they were told to finish, and how many of them had ended when
   * they went. The others were cut off: the worker was killed by a signal. null if that is not known, or they have not gone.
   */
  readonly drained: {readonly open: number; readonly ended: number} | null;
};

export type ListenerDrops = {readonly listener: string; readonly fd: number; readonly drops: number};

/** Left out of an answer to a client that did not ask for a restart. */
export type WithTraffic = Partial<Traffic>;
