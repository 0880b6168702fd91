/** The files of the unix listeners of a dead ssd. What no option asks for any more is removed, as that ssd would have done. */
import type {State} from '../../shared/state/state.js';
import {causeIfFails} from '../../shared/words/errors.js';
import {removeOwnPath} from '../files/own-path.js';
import type {PassedListener} from '../sockets/inherited/passed-listeners.js';
import type {Listener} from '../sockets/listener.js';
import {listenerAt} from '../sockets/unix-socket.js';
import type {LeftPath} from './orphans.js';

export function leftPathsOf({listeners}: State, taken: readonly PassedListener[]): readonly LeftPath[] {
  return listeners.flatMap(({address, file}) => {
    const [, dev, ino] = /^(\d+)-(\d+)$/.exec(file ?? '') ?? [];
    if (dev === undefined || ino === undefined) return [];
    const isHeld = taken.some(one => one.type === 'unix' && one.address === address);
    return [{path: address, identity: {dev: BigInt(dev), ino: BigInt(ino)}, isHeld}];
  });
}

/** Nothing else of the start can fail by now: a start that fails leaves the path to the workers. */
export function removeLeftPaths(paths: readonly LeftPath[], listeners: readonly Listener[]): void {
  const own = new Set(
    listeners.flatMap(({identity}) => (identity ? [`${identity.dev}-${identity.ino}`] : [])),
  );
  for (const {path, identity, isHeld} of paths) {
    if (own.has(`${identity.dev}-${identity.ino}`)) continue;
    // The number of a file that is gone may belong to another socket, on which somebody listens.
    const isOver = isHeld || isDead(path);
    // A path that is left over harms nobody.
    if (isOver) causeIfFails(() => removeOwnPath(path, identity));
  }
}

function isDead(path: string): boolean {
  const answer = listenerAt(path);
  return 'code' in answer && answer.code === 'ECONNREFUSED';
}
