/** Bytes that come in pieces of any size are taken out again as lines, one at a time. */
export type LineSplitter = {
  readonly add: (chunk: Buffer) => void;
  /**
   * The next line, with its newline; `need-more`: none has ended yet; `too-long`: the next one is longer than the
   * limit, and nothing more will come.
   */
  readonly next: () => Buffer | 'need-more' | 'too-long';
  /** What has come of a line that has not ended. */
  readonly rest: () => Buffer;
};

/** Pieces of a line that are kept apart; more are joined, for each costs more than the byte that may be in it. */
const MOST_PIECES = 64;
const NEWLINE = 10;

/** @param limit the longest line that is given, in bytes, its newline not counted */
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
  return {add: chunk => void chunks.push(chunk), next, rest};
}
