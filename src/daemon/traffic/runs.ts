/** The restarts that are under way, as their events tell: who waits for each, and which event ends it. */
import type {Event} from '../../shared/protocol/event.js';

/** `figures` are what the caller notes about it. */
export type Run<F> = {
  readonly figures: F;
  readonly tokens: Set<string>;
  /** The newest generation when it was asked for. Its own ones are later. */
  readonly after: number;
  isReady: boolean;
};

export type Runs<F> = {
  /** @returns the runs that this event ends, the oldest first */
  readonly take: (event: Event, tokens: readonly string[]) => readonly Run<F>[];
  /** The run for which the request waits, even if it ended with the last event. */
  readonly of: (token: string) => Run<F> | undefined;
  readonly underWay: () => readonly Run<F>[];
  readonly clear: () => void;
  /** @param plain of the figures of one */
  readonly state: <P>(plain: (figures: F) => P) => RunsState<P>;
};

/** A contract: later versions of ssd read it. */
export type RunsState<P> = {
  readonly newest: number;
  readonly runs: readonly (Omit<Run<P>, 'tokens'> & {readonly tokens: readonly string[]})[];
};

/** More restarts at once than anybody asks for. The oldest is forgotten: a client that hangs up leaves no trace in events. */
const MOST = 64;

/** Why all that goes on is cancelled, and not only what is not ready yet. */
const ENDS_ALL: ReadonlySet<string> = new Set(['stopping', 'paused']);

/**
 * @param begin is called when a restart is asked for
 * @param revived what a former image of ssd has handed over
 */
export function createRuns<F>(begin: () => F, revived: RunsState<F> | null = null): Runs<F> {
  let runs: Run<F>[] = (revived?.runs ?? []).map(({tokens, ...run}) => ({...run, tokens: new Set(tokens)}));
  let ended: readonly Run<F>[] = [];
  let newest = revived?.newest ?? 0;
  const end = (isOver: (run: Run<F>) => boolean) => {
    ended = runs.filter(isOver);
    runs = runs.filter(run => !isOver(run));
    return ended;
  };
  return {
    take: (event, tokens) => {
      if (event.type !== 'restart-ended') ended = [];
      if (event.type === 'restart-asked') {
        const run = {figures: begin(), tokens: new Set(tokens), after: newest, isReady: false};
        runs = [...runs, run].slice(-MOST);
      }
      if (event.type === 'spawned') newest = Math.max(newest, event.generation);
      if (event.type === 'ready') for (const run of runs) run.isReady ||= run.after < event.generation;
      if (event.type !== 'restart-ended') return [];
      const waits = ({tokens: own}: Run<F>) => tokens.some(token => own.has(token));
      switch (event.verdict) {
        case 'completed':
        case 'superseded':
          return end(run => run.after < event.generation);
        case 'failed':
          // A restart without a client goes on, unless its generation was lost after it was ready, or nothing is left to try.
          return end(run => waits(run) || (run.tokens.size === 0 && (run.isReady || tokens.length === 0)));
        case 'cancelled':
          return end(run => ENDS_ALL.has(event.reason) || !run.isReady);
      }
    },
    of: token => [...ended, ...runs].find(({tokens}) => tokens.has(token)),
    underWay: () => runs,
    clear: () => {
      runs = [];
    },
    state: plain => ({
      newest,
      runs: runs.map(({figures, tokens, ...run}) => ({...run, figures: plain(figures), tokens: [...tokens]})),
    }),
  };
}
