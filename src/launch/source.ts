/** The script that V8 compiles for a program of `lib`. */

export const HEAD = '(function (require, __filename, __dirname) {';

/** @param program the text of the program; it is ASCII, and Node reads that fastest as latin1 */
export function sourceOf(program: string): string {
  return `${HEAD}${program}\n})`;
}
