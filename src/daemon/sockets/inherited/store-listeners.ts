/** Puts listeners into the store of the service manager. */
import type {Listening} from '../../config/listening/read.js';
import type {Listener} from '../listener.js';
import {bindingOf, storeName} from './stored.js';

/** Stores what is not in the store yet. A unix listener that was bound anew is another socket, with another name. */
export function storeListeners(
  listeners: readonly Listener[],
  listening: Partial<Listening>,
  store: {readonly keep: (name: string, fd: number) => void; readonly forget: (name: string) => void},
): void {
  for (const listener of listeners) {
    const name = storeName({...listener, binding: bindingOf(listener.type, listening)});
    // The service manager that passed a listener keeps it open itself.
    if (listener.passed !== null || listener.stored === name) continue;
    if (listener.stored !== null) store.forget(listener.stored);
    store.keep(name, listener.own);
    listener.stored = name;
  }
}
