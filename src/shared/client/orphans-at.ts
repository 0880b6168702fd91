/** The workers of an ssd that was killed, by its state file. */
import {ownUid} from '../instance-paths.js';
import {here, meaninglessIn, orphansOf, readState} from '../state/read-state.js';
import {type State, type StateWorker, statePath} from '../state/state.js';
import {describeFailure} from '../words/wording.js';

export type OrphansAt = {readonly state: State; readonly workers: readonly StateWorker[]};
/** Nobody can tell whether there are any. `path` of the state file, `problem` in words or the name of an error. */
export type Untold = {readonly path: string; readonly problem: string};

/**
 * @param control the path of the control socket, at which nobody listens
 * @returns null if no worker lives
 */
export function orphansAt(control: string): OrphansAt | Untold | null {
  const path = statePath(control);
  const state = readState(path, ownUid());
  if (state === null) return null;
  if ('problem' in state) return {path, problem: state.problem};
  const where = here();
  const meaningless = meaninglessIn(state, where);
  if (meaningless) return meaningless.isOver ? null : {path, problem: meaningless.cause};
  const workers = orphansOf(state, where);
  return workers.length === 0 ? null : {state, workers};
}

/** The line about a state file from which nobody can tell that. */
export function warningOf(untold: Untold): string {
  return `warning: ${describeFailure({code: 'state-unusable', ...untold})}`;
}
