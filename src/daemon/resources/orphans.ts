/** What a dead ssd has left beside its control socket, and what this one leaves there. */
import {ownUid} from '../../shared/instance-paths.js';
import type {Raise} from '../../shared/protocol/problem.js';
import {statePath} from '../../shared/state/state.js';
import {causeOf, Refusal} from '../../shared/words/errors.js';
import {findOrphans} from '../adoption/find.js';
import {closeOrphans, type Orphans} from '../adoption/orphans.js';
import type {Config} from '../config/config.js';
import {prepareReplacedFile, type ReplacedFile} from '../files/replaced-file.js';
import {controlPath} from '../sockets/control-place.js';
import type {StartOptions} from './resource.js';

export type StateFile = {readonly path: string; readonly file: ReplacedFile};

const OWNER_ONLY = 0o600;

/** Adds to `undo` what lets go of it. */
export function findLeft(path: string, undo: StartOptions['undo']): Orphans {
  const orphans = findOrphans(path, ownUid());
  // What was taken out of workers is closed when there are listeners.
  undo.add(() => {
    if (!orphans.isHeld) closeOrphans({...orphans, listeners: []});
  });
  return orphans;
}

/** The same for a check. The caller closes it. */
export function lookForLeft(config: Config): Orphans {
  return findOrphans(statePath(controlPath(config)), ownUid());
}

/** Like the control socket at its default place, ssd can do without it. */
export function prepareStateFile(path: string, raise: Raise): StateFile | null {
  try {
    return {path, file: prepareReplacedFile(path, 'state file', OWNER_ONLY)};
  } catch (error) {
    const {failure} = error instanceof Refusal ? error : {failure: null};
    const cause = failure?.code === 'file-unusable' ? failure.cause : causeOf(error);
    raise({code: 'state-file', subject: path, cause});
    return null;
  }
}
