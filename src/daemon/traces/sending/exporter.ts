/**
 * Sends spans, one request at a time, and never has anybody wait for it. What a collector does not take is kept for a while, up to
 * a bound, and then lost and counted. The problem `traces` says why.
 *
 *     add ─▶ backlog ─(soon)─▶ sent ── taken ──▶ over
 *                               ▲ │ later: again after a pause, a few times
 *                               └─┤
 *                                 └─ refused, or once too often ──▶ lost
 */
import {type Border, messageOf} from '../../faults/border.js';
import type {Problems} from '../../problems/problems.js';
import type {Span} from '../recording/span.js';
import type {TracesState} from '../traces-state.js';
import {createBacklog, MAX_WAITING} from './backlog.js';
import type {Outcome} from './outcome.js';

/** The parts of a restart go with it if it ends soon. */
const SOON_MS = 1000;
/** How often a request is sent if the collector says that it may take it later, or does not answer. */
export const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 1000;
/** A collector may ask for a longer one than ours. */
const LONGEST_PAUSE_MS = 300_000;
/** How long the end of ssd waits for the last ones. */
const FLUSH_MS = 500;

export type Exporter = {
  /** @param isWhole a restart has ended with it: it is sent at once */
  readonly add: (span: Span, isWhole: boolean) => void;
  /** Ends it. Resolves when all is sent, when that has failed, or soon. */
  readonly flush: () => Promise<void>;
  readonly unsent: () => Pick<TracesState, 'unsent' | 'lost'>;
};

export type ExporterContext = {
  readonly encode: (spans: readonly Span[]) => string;
  readonly post: (body: string, signal: AbortSignal) => Promise<Outcome>;
  /** How the problem names the collector. */
  readonly subject: string;
  readonly problems: Pick<Problems, 'raise' | 'solve'>;
  readonly border: Pick<Border, 'guard'>;
};

export function createExporter(
  {encode, post, subject, problems, border}: ExporterContext,
  former: Pick<TracesState, 'unsent' | 'lost'> | null = null,
): Exporter {
  const over = new AbortController();
  const {signal} = over;
  const backlog = createBacklog(former);
  const line = createTimer(border.guard('traces', () => void send()));
  let attempts = 0;
  // The last request has had no answer, or that it was too early.
  let isDown = false;
  let onTried = () => {};

  const raise = (cause: string) => {
    const lost = backlog.lost();
    const count = lost === 0 ? '' : `; ${lost} ${lost === 1 ? 'span is' : 'spans are'} lost`;
    problems.raise({code: 'traces', subject, cause: `${cause}${count}`});
  };
  const send = async () => {
    const spans = backlog.next();
    if (spans.length === 0) return;
    line.hold();
    attempts += 1;
    const outcome = await tried(() => post(encode(spans), signal));
    if (!signal.aborted) border.guard('traces', settle)(outcome, spans.length);
  };
  const settle = (outcome: Outcome, count: number) => {
    isDown = outcome.type === 'later';
    const isLater = outcome.type === 'later' && attempts < ATTEMPTS;
    if (isLater) {
      raise(outcome.cause);
    } else {
      const lost = outcome.type === 'taken' ? outcome.rejected : count;
      backlog.done(lost);
      if (lost > 0) raise(outcome.cause);
      else problems.solve('traces', subject);
    }
    line.release(isLater ? pauseAfter(attempts, outcome.afterMs) : backlog.isEmpty() ? null : 0);
    if (!isLater) attempts = 0;
    if (outcome.type !== 'taken' || backlog.isEmpty()) onTried();
  };
  if (!backlog.isEmpty()) line.by(SOON_MS);
  return {
    add: (span, isWhole) => {
      if (backlog.add(span)) raise(`more than ${MAX_WAITING} spans wait`);
      // What is to be repeated waits for its time.
      if (attempts === 0) line.by(isWhole ? 0 : SOON_MS);
    },
    flush: async () => {
      if (!backlog.isEmpty() && !isDown) {
        line.by(0);
        await new Promise<void>(resolve => {
          // This timer keeps the process alive meanwhile, and the sockets do not.
          const timer = setTimeout(resolve, FLUSH_MS);
          onTried = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      over.abort();
      line.hold();
    },
    unsent: backlog.state,
  };
}

/** What fails in ssd itself would fail again. */
async function tried(send: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await send();
  } catch (error) {
    return {type: 'refused', cause: messageOf(error)};
  }
}

/** Twice as long each time, unless the collector names a time. */
function pauseAfter(attempts: number, afterMs: number | null): number {
  return Math.min(afterMs ?? FIRST_PAUSE_MS * 2 ** (attempts - 1), LONGEST_PAUSE_MS);
}

type Timer = {
  /** It fires after this time at the latest. */
  readonly by: (ms: number) => void;
  /** It does not fire before `release`. */
  readonly hold: () => void;
  /** @param ms null: it is not to fire of itself */
  readonly release: (ms: number | null) => void;
};

function createTimer(onTime: () => void): Timer {
  let timer: NodeJS.Timeout | undefined;
  let dueIn = Number.POSITIVE_INFINITY;
  let isHeld = false;
  const clear = () => {
    clearTimeout(timer);
    dueIn = Number.POSITIVE_INFINITY;
  };
  const by = (ms: number) => {
    if (isHeld || ms >= dueIn) return;
    clear();
    dueIn = ms;
    timer = setTimeout(() => {
      dueIn = Number.POSITIVE_INFINITY;
      onTime();
    }, ms).unref();
  };
  return {
    by,
    hold: () => {
      clear();
      isHeld = true;
    },
    release: ms => {
      isHeld = false;
      if (ms !== null) by(ms);
    },
  };
}
