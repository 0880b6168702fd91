/**
 * Newline-delimited JSON over a stream; the only importer of ndjson, whose ways are tamed here (2.0.0):
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
  const parser = ndjson.parse();
  // ndjson looks at all of an unfinished line again with every chunk, so it is given whole lines.
  const splitter = createLineSplitter(limit);
  const state = {ended: false, gaveUp: false, isOver: false, isWaiting: false};
  const giveUp = (problem: LineProblem) => {
    if (state.gaveUp) return;
    state.gaveUp = true;
    input.off('data', feed);
    onProblem(problem, true);
    input.resume();
  };
  const work = () => {
    state.isWaiting = false;
    const until = monotonicMs() + TURN_MS;
    for (let line = splitter.next(); line !== 'need-more'; line = splitter.next()) {
      // Whoever is hung up on must not ask for anything any more.
      if (state.gaveUp || (input.destroyed && !state.ended)) return;
      if (line === 'too-long') return giveUp('line-too-long');
      parser.write(line);
      if (monotonicMs() > until) return wait();
    }
    if (state.ended) finish();
    else input.resume();
  };
  const wait = () => {
    state.isWaiting = true;
    input.pause();
    setImmediate(work);
  };
  const finish = () => {
    parser.write(splitter.rest());
    state.isOver = true;
    parser.end();
  };
  const feed = (chunk: Buffer) => {
    splitter.add(chunk);
    if (!state.isWaiting) work();
  };
  // The only moment at which a line that is `null` can be told from the end of the input.
  const push = parser.push.bind(parser);
  parser.push = value => {
    if (value === null && !state.isOver) giveUp('invalid-request');
    return push(value);
  };
  parser.on('data', message => {
    if (!state.gaveUp) onMessage(message);
  });
  parser.on('error', () => {
    if (!state.gaveUp) onProblem('parse-error', false);
  });
  parser.on('end', () => {
    if (!state.gaveUp) onEnd?.();
  });
  input.on('data', feed);
  input.once('end', () => {
    state.ended = true;
    if (!state.gaveUp && !state.isWaiting) work();
  });
}
