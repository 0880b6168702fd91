/** A view that is redrawn on the terminal's alternate screen. Closing it restores the former content. */
import type {WriteStream} from 'node:tty';

export type Screen = {
  /** @param text is cut to the size of the terminal, because scrolled text cannot be redrawn */
  readonly show: (text: string) => void;
  readonly close: () => void;
};

const OPEN = '\u001b[?1049h\u001b[?25l';
const CLOSE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

export function openScreen(terminal: Pick<WriteStream, 'write' | 'rows' | 'columns'>): Screen {
  terminal.write(OPEN);
  return {
    show: text => terminal.write(frameOf(text, terminal)),
    close: () => terminal.write(CLOSE),
  };
}

/** The bytes that draw one view. A terminal without a size, such as a serial line, gets the full text. */
export function frameOf(
  text: string,
  {rows, columns}: {readonly rows: number; readonly columns: number},
): string {
  const lines = text.split('\n').slice(0, rows || undefined);
  const drawn = lines.map(line => `${line.slice(0, columns || undefined)}${CLEAR_LINE}`);
  return `${HOME}${drawn.join('\r\n')}${CLEAR_BELOW}`;
}
