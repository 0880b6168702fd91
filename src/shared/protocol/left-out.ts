/** What cannot be taken over. It is part of the protocol. */

/**
 * What an ssd that was killed has left and this one cannot take over, and why.
 * - `state`: its state file cannot be used; `cause` is in words.
 * - `remains`: the state file names nothing that lives here; `cause` is in words.
 * - `worker`: a process; `cause` is the name of an error, or in words.
 * - `listener`: a socket, which the process `pid` may have; null: no process is known that has it.
 */
export type LeftOut = {
  readonly what: 'state' | 'remains' | 'worker' | 'listener';
  /** The path of the file, the generation, or the listener. */
  readonly subject: string;
  readonly pid: number | null;
  /** The name of that process; null if it is not known. */
  readonly command: string | null;
  readonly cause: string;
};
