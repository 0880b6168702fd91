/** Programs that the tests with real servers need and a machine may lack. */
import test, {type ExecutionContext} from 'ava';
import {isInstalled} from './installed.js';

type Declare = (title: string, implementation: (t: ExecutionContext) => Promise<void>) => void;

/**
 * @param programs names of programs, and of Perl modules (those that begin with a capital)
 * @returns declares a test that is skipped, and says what is missing, where one of them is not installed; with
 *   CI in the environment it fails
 */
export function needs(...programs: readonly string[]): Declare {
  const missing = programs.filter(program => !isInstalled(program)).join(', ');
  if (missing === '') return (title, implementation) => test(title, implementation);
  const declare = process.env.CI ? test : test.skip;
  return title => declare(`${title} (not installed: ${missing})`, t => t.fail(`not installed: ${missing}`));
}
