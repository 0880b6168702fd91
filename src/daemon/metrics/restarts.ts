/**
 * Counts restarts by their verdict, each once, however many asked for it and whether anybody waits.
 *
 *     ready, and it replaces one ──▶ pending ──(restarted)──▶ completed
 *                                      ├──(another is ready)──▶ superseded
 *                                      └──(lost, or it does not grow)──▶ failed
 *     start-failed, and whoever asked is told so ──▶ failed
 *     cancel-asked ──▶ cancelled
 *
 * A event does not say that no attempt is left: only the answer to those who asked does. A restart by SIGHUP has
 * nobody to answer and is tried without end, so it never fails before one is ready.
 */
import type {Event} from '../../shared/protocol/event.js';
import type {Effect} from '../core/types.js';

export type VerdictCounts = Record<'completed' | 'failed' | 'superseded' | 'cancelled', number>;

export type RestartCounter = {
  readonly observe: (effect: Effect) => void;
  readonly counts: Readonly<VerdictCounts>;
};

export function createRestartCounter(): RestartCounter {
  const counts: VerdictCounts = {completed: 0, failed: 0, superseded: 0, cancelled: 0};
  /** The generation whose restart is to end when those it replaced are gone. */
  let pending: number | null = null;
  /** The pids of the workers of the current generation that serve. */
  let serving = {generation: 0, pids: new Set<number>()};
  let failedStart = 0;
  const end = (verdict: keyof VerdictCounts) => {
    counts[verdict] += 1;
    pending = null;
  };
  const lose = (generation: number, pid: number) => {
    if (generation !== serving.generation) return;
    const neverServed = !serving.pids.delete(pid);
    if (generation === pending && (neverServed || serving.pids.size === 0)) end('failed');
  };
  const take = (event: Event) => {
    switch (event.type) {
      case 'ready': {
        if (pending !== null) end('superseded');
        pending = serving.pids.size > 0 ? event.generation : null;
        serving = {generation: event.generation, pids: new Set(event.pids)};
        return;
      }
      case 'worker-ready':
        if (event.generation === serving.generation) serving.pids.add(event.pid);
        return;
      case 'telling':
      case 'killing':
        if (event.generation !== serving.generation) return;
        for (const pid of event.pids) serving.pids.delete(pid);
        return;
      case 'lost':
        if (event.pid !== null) lose(event.generation, event.pid);
        return;
      case 'restarted':
        if (event.generation === pending) end('completed');
        return;
      case 'start-failed':
        failedStart = event.generation;
        return;
      case 'cancel-asked':
        counts.cancelled += 1;
        return;
    }
  };
  return {
    counts,
    observe: effect => {
      if (effect.type === 'publish') take(effect.event);
      if (effect.type !== 'answer' || !('verdict' in effect.answer)) return;
      if (effect.answer.verdict !== 'failed' || effect.answer.generation !== failedStart) return;
      counts.failed += 1;
      // The others who shared this attempt are told as well.
      failedStart = 0;
    },
  };
}
