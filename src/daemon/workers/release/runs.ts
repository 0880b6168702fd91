/** The latest generations with their releases, for `ssctl releases`. */
import type {Event} from '../../../shared/protocol/event.js';
import type {ReleaseRun, ReleaseState} from '../../../shared/protocol/releases.js';
import type {GenerationStatus} from '../../../shared/protocol/status.js';
import type {HandedOver} from '../../handover/handed-over.js';

/** So many generations are remembered, and those that live. */
export const RUNS_KEPT = 50;

export type Runs = {
  /** Takes every event, in order. */
  readonly record: (event: Event) => void;
  /** @returns the oldest first */
  readonly list: (living: readonly GenerationStatus[]) => readonly ReleaseRun[];
  readonly handOver: () => HandedOver<RunsState>;
};

/** A later version reads it: its names, and those of `Run`, are a contract. */
export type RunsState = {
  /** The oldest first. */
  readonly runs: readonly Run[];
};

type Run = Pick<ReleaseRun, 'generation' | 'release' | 'startedAt'> & {
  readonly readyAt: string | null;
  readonly failed: boolean;
  /** It has a successor, or ssd was told to stop: from now on it may be told to finish. */
  readonly isReplaced: boolean;
  readonly end: {readonly at: string; readonly lost: boolean} | null;
};

/**
 * @param timeOfDay reads the wall clock
 * @param revived what the ssd before this one has run
 */
export function createRuns(timeOfDay: () => Date, revived: RunsState | null): Runs {
  let runs: readonly Run[] = revived?.runs ?? [];
  const now = () => timeOfDay().toISOString();
  const change = (generation: number, changed: Partial<Run>) => {
    runs = runs.map(run => (run.generation === generation ? {...run, ...changed} : run));
  };
  /** What ssd tells the rest of a lost generation is not what ended it. */
  const finish = (generation: number) => {
    const run = runs.find(one => one.generation === generation);
    change(generation, {end: endOf(run?.end?.lost === true && !run.isReplaced)});
  };
  const replace = (successor: number | null) => {
    runs = runs.map(run => (run.generation === successor ? run : {...run, isReplaced: true}));
  };
  const begin = (generation: number, release: string) => {
    if (runs.some(run => run.generation === generation)) return change(generation, {release});
    const begun = {
      generation,
      release,
      startedAt: now(),
      readyAt: null,
      failed: false,
      isReplaced: false,
      end: null,
    };
    // A generation that lives on for days may be older than any number that is kept.
    const surplus = runs.length + 1 - RUNS_KEPT;
    runs = [...runs.filter(({end}, nth) => nth >= surplus || end === null), begun];
  };
  return {
    record: event => {
      if (event.type === 'spawned' && event.release !== undefined) begin(event.generation, event.release);
      if (event.type === 'ready') {
        replace(event.generation);
        change(event.generation, {readyAt: now()});
      }
      if (event.type === 'worker-ready') change(event.generation, {end: null});
      if (event.type === 'stop-asked') replace(null);
      if (event.type === 'start-failed') change(event.generation, {failed: true, end: endOf(false)});
      if (event.type === 'trial-ended' && event.passed === false) change(event.generation, {failed: true});
      if (event.type === 'finished') finish(event.generation);
      if (event.type === 'lost') change(event.generation, {end: endOf(true)});
    },
    list: living => runs.map(run => shown(run, living)),
    handOver: () => ({state: {runs}, fds: []}),
  };

  function endOf(lost: boolean): NonNullable<Run['end']> {
    return {at: now(), lost};
  }
}

function shown(
  {generation, release, startedAt, readyAt, failed, end}: Run,
  living: readonly GenerationStatus[],
): ReleaseRun {
  const phase = living.find(one => one.generation === generation)?.phase;
  const endedAt = phase === undefined ? (end?.at ?? null) : null;
  return {generation, release, startedAt, readyAt, endedAt, state: stateOf()};

  function stateOf(): ReleaseState {
    // What fails its trial serves on where there is no other.
    if (phase === 'ready' || phase === 'held') return STATES[phase];
    if (failed) return 'failed';
    return phase === undefined ? stateAfter(readyAt, end) : STATES[phase];
  }
}

const STATES = {starting: 'starting', ready: 'serving', held: 'serving', retiring: 'finishing'} as const;

function stateAfter(readyAt: string | null, end: Run['end']): ReleaseState {
  if (readyAt === null) return 'failed';
  return end?.lost ? 'lost' : 'finished';
}
