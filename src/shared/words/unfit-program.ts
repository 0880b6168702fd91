/** Why a program cannot be executed, as data and in words. */
import {explain} from './errno.js';

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
