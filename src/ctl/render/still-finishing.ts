/** Which workers a restart or a stop still waits for, and what to say of that when it takes long. */
import type {Event} from '../../shared/protocol/event.js';

export type Finishing = {
  readonly take: (event: Event) => void;
  /** null while it waits for something else. */
  readonly text: () => string | null;
};

export function createFinishing(verb: 'restart' | 'stop'): Finishing {
  /** The generation of each worker that was told to finish and has not ended. */
  const told = new Map<number, number>();
  let ready: number | null = null;
  return {
    take: event => {
      if (event.type === 'ready') ready = event.generation;
      if (event.type === 'telling' || event.type === 'killing')
        for (const pid of event.pids) told.set(pid, event.generation);
      if (event.type === 'finished') told.delete(event.pid);
    },
    text: () => {
      const left = [...told.values()].filter(generation => verb === 'stop' || generation !== ready);
      if (left.length === 0 || (verb === 'restart' && ready === null)) return null;
      const waits = `waiting for generation ${[...new Set(left)].join(', ')} to finish`;
      return verb === 'restart'
        ? `generation ${ready} serves; ${waits} (--until=ready does not wait, --stop-timeout of ssd limits it)`
        : `${waits} (ssctl stop --force kills it, --stop-timeout of ssd limits it)`;
    },
  };
}
