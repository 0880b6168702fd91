/** What a dead ssd has left beside its control socket, and what this one leaves there. */
import {ownUid} from '../../shared/instance-paths.js';
import {here, orphansOf, readState} from '../../shared/state/read-state.js';
import {statePath} from '../../shared/state/state.js';
import {MADE_AGAIN} from '../../shared/words/describe-problem.js';
import {causeOf, Refusal} from '../../shared/words/errors.js';
import {findOrphans} from '../adoption/find.js';
import {closeOrphans, type Orphans} from '../adoption/orphans.js';
import {serviceOf} from '../adoption/service.js';
import type {Config} from '../config/config.js';
import {guardPath} from '../files/guard-path.js';
import {prepareReplacedFile, type ReplacedFile} from '../files/replaced-file.js';
import {controlPath} from '../sockets/control-place.js';
import type {StartOptions} from './resource.js';

export type StateFile = {
  readonly path: string;
  readonly file: Pick<ReplacedFile, 'replace' | 'remove'>;
  /** Puts it back if it is gone. */
  readonly look: () => void;
};

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

/**
 * The workers that another ssd has left, whose default name this one has by chance: two services of one program, `node`. The one
 * that asks for a listener of the dead one is its successor; where that one left none, it is the one that runs the same program.
 * Whoever gives a name means that instance.
 *
 * @returns their pids; empty if there are none, or they are to be taken over
 */
export function pidsOfOther(config: Config): readonly number[] {
  if (config.name.given || config.control !== null) return [];
  const state = readState(statePath(controlPath(config)), ownUid());
  if (state === null || 'problem' in state) return [];
  const isAsked = state.listeners.some(left =>
    config.listeners.some(({name, type}) => name === left.name && type === left.type),
  );
  const isSame = state.listeners.length === 0 && state.service === serviceOf(config);
  return isAsked || isSame ? [] : orphansOf(state, here()).map(({pid}) => pid);
}

/**
 * Without adoption a start is to fail while workers of the dead ssd live: the new state file would take the place of the one that
 * names them, and nobody would end them. As a rule they have the listeners, and the start has failed for that before.
 *
 * @param control the path of the control socket
 * @throws {Refusal} `not-adopting`
 */
export function demandNoneLeft(control: string): void {
  const state = readState(statePath(control), ownUid());
  if (state === null || 'problem' in state) return;
  const pids = orphansOf(state, here()).map(({pid}) => pid);
  if (pids.length > 0) throw new Refusal({code: 'not-adopting', path: control, pids});
}

/** Like the control socket at its default place, ssd can do without it. What cleans up /tmp may remove it: it is put back. */
export function prepareStateFile(
  path: string,
  {problems, undo}: Pick<StartOptions, 'problems' | 'undo'>,
): StateFile | null {
  const problem = {code: 'state-file', subject: path} as const;
  const file = prepare(path, cause => problems.raise({...problem, cause}));
  if (file === null) return null;
  let last: string | null = null;
  /** What is in the file may be old. */
  let unsaved = false;
  const solve = () => problems.solve(problem.code, path);
  const guard = guardPath<string>({
    path: () => path,
    isThere: () => last === null || (!unsaved && file.isThere()),
    putBack: () => file.replace(last ?? ''),
    onBack: () => {
      if (!unsaved) problems.raise({...problem, cause: MADE_AGAIN});
      unsaved = false;
      solve();
    },
    onThere: solve,
    onFailed: cause => {
      unsaved = true;
      problems.raise({...problem, cause});
    },
  });
  undo.add(guard.dispose);
  const replace = (text: string) => {
    last = text;
    const cause = file.replace(text);
    unsaved = cause !== null;
    guard.rearm();
    return cause;
  };
  return {path, file: {replace, remove: file.remove}, look: guard.look};
}

function prepare(path: string, raise: (cause: string) => void): ReplacedFile | null {
  try {
    return prepareReplacedFile(path, 'state file', OWNER_ONLY);
  } catch (error) {
    const {failure} = error instanceof Refusal ? error : {failure: null};
    raise(failure?.code === 'file-unusable' ? failure.cause : causeOf(error));
    return null;
  }
}
