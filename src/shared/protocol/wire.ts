/**
 * Newline-delimited JSON over a stream; the only importer of ndjson, whose ways are guarded against here (2.0.0):
 * - it emits `error` for a line that is not JSON, which kills a process that does not listen;
 * - a line that is only `null` ends its stream silently, and what follows is lost;
 * - its lines are unbounded;
 * - its `stringify` hides cycles, so messages are written by JSON.stringify.
 */
import type {Readable} from 'node:stream';
import ndjson from 'ndjson';
import {monotonicMs} from '../monotonic.js';
import {createLineSplitter} from './line-splitter.js';

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
 * the caller listens for the errors of `input` itself. While lines wait for their turn, `input` is paused.
 */
export function readLines(input: Readable, {limit, onMessage, onProblem, onEnd}: LineHandlers): void {
  // ndjson looks at all of an unfinished line again with every chunk, so it is given whole lines. It parses a line
  // while it is written: nothing is on its way when a line that is beyond repair comes.
  const parser = ndjson.parse();
  const splitter = createLineSplitter(limit);
  let hasEnded = false;
  let isWaiting = false;
  const work = () => {
    isWaiting = false;
    const until = monotonicMs() + TURN_MS;
    for (let line = splitter.next(); line !== 'need-more'; line = splitter.next()) {
      // Whoever is hung up on must not ask for anything any more.
      if (input.destroyed && !hasEnded) return;
      if (line === 'too-long') return giveUp('line-too-long');
      if (isNull(line)) return giveUp('invalid-request');
      parser.write(line);
      if (monotonicMs() > until) return wait();
    }
    if (hasEnded) parser.end(splitter.rest());
    else input.resume();
  };
  const wait = () => {
    isWaiting = true;
    input.pause();
    setImmediate(work);
  };
  const feed = (chunk: Buffer) => {
    splitter.add(chunk);
    if (!isWaiting) work();
  };
  const end = () => {
    hasEnded = true;
    if (!isWaiting) work();
  };
  const giveUp = (problem: LineProblem) => {
    input.off('data', feed).off('end', end);
    onProblem(problem, true);
    input.resume();
  };
  parser.on('data', onMessage);
  parser.on('error', () => onProblem('parse-error', false));
  parser.on('end', () => onEnd?.());
  input.on('data', feed).once('end', end);
}

/** Whether a line is `null` and the blanks that JSON allows around it. */
function isNull(line: Buffer): boolean {
  return /^[ \t\r\n]*null[ \t\r\n]*$/.test(line.toString('latin1'));
}
