/** Listeners that go over into another image of ssd. It has them under the same descriptors, and their queues go on. */

import type {Identity} from '../../files/own-path.js';
import {fromPlain, toPlain} from '../../files/plain-identity.js';
import type {HandedOver} from '../../handover/handed-over.js';
import type {Listener} from '../listener.js';
import type {Handed, PassedListener} from './passed-listeners.js';
import {kindOf} from './socket-kind.js';

/** A contract: later versions read it. */
export type ListenerState = Handed & {
  /** ssd's own descriptor. */
  readonly own: number;
};

export function handOverListeners(listeners: readonly Listener[]): HandedOver<readonly ListenerState[]> {
  const state = listeners.map(({name, own, passed, stored, identity}) => {
    const file = identity && toPlain(identity);
    return {name, own, passed, stored, file};
  });
  return {state, fds: state.map(({own}) => own)};
}

/** Like sockets that were passed to ssd. A worker may have shut one down; then its care goes on. */
export function handedListeners(states: readonly ListenerState[]): readonly PassedListener[] {
  return states.flatMap(({own: fd, ...state}): PassedListener[] => {
    const kind = kindOf(fd, true);
    return 'problem' in kind ? [] : [{fd, name: state.passed?.name ?? null, ...kind, handed: state}];
  });
}

/** Which file is ours at the path of such a listener. */
export function identityOfHanded({file}: Pick<Handed, 'file'>): Identity | null {
  return file && fromPlain(file);
}
