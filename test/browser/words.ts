/** What the page says, as expressions for `until` and `evaluate`. */

/** The text of the first element that the selector finds, without the space around it. */
export function text(selector: string): string {
  return `(document.querySelector(${JSON.stringify(selector)})?.innerText ?? '').trim()`;
}

/** Whether the page hears of ssd. */
export const LIVE = `document.body?.dataset.link === 'live'`;
export const LOST = `document.body?.dataset.link === 'lost'`;

/** Whether that text contains this. */
export function says(selector: string, words: string): string {
  return `${text(selector)}.includes(${JSON.stringify(words)})`;
}

export const HEADLINE = '#headline';
/** The latest entry of the time line. */
export const LATEST = '#entry-list > li:first-child';
