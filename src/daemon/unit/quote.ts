/** The rules by which systemd reads words and paths in a unit file (systemd.syntax(7), systemd.service(5) COMMAND LINES). */

const PLAIN = /^[\w@+=:,./-]+$/;

/**
 * One word of `ExecStart=`, which the program gets as it is here: systemd would replace `%` and `$`, and take quotes, blanks
 * and `;` for its own.
 *
 * @throws {RangeError} for a NUL, which no argument can have
 */
export function quoteWord(word: string): string {
  return quote(word.replaceAll('%', '%%').replaceAll('$', '$$$$'));
}

/** One word or path where `$` is an ordinary character: in `Environment=`, and the path of the program in `ExecStart=`. */
export function quoteValue(value: string): string {
  return quote(value.replaceAll('%', '%%'));
}

/** The value of a setting that takes its whole line, such as `WorkingDirectory=` and `Description=`. */
export function wholeLine(value: string): string {
  return value.replaceAll('%', '%%');
}

function quote(word: string): string {
  if (word.includes('\0')) throw new RangeError('a word of a command line has no NUL');
  if (PLAIN.test(word)) return word;
  const escaped = word
    .replace(/["\\]/g, '\\$&')
    .replace(/\p{Cc}/gu, control => ESCAPES[control] ?? hex(control));
  return `"${escaped}"`;
}

const ESCAPES: Readonly<Record<string, string>> = {'\n': '\\n', '\t': '\\t', '\r': '\\r'};

/** The controls above 0x7F are two bytes in UTF-8. */
function hex(control: string): string {
  return [...Buffer.from(control)].map(byte => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}
