/** What a person sees while a command waits. It goes to standard error, because it is not data. */

import {monotonicMs} from '../../shared/monotonic.js';
import {formatDuration} from '../../shared/words/duration.js';
import {cut} from '../../shared/words/layout/columns.js';
import {printable} from '../../shared/words/printable.js';
import {wrapped} from './view.js';

export type Progress = {
  /**
   * Says what is going on: a new line, or on a terminal the one line that is redrawn.
   *
   * @param glance the text of that one line, if it differs; a function is asked at each drawing
   */
  readonly say: (text: string, glance?: string | (() => string)) => void;
  /** Says what matters only to a person who watches. */
  readonly whisper: (text: string) => void;
  /** Prints a line that stays, even on a terminal. */
  readonly keep: (text: string) => void;
  /** Erases the line that is redrawn. */
  readonly end: () => void;
  /** Whether a whisper is seen. If not, what it takes to have something to say can be spared. */
  readonly isWatched: boolean;
};

export const SILENT: Progress = {
  say: () => {},
  whisper: () => {},
  keep: () => {},
  end: () => {},
  isWatched: false,
};

export function createLines(write: (text: string) => void): Progress {
  const line = (text: string) => write(`${printable(text)}\n`);
  return {...SILENT, say: line, keep: line};
}

/** @param columns the current width of the terminal */
export function createSpinner(write: (text: string) => void, columns: () => number): Progress {
  const startedAt = monotonicMs();
  let timer: NodeJS.Timeout | undefined;
  let text: string | (() => string) = '';
  let frame = 0;
  const draw = () => {
    const now = typeof text === 'string' ? text : text();
    write(
      `\r${spinnerLine({frame, text: now, elapsedMs: monotonicMs() - startedAt, columns: columns()})}${CLEAR}`,
    );
  };
  const say: Progress['say'] = (news, glance = news) => {
    text = glance;
    timer ??= setInterval(() => {
      frame += 1;
      draw();
    }, FRAME_MS);
    draw();
  };
  const erase = () => {
    if (timer) write(`\r${CLEAR}`);
  };
  return {
    say,
    whisper: news => say(news),
    keep: line => {
      erase();
      write(`${wrapped(printable(line), {columns: columns()})}\n`);
      if (timer) draw();
    },
    end: () => {
      erase();
      clearInterval(timer);
      timer = undefined;
    },
    isWatched: true,
  };
}

/** From the cursor to the end of the line (ECMA-48 EL). */
const CLEAR = '\u001b[K';
const FRAME_MS = 100;
const FRAMES = '|/-\\';

/** The text of the line, cut so that it never wraps. A wrapped line cannot be redrawn. */
export function spinnerLine(line: {
  readonly frame: number;
  readonly text: string;
  readonly elapsedMs: number;
  readonly columns: number;
}): string {
  const {frame, text, elapsedMs, columns} = line;
  const head = `${FRAMES[frame % FRAMES.length]} ${formatDuration(elapsedMs)}  `;
  return cut(`${head}${printable(text)}`, columns - 1);
}
