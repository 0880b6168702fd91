/** Finds out whether workers could start, without a process: what can be told from the disk. */
import {describeFailure} from '../../../shared/words/wording.js';
import type {Effect, LookFailure} from '../../core/types.js';
import {describeUnreadable} from '../environment.js';
import {findProgram, whyNot} from '../program.js';
import type {WorkerContext} from '../spawn.js';
import {workingDirectory} from './directory.js';

/** @returns why they could not; null: nothing speaks against it */
export function lookAhead(
  {pins, program: [program], directory: given}: Pick<WorkerContext, 'pins' | 'program' | 'directory'>,
  order: Extract<Effect, {type: 'look'}>,
): LookFailure | null {
  const taken = pins.look(order);
  if ('code' in taken) return {cause: taken.cause, problem: describeFailure(taken)};
  const {environment, release} = taken;
  if (environment.unreadable) return {cause: describeUnreadable(environment.unreadable)};
  const directory = workingDirectory(release, given);
  const found = findProgram(program, environment.env, directory);
  const failure = whyNot(program, found, directory);
  return failure && {cause: 'cause' in found ? found.cause : failure.code, problem: describeFailure(failure)};
}
