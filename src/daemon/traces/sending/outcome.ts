/** What the answer of a collector means, as the specification of OTLP/HTTP has it. */
import {explain} from '../../../shared/words/errno.js';
import {printable} from '../../../shared/words/printable.js';

export type Outcome =
  /** It has taken all but `rejected` of the spans. */
  | {readonly type: 'taken'; readonly rejected: number; readonly cause: string}
  /** It never will. */
  | {readonly type: 'refused'; readonly cause: string}
  /** It may later. `afterMs` null: it does not say when. */
  | {readonly type: 'later'; readonly cause: string; readonly afterMs: number | null};

/** `text` null: it was too long, or could not be read. */
export type HttpAnswer = {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string | null;
};

const LATER: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const LONGEST_CAUSE = 200;

/** @param timeOfDay milliseconds since 1970 */
export function outcomeOf({status, retryAfter, text}: HttpAnswer, timeOfDay: number): Outcome {
  const said = objectIn(text);
  if (status >= 200 && status < 300) return takenBy(said.partialSuccess);
  const cause = withMessage(`it answered with status ${status}`, said.message);
  if (LATER.has(status)) return {type: 'later', cause, afterMs: waitOf(retryAfter, timeOfDay)};
  return {type: 'refused', cause};
}

/** No answer came. Nobody knows whether the spans have arrived; a second time they do no harm. */
export function noAnswer(cause: string): Outcome {
  return {type: 'later', cause: explain(cause), afterMs: null};
}

function takenBy(partial: unknown): Outcome {
  const {rejectedSpans, errorMessage} = isObject(partial) ? partial : {};
  // A 64-bit number is a text in this JSON.
  const rejected = Number(rejectedSpans ?? 0);
  if (!Number.isSafeInteger(rejected) || rejected <= 0) return {type: 'taken', rejected: 0, cause: ''};
  return {
    type: 'taken',
    rejected,
    cause: withMessage(`it rejected ${rejected === 1 ? 'a span' : `${rejected} spans`}`, errorMessage),
  };
}

function withMessage(cause: string, message: unknown): string {
  if (typeof message !== 'string' || message === '') return cause;
  const text = printable(message);
  return `${cause}: ${text.length > LONGEST_CAUSE ? `${text.slice(0, LONGEST_CAUSE)}...` : text}`;
}

/** Seconds, or a date. */
function waitOf(retryAfter: string | undefined, timeOfDay: number): number | null {
  if (retryAfter === undefined) return null;
  const ms = /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - timeOfDay;
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

function objectIn(text: string | null): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return isObject(value) ? value : {};
  } catch {
    // It need not say anything.
    return {};
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
