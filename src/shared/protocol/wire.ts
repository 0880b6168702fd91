/**
 * Newline-delimited JSON over a stream. Only this file imports ndjson, and it guards against these faults of 2.0.0:
 * - ndjson emits `error` for a line that is not JSON. The event kills a process without a listener for it.
 * - A line that is only `null` ends the stream silently. Later lines are lost.
 * - Its lines are unbounded.
 * - Its `stringify` hides cycles, so JSON.stringify writes the messages here.
 */
import type {Readable} from 'node:stream';
import ndjson from 'ndjson';
import {monotonicMs} from '../monotonic.js';
import {createLineSplitter} from './line-splitter.js';

export type LineProblem = 'parse-error' | 'invalid-request' | 'line-too-long';

export type LineHandlers = {
  /** The longest accepted line, in bytes. */
  readonly limit: number;
  readonly onMessage: (message: unknown) => void;
  /** `fatal` says that nothing more is read from this stream. */
  readonly onProblem: (problem: LineProblem, fatal: boolean) => void;
  /** The input has ended, and `onMessage` has had every message in it. */
  readonly onEnd?: () => void;
};

export type LineReader = {
  /**
   * What has arrived and was not handled. Nothing changes by it, but that the lines in it wait for a later turn of the event
   * loop.
   */
  readonly unread: () => Buffer;
  /** Whether to hand out nothing for a while. What comes meanwhile waits in the kernel, and so does who sends it. */
  readonly hold: (isHeld: boolean) => void;
};

/** One message as a line. */
export function encodeLine(message: object): string {
  return `${JSON.stringify(message)}\n`;
}

/** How long one stream is served before others have their turn. A client that floods one stream holds up no other. */
const TURN_MS = 1;

/**
 * Reads messages from `input` until it ends or a line cannot be skipped. It never throws and never emits `error`. The
 * caller listens for the errors of `input`. `input` is paused while lines wait for their turn.
 */
export function readLines(input: Readable, handlers: LineHandlers): LineReader {
  const {limit, onProblem} = handlers;
  const parser = createParser(handlers);
  const splitter = createLineSplitter(limit);
  let hasEnded = false;
  let isWaiting = false;
  let isOver = false;
  let isHeld = false;
  const work = () => {
    if (isOver) return;
    if (isHeld) return stay();
    isWaiting = false;
    const until = monotonicMs() + TURN_MS;
    for (let line = splitter.next(); line !== 'need-more'; line = splitter.next()) {
      // Once a session was hung up on, its remaining lines no longer count.
      if (input.destroyed && !hasEnded) return;
      if (line === 'too-long') return giveUp('line-too-long');
      if (isNull(line)) return giveUp('invalid-request');
      parser.write(line);
      if (isHeld) return stay();
      if (monotonicMs() > until) return wait();
    }
    if (!hasEnded) return void input.resume();
    isOver = true;
    parser.end(splitter.rest());
  };
  const stay = () => {
    isWaiting = true;
    input.pause();
  };
  const wait = () => {
    stay();
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
    isOver = true;
    input.off('data', feed).off('end', end);
    onProblem(problem, true);
    input.resume();
  };
  input.on('data', feed).once('end', end);
  return {
    unread: () => {
      if (isOver) return Buffer.alloc(0);
      if (!isWaiting) wait();
      // `feed` gets what is read, and hands no line out while lines wait.
      while (input.read() !== null);
      return splitter.unread();
    },
    hold: held => {
      if (held === isHeld || isOver) return;
      isHeld = held;
      void (isHeld ? stay() : setImmediate(work));
    },
  };
}

/**
 * ndjson scans an unfinished line again with every chunk, so it gets whole lines. It parses a line during the write, so no
 * message is outstanding when reading stops at a bad line.
 */
function createParser({onMessage, onProblem, onEnd}: LineHandlers): ReturnType<typeof ndjson.parse> {
  const parser = ndjson.parse();
  // ndjson would take an error that a listener throws for a bad line. So it is thrown again outside the stream.
  const deliver = (message: unknown) => {
    try {
      onMessage(message);
    } catch (error) {
      setImmediate(() => {
        throw error;
      });
    }
  };
  parser.on('data', deliver);
  parser.on('error', () => onProblem('parse-error', false));
  parser.on('end', () => onEnd?.());
  return parser;
}

/** Whether a line is `null`, with any white space that JSON allows around it. */
function isNull(line: Buffer): boolean {
  return /^[ \t\r\n]*null[ \t\r\n]*$/.test(line.toString('latin1'));
}
