/** What a person sees while a command waits; on standard error, for it is no data. */

import {monotonicMs} from '../../shared/monotonic.js';
import {formatDuration} from '../../shared/words/duration.js';
import {printable} from './printable.js';

export type Progress = {
  /** What is going on: a line; on a terminal the one line that is drawn again and again. */
  readonly say: (text: string) => void;
  /** What only somebody who watches wants to know. */
  readonly whisper: (text: string) => void;
  /** A line that stays, on a terminal too. */
  readonly keep: (text: string) => void;
  /** Takes away what is not to stay. */
  readonly end: () => void;
};

export const SILENT: Progress = {say: () => {}, whisper: () => {}, keep: () => {}, end: () => {}};

export function createLines(write: (text: string) => void): Progress {
  const line = (text: string) => write(`${printable(text)}\n`);
  return {...SILENT, say: line, keep: line};
}

/** @param columns how wide the terminal is now */
export function createSpinner(write: (text: string) => void, columns: () => number): Progress {
  const startedAt = monotonicMs();
  let timer: NodeJS.Timeout | undefined;
  let text = '';
  let frame = 0;
  const draw = () => {
    write(
      `\r${spinnerLine({frame, text, elapsedMs: monotonicMs() - startedAt, columns: columns()})}${CLEAR}`,
    );
  };
  const say = (news: string) => {
    text = news;
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
    whisper: say,
    keep: line => {
      erase();
      write(`${printable(line)}\n`);
      if (timer) draw();
    },
    end: () => {
      erase();
      clearInterval(timer);
      timer = undefined;
    },
  };
}

/** From the cursor to the end of the line (ECMA-48 EL). */
const CLEAR = '\u001b[K';
const FRAME_MS = 100;
const FRAMES = '|/-\\';

/** Cut so that it never wraps: a line that does cannot be drawn over. */
export function spinnerLine(line: {
  readonly frame: number;
  readonly text: string;
  readonly elapsedMs: number;
  readonly columns: number;
}): string {
  const {frame, text, elapsedMs, columns} = line;
  const head = `${FRAMES[frame % FRAMES.length]} ${formatDuration(elapsedMs)}  `;
  return `${head}${printable(text)}`.slice(0, Math.max(0, columns - 1));
}
