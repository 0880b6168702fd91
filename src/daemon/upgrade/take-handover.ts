import {explain} from '../../shared/words/errno.js';
import {causeOf, Refusal} from '../../shared/words/errors.js';
import {closeQuietly} from '../system/close-quietly.js';
import {readMemoryFile} from '../system/processes/memory-file.js';
import {decodeHandover} from './decode-handover.js';
import {HANDOVER_VARIABLE, type Handover} from './handover.js';

/**
 * What the former image of this process has handed over; null if there was none. Removes the variable that says so, because
 * workers must not see it.
 *
 * @throws {Refusal} `not-replaced`
 */
export function takeHandover<Parts>(env: NodeJS.ProcessEnv): Handover<Parts> | null {
  const {[HANDOVER_VARIABLE]: given} = env;
  delete env[HANDOVER_VARIABLE];
  if (given === undefined || !/^[1-9]\d*$/.test(given)) return null;
  const fd = Number(given);
  const handover = read<Parts>(fd);
  closeQuietly(fd);
  if ('problem' in handover) throw new Refusal({code: 'not-replaced', problem: handover.problem});
  return handover;
}

function read<Parts>(fd: number): ReturnType<typeof decodeHandover<Parts>> {
  try {
    return decodeHandover<Parts>(readMemoryFile(fd));
  } catch (error) {
    return {problem: `cannot read the handover: ${explain(causeOf(error))}`};
  }
}
