/** The fate of one worker. */
import type {Fact} from './agenda.js';
import type {Address} from './story.js';

export type Fate = {
  /** How long the spawn takes to be reported. */
  readonly spawnMs: number;
  /** The cause if the spawn fails; null: it succeeds. */
  readonly cause: string | null;
  /** How long it lives if nobody signals it; null: for ever. */
  readonly livesMs: number | null;
  /** When it says that it is ready, counted from the spawn; null: never. Only where readiness is by signal. */
  readonly readyMs: number | null;
  /** How often it says so at that moment. */
  readonly readies: number;
  /** When it closes its readiness descriptor; null: never. */
  readonly closesMs: number | null;
  /** How long it goes on after the first signal; null: only a kill ends it. */
  readonly lingersMs: number | null;
  /** How many kills it takes. */
  readonly kills: number;
  /** How long it takes to die of the last one. */
  readonly killedMs: number;
  /** Its reports, or its end, may come once more after its end. */
  readonly echoes: boolean;
  /** How long the rest of its group lives on when it is signalled; `stays`: only a kill ends it; null: there is no rest. */
  readonly remains: number | 'stays' | null;
  /** Which signals ssd may not send to it: those that tell it to finish, or SIGKILL too. */
  readonly refuses: 'tell' | 'all' | null;
};

export const HEALTHY: Fate = {
  spawnMs: 0,
  cause: null,
  livesMs: null,
  readyMs: 100,
  readies: 1,
  closesMs: null,
  lingersMs: 0,
  kills: 1,
  killedMs: 0,
  echoes: false,
  remains: null,
  refuses: null,
};
export const DIES_AT_ONCE: Fate = {...HEALTHY, livesMs: 0};
export const DIES_EARLY: Fate = {...HEALTHY, livesMs: 10};
export const SLOW_TO_FINISH: Fate = {...HEALTHY, lingersMs: 4000};
export const NEVER_READY: Fate = {...HEALTHY, readyMs: null};
export const IGNORES_SIGNALS: Fate = {...HEALTHY, lingersMs: null};

export const LEAVES_A_SERVER: Fate = {...HEALTHY, remains: 700};
export const REFUSES_ALL: Fate = {...HEALTHY, refuses: 'all'};

export function notSpawned(cause: string): Fate {
  return {...HEALTHY, cause};
}

/** What becomes of a worker whose release is not there. */
export const NO_RELEASE: Partial<Fate> = {spawnMs: 0, cause: 'ENOENT'};

/** The reports of such a worker while nobody signals it. */
export function factsOf(
  {spawnMs, cause, livesMs, readyMs, readies, closesMs}: Fate,
  {generation, worker, pid, says}: Address & {readonly pid: number; readonly says: boolean},
): readonly {readonly inMs: number; readonly fact: Fact}[] {
  const address = {generation, worker};
  if (cause !== null) return [{inMs: spawnMs, fact: {type: 'spawn-failed', ...address, cause}}];
  const ready = {inMs: spawnMs + (readyMs ?? 0), fact: {type: 'ready', ...address}} as const;
  const closed = {inMs: spawnMs + (closesMs ?? 0), fact: {type: 'unready', ...address}} as const;
  return [
    {inMs: spawnMs, fact: {type: 'spawned', ...address, pid}},
    ...(says && readyMs !== null ? Array.from({length: readies}, () => ready) : []),
    ...(says && closesMs !== null ? [closed] : []),
    ...(livesMs === null ? [] : [{inMs: spawnMs + livesMs, fact: exitOf(address, 1)}]),
  ];
}

export function exitOf(address: Address, code: number): Fact {
  return {type: 'exited', ...address, ending: {type: 'exited', code}, hint: null};
}
