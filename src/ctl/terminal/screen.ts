/** A view that is redrawn on the terminal's alternate screen. Closing it restores the former content. */
import type {WriteStream} from 'node:tty';
import {cut} from '../../shared/words/layout/columns.js';
import type {View} from './view.js';

export type Screen = {
  /** The text is cut to the size of the terminal, because scrolled text cannot be redrawn. */
  readonly show: (render: (view: View) => string) => void;
  readonly close: () => void;
};

const OPEN = '\u001b[?1049h\u001b[?25l';
const CLOSE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

export function openScreen(terminal: Pick<WriteStream, 'write'>, view: () => View): Screen {
  terminal.write(OPEN);
  return {
    show: render => terminal.write(frameOf(render(view()), view())),
    close: () => terminal.write(CLOSE),
  };
}

/** The bytes that draw one view. A terminal without a size, such as a serial line, gets the full text. */
export function frameOf(text: string, {rows, columns}: Pick<View, 'rows' | 'columns'>): string {
  const lines = text.split('\n').slice(0, rows ?? undefined);
  const drawn = lines.map(line => `${columns === null ? line : cut(line, columns)}${CLEAR_LINE}`);
  return `${HOME}${drawn.join('\r\n')}${CLEAR_BELOW}`;
}
