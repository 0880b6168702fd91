/** Finds listeners that a worker has made useless for everybody, reports them, and repairs them where the kernel allows it. */

import {causeIfFails} from '../../shared/words/errors.js';
import type {Problems} from '../problems/problems.js';
import {socketName} from '../system/posix.js';
import {type Found, isConnected, reset} from '../system/posix-listener.js';
import type {Listener} from './listener.js';
import {repairListener} from './listener-repair.js';
import {describeListener} from './listeners.js';
import type {StaleSockets} from './stale-sockets.js';

export type ListenerHealth = {
  /**
   * @param found in the order of the listeners
   * @param by the worker that may have done it
   */
  readonly look: (found: readonly Found[], by: string) => void;
  /** A worker has ended: undoes a connect(2) of a UDP listener to one peer, on which nobody relies any more. */
  readonly reconnect: (by: string) => void;
  /** Tries at the next look what could not be repaired before. */
  readonly retry: () => void;
  /** The repairs have lasted, so their problems are over. */
  readonly settle: () => void;
  readonly state: () => HealthState;
};

/** By what describes a listener. A contract: later versions of ssd read it. */
export type HealthState = {readonly repaired: readonly string[]; readonly beyondRepair: readonly string[]};

export type ListenerHealthContext = {
  readonly listeners: readonly Listener[];
  readonly backlog: number;
  readonly stale: StaleSockets;
  readonly problems: Pick<Problems, 'raise' | 'solve'>;
};

/** @param revived what a former image of ssd has handed over */
export function createListenerHealth(
  context: ListenerHealthContext,
  revived: HealthState | null = null,
): ListenerHealth {
  const {listeners, backlog, stale, problems} = context;
  const addresses = listeners.map(({own}) => socketName(own));
  const repaired = new Set(revived?.repaired);
  const beyondRepair = new Set(revived?.beyondRepair);
  const tell = (subject: string, cause: string) => {
    repaired.add(subject);
    problems.raise({code: 'listener-shut', subject, cause});
  };
  const heal = (listener: Listener, address: Buffer, by: string) => {
    const subject = describeListener(listener);
    if (beyondRepair.has(subject)) return;
    const repair = repairListener(listener, address, backlog);
    const what = `shut down by ${by}`;
    if (repair === 'repaired') tell(subject, `${what}; ssd listens again`);
    else if (repair === 'replaced') {
      stale.add({code: 'listener-shut', subject, cause: `${what}; ssd has bound it anew`});
    } else {
      beyondRepair.add(subject);
      problems.raise({code: 'listener-shut', subject, cause: `${what}; ${repair.cause}`});
    }
  };
  return {
    look: (found, by) => {
      listeners.forEach((listener, nth) => {
        const address = addresses[nth];
        if (found[nth]?.shut && address) heal(listener, address, by);
      });
    },
    reconnect: by => {
      listeners.forEach((listener, nth) => {
        const address = addresses[nth];
        if (listener.type !== 'udp' || !address || !isConnected(listener.own)) return;
        const cause = causeIfFails(() => reset(listener.own, address));
        tell(describeListener(listener), `connected to one peer by ${by}; ${cause ?? 'ssd has undone it'}`);
      });
    },
    retry: () => {
      for (const listener of listeners)
        if (listener.type !== 'udp') beyondRepair.delete(describeListener(listener));
    },
    settle: () => {
      for (const subject of repaired) problems.solve('listener-shut', subject);
      repaired.clear();
    },
    state: () => ({repaired: [...repaired], beyondRepair: [...beyondRepair]}),
  };
}
