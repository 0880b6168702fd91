/** The two forms of a log line (`--log-format`). This file is pure. */
import {printable, printableJson} from '../../shared/words/printable.js';
import type {LogFormat} from '../config/options.js';

/** The content of one line: the kind of event, its facts, and the sentence for people. */
export type LogEntry = {
  readonly event: string;
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
};

export type LogOrigin = {readonly time: Date; readonly pid: number};

/** PIPE_BUF: a pipe takes up to this many bytes whole or not at all (pipe(7)). */
export const MAX_LINE_BYTES = 4096;
/** The same limit in characters of up to 3 bytes each, with room for the start of the line. */
const MAX_TEXT = 1300;
/** A line that is too long leaves out every field that is longer than this. */
const MAX_FIELD = 200;
const SHORTEST = 100;

/** @returns the line with its newline, at most {@link MAX_LINE_BYTES} long */
export function formatLine(format: LogFormat, origin: LogOrigin, entry: LogEntry): string {
  return `${format === 'json' ? jsonLine(origin, entry) : textLine(origin, entry)}\n`;
}

function textLine({time, pid}: LogOrigin, {text}: LogEntry): string {
  return `${time.toISOString()} ssd[${pid}]: ${printable(text.slice(0, MAX_TEXT))}`;
}

/** The line always begins with `time`, `program` and `pid`: they tell ssd's own lines from those of the workers. */
function jsonLine({time, pid}: LogOrigin, {event, text, fields}: LogEntry): string {
  const head = {time: time.toISOString(), program: 'ssd', pid, event};
  const whole = printableJson({...head, ...fields, text});
  if (fits(whole)) return whole;
  const short = Object.entries(fields).filter(
    ([, value]) => (JSON.stringify(value) ?? '').length <= MAX_FIELD,
  );
  const cut = {...Object.fromEntries(short), cut: true};
  const lines = shorterAndShorter(text).map(some => printableJson({...head, ...cut, text: some}));
  return lines.find(fits) ?? printableJson({...head, cut: true, text: text.slice(0, SHORTEST)});
}

/** Several lengths are needed because one character can take six bytes in JSON. */
function shorterAndShorter(text: string): string[] {
  return [MAX_TEXT, MAX_TEXT / 2, MAX_TEXT / 4, SHORTEST].map(length => text.slice(0, length));
}

function fits(line: string): boolean {
  return Buffer.byteLength(line) < MAX_LINE_BYTES;
}
