import {causeOf} from '../words/errors.js';

/**
 * Lets a program run in a directory that was removed, such as a release that a deployment has replaced. Node's
 * `process.cwd()` throws there, and yargs calls it when it is loaded. The kernel still resolves relative paths, and finds
 * nothing.
 *
 * @returns why there is no working directory, or null
 */
export function surviveLostDirectory(): string | null {
  try {
    process.cwd();
    return null;
  } catch (error) {
    process.cwd = () => '/';
    return causeOf(error);
  }
}
