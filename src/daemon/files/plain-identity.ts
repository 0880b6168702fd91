/** The identity of a file as plain JSON, which has no numbers of 64 bits. */
import type {Identity} from './own-path.js';

export type PlainIdentity = {readonly dev: string; readonly ino: string};

export function toPlain({dev, ino}: Identity): PlainIdentity {
  return {dev: String(dev), ino: String(ino)};
}

export function fromPlain({dev, ino}: PlainIdentity): Identity {
  return {dev: BigInt(dev), ino: BigInt(ino)};
}
