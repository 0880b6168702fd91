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

/**
 * Reads messages from `input` until it ends or a line is beyond repair. Never throws and never emits `error`;
 * the caller listens for the errors of `input` itself.
 */
export function readLines(input: Readable, {limit, onMessage, onProblem, onEnd}: LineHandlers): void {
  const parser = ndjson.parse();
  let inputEnded = false;
  let given = false;
  const tooLong = lineMeter(limit);
  const giveUp = (problem: LineProblem) => {
    if (given) return;
    given = true;
    input.off('data', feed);
    onProblem(problem, true);
  };
  const feed = (chunk: Buffer) => {
    if (tooLong(chunk)) giveUp('line-too-long');
    else parser.write(chunk);
  };
  // The only moment at which a line that is `null` can be told from the end of the input.
  const push = parser.push.bind(parser);
  parser.push = value => {
    if (value === null && !inputEnded) giveUp('invalid-request');
    return push(value);
  };
  parser.on('data', message => {
    if (!given) onMessage(message);
  });
  parser.on('error', () => {
    if (!given) onProblem('parse-error', false);
  });
  parser.on('end', () => {
    if (!given) onEnd?.();
  });
  input.on('data', feed);
  input.once('end', () => {
    inputEnded = true;
    parser.end();
  });
}

/** Tells whether a line in the bytes so far is longer than `limit`. */
function lineMeter(limit: number): (chunk: Buffer) => boolean {
  let pending = 0;
  return chunk => {
    let start = 0;
    for (let newline = chunk.indexOf(10); newline !== -1; newline = chunk.indexOf(10, start)) {
      if (pending + newline - start > limit) return true;
      pending = 0;
      start = newline + 1;
    }
    pending += chunk.length - start;
    return pending > limit;
  };
}
