/** The two forms of a log line (`--log-format`). Pure. */
import type {LogFormat} from '../config/options.js';

/** What one line says: its kind, the facts, and the sentence. */
export type LogEntry = {
  readonly event: string;
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
};

export type LogOrigin = {readonly time: Date; readonly pid: number};

/** A pipe takes a line of up to PIPE_BUF bytes whole or not at all (pipe(7)). */
export const MAX_LINE_BYTES = 4096;
/** The same in characters, of which each has up to 3 bytes, with room for what stands before them. */
const MAX_TEXT = 1300;
/** A field that is longer is left out of a line that is too long. */
const MAX_FIELD = 200;
const SHORTEST = 100;

/** @returns the line with its end, of at most {@link MAX_LINE_BYTES} */
export function formatLine(format: LogFormat, origin: LogOrigin, entry: LogEntry): string {
  return `${format === 'json' ? jsonLine(origin, entry) : textLine(origin, entry)}\n`;
}

function textLine({time, pid}: LogOrigin, {text}: LogEntry): string {
  return `${time.toISOString()} ssd[${pid}]: ${text.slice(0, MAX_TEXT)}`;
}

/** The first three fields stand first, always: by them ssd knows its own lines among those of the workers. */
function jsonLine({time, pid}: LogOrigin, {event, text, fields}: LogEntry): string {
  const head = {time: time.toISOString(), program: 'ssd', pid, event};
  const whole = JSON.stringify({...head, ...fields, text});
  if (fits(whole)) return whole;
  const short = Object.entries(fields).filter(
    ([, value]) => (JSON.stringify(value) ?? '').length <= MAX_FIELD,
  );
  const cut = {...Object.fromEntries(short), cut: true};
  const lines = shorterAndShorter(text).map(some => JSON.stringify({...head, ...cut, text: some}));
  return lines.find(fits) ?? JSON.stringify({...head, cut: true, text: text.slice(0, SHORTEST)});
}

/** One character can take six bytes in JSON. */
function shorterAndShorter(text: string): string[] {
  return [MAX_TEXT, MAX_TEXT / 2, MAX_TEXT / 4, SHORTEST].map(length => text.slice(0, length));
}

function fits(line: string): boolean {
  return Buffer.byteLength(line) < MAX_LINE_BYTES;
}
