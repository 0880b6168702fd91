/**
 * Newline-delimited JSON over a stream; the only importer of ndjson, whose ways are tamed here (2.0.0):
 * - it emits `error` for a line that is not JSON, which kills a process that does not listen;
 * - a line that is only `null` ends its stream silently, and what follows is lost;
 * - its lines are unbounded;
 * - its `stringify` hides cycles, so messages are written by JSON.stringify.
 */
import type {Readable} from 'node:stream';
import ndjson from 'ndjson';

export type LineProblem = 'parse-error' | 'invalid-request' | 'line-too-long';

export type LineHandlers = {
  /** The longest line that is taken, in bytes. */
  readonly limit: number;
  readonly onMessage: (message: unknown) => void;
  /** `fatal`: nothing more will be read from this stream. */
  readonly onProblem: (problem: LineProblem, fatal: boolean) => void;
  /** The input has ended, and every message in it has been given. */
  readonly onEnd?: () => void;
};

/** One message as a line. */
export function encodeLine(message: object): string {
  return `${JSON.stringify(message)}\n`;
}

/** After this time the others have their turn: who pours out lines, or asks for what takes long, holds nobody up. */
const TURN_MS = 1;

/**
 * Reads messages from `input` until it ends or a line is beyond repair. Never throws and never emits `error`;
 * the caller listens for the errors of `input` itself.
 */
export function readLines(input: Readable, {limit, onMessage, onProblem, onEnd}: LineHandlers): void {
  const parser = ndjson.parse();
  const cutter = createCutter(limit);
  const lines: Buffer[] = [];
  const state = {tooLong: false, ended: false, parsing: true, given: false, waiting: false};
  const giveUp = (problem: LineProblem) => {
    if (state.given) return;
    state.given = true;
    input.off('data', feed);
    onProblem(problem, true);
    input.resume();
  };
  const work = () => {
    state.waiting = false;
    const until = performance.now() + TURN_MS;
    for (let line = lines.shift(); line; line = lines.shift()) {
      parser.write(line);
      // A session that is gone must not ask for anything any more.
      if (state.given || (input.destroyed && !state.ended)) return;
      if (lines.length > 0 && performance.now() > until) return wait();
    }
    if (state.tooLong) giveUp('line-too-long');
    else if (state.ended) end();
    else input.resume();
  };
  const wait = () => {
    state.waiting = true;
    input.pause();
    setImmediate(work);
  };
  const end = () => {
    parser.write(cutter.rest());
    state.parsing = false;
    parser.end();
  };
  const feed = (chunk: Buffer) => {
    const cut = cutter.cut(chunk);
    lines.push(...cut.lines);
    state.tooLong ||= cut.tooLong;
    if (!state.waiting) work();
  };
  // The only moment at which a line that is `null` can be told from the end of the input.
  const push = parser.push.bind(parser);
  parser.push = value => {
    if (value === null && state.parsing) giveUp('invalid-request');
    return push(value);
  };
  parser.on('data', message => {
    if (!state.given) onMessage(message);
  });
  parser.on('error', () => {
    if (!state.given) onProblem('parse-error', false);
  });
  parser.on('end', () => {
    if (!state.given) onEnd?.();
  });
  input.on('data', feed);
  input.once('end', () => {
    state.ended = true;
    if (!state.given && !state.waiting) work();
  });
}

/** Pieces of a line that are kept apart; more are joined, for each costs more than the byte that may be in it. */
const MOST_PIECES = 64;

type Cutter = {
  /** The lines that end in this chunk, with their ends; `tooLong`: what follows them is longer than the limit. */
  readonly cut: (chunk: Buffer) => {readonly lines: readonly Buffer[]; readonly tooLong: boolean};
  /** What has come of a line that has not ended. */
  readonly rest: () => Buffer;
};

/** ndjson looks at all of an unfinished line again with every chunk, so it is given whole lines. */
function createCutter(limit: number): Cutter {
  let pieces: Buffer[] = [];
  let pending = 0;
  const rest = () => Buffer.concat(pieces);
  const cut = (chunk: Buffer) => {
    const lines: Buffer[] = [];
    let start = 0;
    for (let newline = chunk.indexOf(10); newline !== -1; newline = chunk.indexOf(10, start)) {
      if (pending + newline - start > limit) return {lines, tooLong: true};
      lines.push(
        pieces.length === 0
          ? chunk.subarray(start, newline + 1)
          : Buffer.concat([...pieces, chunk.subarray(start, newline + 1)]),
      );
      pieces = [];
      pending = 0;
      start = newline + 1;
    }
    pending += chunk.length - start;
    if (start < chunk.length) pieces.push(chunk.subarray(start));
    if (pieces.length > MOST_PIECES) pieces = [rest()];
    return {lines, tooLong: pending > limit};
  };
  return {cut, rest};
}
