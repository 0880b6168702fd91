/** A terminal that draws what a program wrote, and notes everything that our programs must not do to it. */

export type Size = {readonly rows: number; readonly columns: number};

export type Drawn = {
  /** What was drawn: each line, and in a view that is redrawn each state of it. */
  readonly lines: readonly string[];
  /** What went wrong, in words. */
  readonly faults: readonly string[];
};

/** @param text what came through a pseudo-terminal; `\n` is `\r\n` there */
export function draw(text: string, {rows, columns}: Size): Drawn {
  const lines: string[] = [];
  const faults: string[] = [];
  let isAlternate = false;
  let row = 0;
  let line = '';
  const end = () => {
    if (line !== '') lines.push(line);
    if (turnsAbout(line)) faults.push(`turns about: ${line}`);
    if (columnsOf(line) > columns) faults.push(`is wider than ${columns}: ${line}`);
    line = '';
  };
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '\n') row += 1;
    else if (token === `${ESCAPE}[H`) row = 0;
    else if (token === `${ESCAPE}[?1049h`) isAlternate = true;
    else if (token === `${ESCAPE}[?1049l`) isAlternate = false;
    if (token === '\r' || token === '\n' || token.startsWith(ESCAPE)) {
      // A colour does not end a line.
      if (!COLOUR.test(token)) end();
      if (isAlternate && row >= rows) faults.push(`scrolls at row ${row}`);
    } else if (UNFIT.test(token)) faults.push(`has ${JSON.stringify(token)} behind: ${line}`);
    else line += token;
  }
  end();
  return {lines, faults};
}

const ESCAPE = '\u001b';
/** What ssctl may send: colours, both ends of the alternate screen, the cursor, erasing. */
const TOKENS = new RegExp(`${ESCAPE}\\[(?:\\d+m|\\?1049[hl]|\\?25[hl]|H|K|J)|.`, 'gsu');
const COLOUR = new RegExp(`${ESCAPE}\\[\\d+m`);
const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/** Written anew, so that it does not share a mistake with what it tests. */
function columnsOf(line: string): number {
  return [...line].reduce(
    (sum, char) => sum + (/[\p{M}\p{Cf}]/u.test(char) ? 0 : WIDE.test(char) ? 2 : 1),
    0,
  );
}

const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\uff01-\uff60]/u;

/** A number right behind letters that run from right to left is drawn on their other side. */
function turnsAbout(line: string): boolean {
  return /[\p{Script=Hebrew}\p{Script=Arabic}][^\p{Script=Latin}\u200e]*\d/u.test(line);
}
