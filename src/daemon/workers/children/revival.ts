/**
 * The children of a former image of ssd, which has replaced itself by execve(2): under the same pid, they are still children.
 * Those whose callbacks are not known yet are neither collected nor taken for strangers.
 */
import type {HandedOver} from '../../handover/handed-over.js';
import type {Stops} from '../stops.js';
import type {Child, ChildCallbacks, ChildrenState, Living} from './table.js';

export type Revival = {
  /** Whether a child is not taken back yet. */
  readonly isLeft: (pid: number) => boolean;
  readonly takeBack: (pid: number, callbacks: ChildCallbacks) => void;
  readonly forgetRest: () => readonly number[];
  readonly handOver: () => HandedOver<ChildrenState>;
};

/** @param lookSoon looks in a later turn at what has happened to the children */
export function createRevival(
  revived: ChildrenState | null,
  {living, stops, lookSoon}: {readonly living: Living; readonly stops: Stops; readonly lookSoon: () => void},
): Revival {
  const left = new Map(revived?.children.map(child => [child.pid, child]));
  const takeBack = (pid: number, {onExit, onLeaderEnd, onStop}: ChildCallbacks) => {
    const state = left.get(pid);
    if (!state) {
      // It may be anybody's by now, so it is not watched. Whoever counts on it has to hear that it is gone.
      setImmediate(() => onExit({type: 'unknown'}));
      return;
    }
    left.delete(pid);
    const {isOnlyApart, ended, stoppedBy} = state;
    living.set(pid, {onExit, onLeaderEnd, onStop, isOnlyApart, ended});
    if (stoppedBy !== null && onStop) stops.revive(pid, stoppedBy, onStop);
    lookSoon();
  };
  return {
    isLeft: pid => left.has(pid),
    takeBack,
    forgetRest: () => {
      const rest = [...left.keys()];
      for (const pid of rest) takeBack(pid, {onExit: () => {}});
      return rest;
    },
    handOver: () => {
      const stateOf = ([pid, {isOnlyApart, ended}]: readonly [number, Child]) => ({
        pid,
        isOnlyApart,
        ended,
        stoppedBy: stops.signalOf(pid),
      });
      return {state: {children: [...[...living].map(stateOf), ...left.values()]}, fds: []};
    },
  };
}
