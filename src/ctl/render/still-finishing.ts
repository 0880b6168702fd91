/** Which workers a restart still waits for, and what to say of that when it takes long. */
import type {Event} from '../../shared/protocol/event.js';

export type Finishing = {
  readonly take: (event: Event) => void;
  /** null while the restart waits for something else. */
  readonly text: () => string | null;
};

export function createFinishing(): Finishing {
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
      const left = [...told].filter(([, generation]) => generation !== ready);
      if (ready === null || left.length === 0) return null;
      const generations = [...new Set(left.map(([, generation]) => generation))].join(', ');
      return `generation ${ready} serves; waiting for generation ${generations} to finish (--until=ready does not wait, --stop-timeout of ssd bounds it)`;
    },
  };
}
