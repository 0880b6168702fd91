/** A mistake, and the whole answer to it: what was tried, on what, why it failed, and what to do. It is one line. */
import type {ExecutionContext} from 'ava';
import {createRig, type Rig, SSCTL} from '../../helpers/rig.js';

export type Mistake = {
  readonly title: string;
  /** The words after the program; `@` stands for the directory of the test. */
  readonly words: readonly string[];
  /** The line on standard error, after the name of the program; `@` as above. */
  readonly says: string;
  readonly code?: number;
  readonly prepare?: (rig: Rig) => void;
};

/** A mistake that the words alone show: exit status 2. */
export function onLine(title: string, words: readonly string[], says: string): Mistake {
  return {title, words, says, code: 2};
}

export async function answers(
  t: ExecutionContext,
  program: 'ssd' | 'ssctl',
  {words, says, code = 1, prepare}: Mistake,
): Promise<void> {
  const rig = await createRig(t);
  prepare?.(rig);
  const here = (text: string) => text.replaceAll('@', rig.directory);
  const given = words.map(here);
  const ended = await (program === 'ssd'
    ? rig.runSsd([`--control=${rig.control}`, ...given])
    : rig.run([process.execPath, SSCTL, ...given]));
  const error = ended.stderr.trimEnd().split('\n').at(-1);
  t.deepEqual(
    {error, code: ended.code, stdout: ended.stdout},
    {error: `${program}: ${here(says)}`, code, stdout: ''},
  );
}
