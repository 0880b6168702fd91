/** What the control server hands over. A later version reads it: its names are a contract. */
import type {Id} from '../../shared/protocol/protocol.js';

export type ControlState = {
  /** The number of the newest session. Tokens have it in them. */
  readonly lastSession: number;
  /** The oldest first. */
  readonly sessions: readonly SessionState[];
  /** The tokens of requests whose connections end with the old program. The core must forget them. */
  readonly dropped: readonly string[];
};

/** A connection. Whether its client has ended its writing half is not here: the next read tells that again. */
export type SessionState = {
  readonly number: number;
  readonly fd: number;
  /** What has arrived and is not handled: part of a line, or lines that wait for their turn. Base64, because it is bytes. */
  readonly received: string;
  /** Those that wait for their answers, the oldest first. */
  readonly requests: readonly RequestState[];
};

export type RequestState = {readonly id: Id; readonly token: string} & Rest;

/** Where the rest of a request comes from. */
export type Rest =
  /** The core answers by the token. */
  | {readonly from: 'core'}
  /** The events that are still to come, until the last one. */
  | ({readonly from: 'events'} & Following)
  /** Its answer was being made. It is made again. */
  | {readonly from: 'request'; readonly method: string; readonly params: object};

export type Following = {
  /** How many events were sent. */
  readonly sent: number;
  /** The number of the latest one that was sent or passed over. */
  readonly seq: number;
};
