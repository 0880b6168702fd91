/** Splits bytes that arrive in pieces of any size into lines. */
export type LineSplitter = {
  readonly add: (chunk: Buffer) => void;
  /**
   * Returns the next line with its newline. `need-more` says that no complete line has arrived. `too-long` says that
   * the next line exceeds the limit; nothing follows it.
   */
  readonly next: () => Buffer | 'need-more' | 'too-long';
  /** Returns what has arrived of an unfinished line. */
  readonly rest: () => Buffer;
  /** Returns all that `next` has not returned, and keeps it. */
  readonly unread: () => Buffer;
};

/** How many pieces of a line are kept apart. More are joined, because each piece costs memory beyond its bytes. */
const MOST_PIECES = 64;
const NEWLINE = 10;

/** @param limit the longest line to return, in bytes, without its newline */
export function createLineSplitter(limit: number): LineSplitter {
  const chunks: Buffer[] = [];
  let pieces: Buffer[] = [];
  let pending = 0;
  const rest = () => Buffer.concat(pieces);
  const keep = (piece: Buffer) => {
    pieces.push(piece);
    pending += piece.length;
    if (pieces.length > MOST_PIECES) pieces = [rest()];
  };
  const finish = (end: Buffer) => {
    const line = pieces.length === 0 ? end : Buffer.concat([...pieces, end]);
    pieces = [];
    pending = 0;
    return line;
  };
  const next = () => {
    for (let chunk = chunks.shift(); chunk; chunk = chunks.shift()) {
      const newline = chunk.indexOf(NEWLINE);
      if (pending + (newline === -1 ? chunk.length : newline) > limit) return 'too-long';
      if (newline === -1) {
        keep(chunk);
        continue;
      }
      const [end, more] = [chunk.subarray(0, newline + 1), chunk.subarray(newline + 1)];
      if (more.length > 0) chunks.unshift(more);
      return finish(end);
    }
    return 'need-more';
  };
  const unread = () => Buffer.concat([...pieces, ...chunks]);
  return {add: chunk => void chunks.push(chunk), next, rest, unread};
}
