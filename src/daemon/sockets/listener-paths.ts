/**
 * Watches the paths of unix listeners. Nobody can connect to a path that was removed. Running workers cannot get another
 * socket, so the path is bound anew for the next workers that are spawned, unless another process has it by then.
 */

import {type Identity, isOwnPath} from '../files/own-path.js';
import {SETTLE_MS, watchPath} from '../files/watch-path.js';
import type {Problems} from '../problems/problems.js';
import type {Listener} from './listener.js';
import {rebind, socketAt} from './listener-repair.js';
import type {StaleSockets} from './stale-sockets.js';

const BOUND_ANEW = 'it is bound anew at the next restart, unless another process has it then';
const PASSED_ANEW = 'the socket was passed to ssd; start ssd again with one that has a path';

export type ListenerPaths = {
  readonly look: () => void;
  /** Workers are about to be spawned. */
  readonly putBack: () => void;
  /** The paths that are known to be gone. */
  readonly told: () => readonly string[];
  readonly dispose: () => void;
};

export type ListenerPathsContext = {
  readonly listeners: readonly Listener[];
  readonly backlog: number;
  readonly stale: StaleSockets;
  readonly problems: Pick<Problems, 'raise' | 'solve'>;
};

/** @param told the paths of which a former image of ssd has told */
export function watchListenerPaths(
  context: ListenerPathsContext,
  told: readonly string[] = [],
): ListenerPaths {
  const {listeners, backlog, stale, problems} = context;
  const watched = listeners.flatMap(toWatched);
  let timer: NodeJS.Timeout | undefined;
  const look = () => {
    for (const one of watched) {
      const {listener} = one;
      if (one.known !== listener.identity) watch(one);
      if (!isGone(listener)) {
        // An operator may have changed its mode. One that is bound anew gets the same.
        one.file = socketAt(listener.address);
        if (one.told) problems.solve('path-removed', listener.address);
        one.told = false;
        continue;
      }
      if (one.told) continue;
      one.told = true;
      const cause = listener.passed === null ? BOUND_ANEW : PASSED_ANEW;
      problems.raise({code: 'path-removed', subject: listener.address, cause});
    }
  };
  const lookSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(look, SETTLE_MS);
  };
  const watch = (one: Watched) => {
    one.unwatch();
    one.known = one.listener.identity ?? one.known;
    one.told = false;
    const {listener} = one;
    one.unwatch = watchPath({
      path: listener.address,
      isThere: () => !isGone(listener),
      onChange: lookSoon,
    });
  };
  for (const one of watched) {
    watch(one);
    one.told = told.includes(one.listener.address);
  }
  return {
    look,
    told: () => watched.filter(one => one.told).map(({listener}) => listener.address),
    putBack: () => {
      for (const one of watched) {
        const {listener} = one;
        if (listener.passed !== null || !isGone(listener)) continue;
        const repair = rebind(listener, backlog, one.file);
        const problem = {code: 'path-removed', subject: listener.address} as const;
        if (typeof repair === 'object') problems.raise({...problem, cause: repair.cause});
        else stale.add({...problem, cause: 'ssd has bound it anew'});
        one.told = true;
        if (repair === 'replaced') watch(one);
      }
    },
    dispose: () => {
      clearTimeout(timer);
      for (const {unwatch} of watched) unwatch();
    },
  };
}

type Watched = {
  readonly listener: Listener;
  known: Identity;
  file: ReturnType<typeof socketAt>;
  told: boolean;
  unwatch: () => void;
};

function toWatched(listener: Listener): Watched[] {
  const {identity: known, address} = listener;
  return known ? [{listener, known, file: socketAt(address), told: false, unwatch: () => {}}] : [];
}

function isGone({address, identity}: Listener): boolean {
  return identity !== null && !isOwnPath(address, identity);
}
