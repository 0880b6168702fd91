/** Why a program cannot be executed, as data and in words. */
import {explain} from '../errno.js';

/**
 * - `carriage-return`: the `#!` line ends with one, which counts as a part of the interpreter's name.
 * - `interpreter`: the interpreter of the `#!` line cannot be executed.
 * - `loader`: the dynamic loader that the file names cannot be executed.
 * - `foreign`: the format of the file. `made` is the machine or system that it is made for, if it says so.
 */
export type Unfit =
  | {readonly reason: 'carriage-return'; readonly line: string}
  | {readonly reason: 'interpreter'; readonly interpreter: string; readonly cause: string}
  | {readonly reason: 'loader'; readonly loader: string; readonly cause: string}
  | {readonly reason: 'foreign'; readonly made: string | null; readonly here: string};

/** Describes it as the end of a sentence about the program. */
export function describeUnfit(unfit: Unfit): string {
  switch (unfit.reason) {
    case 'carriage-return':
      return `its first line, ${unfit.line}, ends with a carriage return, which counts as a part of the name; remove it with sed -i 's/\\r$//'`;
    case 'interpreter':
      return `its interpreter ${unfit.interpreter} (the #! line) ${brokenBy(unfit.cause)}`;
    case 'loader':
      return `its loader ${unfit.loader} ${brokenBy(unfit.cause)}: it was built for another system or another C library`;
    case 'foreign':
      return unfit.made === null || unfit.made === unfit.here
        ? `it is neither a script nor a program for this machine (${unfit.here})`
        : `it is a program for ${unfit.made}, and this machine is ${unfit.here}`;
  }
}

function brokenBy(cause: string): string {
  return cause === 'ENOENT' ? 'does not exist' : `cannot be executed: ${explain(cause)}`;
}

/** `mistakes/ssd-line.test.ts` compares this with the list of ssctl. */
export const COMMANDS_OF_SSCTL: ReadonlySet<string> = new Set(
  'status restart rollback releases accept reject pause resume stop reexec scale cancel connections drain events logs wait list signal reopen-logs metrics completion'.split(
    ' ',
  ),
);

/** For a program that is not there: it may be a command of ssctl, or a program and its arguments as one word, in quotes. */
export function adviceOnWords(program: string): string {
  if (COMMANDS_OF_SSCTL.has(program))
    return `; did you mean ssctl ${program}? ssctl controls a running ssd, and ssd starts one`;
  const words = program.trim().split(/\s+/);
  return words.length > 1
    ? `; it is one word, so give the words without the quotes: -- ${words.join(' ')}`
    : '';
}

/** @param cause the errno name of why it was not taken */
export function describeNotExecutable(cause: string): string {
  if (cause === 'EISDIR') return 'it is a directory';
  return cause === 'EACCES' ? `${explain(cause)}; chmod +x makes a file executable` : explain(cause);
}
