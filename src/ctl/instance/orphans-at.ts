/** The workers of an ssd that was killed, by its state file. */
import {ownUid} from '../../shared/instance-paths.js';
import {here, orphansOf, readState} from '../../shared/state/read-state.js';
import {type State, type StateWorker, statePath} from '../../shared/state/state.js';

export type OrphansAt = {readonly state: State; readonly workers: readonly StateWorker[]};

/**
 * @param control the path of the control socket, at which nobody listens
 * @returns null if no worker lives
 */
export function orphansAt(control: string): OrphansAt | null {
  const state = readState(statePath(control), ownUid());
  if (state === null || 'problem' in state) return null;
  const workers = orphansOf(state, here());
  return workers.length === 0 ? null : {state, workers};
}
