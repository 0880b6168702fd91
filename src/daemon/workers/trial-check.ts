/**
 * `--bake-check=exec=COMMAND`: ssd runs a shell command for the generation that is on trial. The core says when. What
 * the command writes is kept for the verdict, and goes nowhere else.
 *
 * The command leads its own process group, which is killed when the command has ended, its time is up, or the trial has
 * ended.
 */

import type {Ending} from '../../shared/protocol/event.js';
import {formatDuration} from '../../shared/words/duration.js';
import {explain} from '../../shared/words/errno.js';
import {causeOf} from '../../shared/words/errors.js';
import {describeEnding} from '../../shared/words/starts/failed-start.js';
import type {CheckFailure, Effect, Input} from '../core/types.js';
import type {HandedOver} from '../handover/handed-over.js';
import type {Children} from './children.js';
import type {Confinement} from './privileges/confinement.js';
import {startShell} from './privileges/start-shell.js';
import {createRelay, type NewRelay, type Relay, type RelayState, reviveRelay} from './stderr/relay.js';
import {lastLines} from './stderr/tails.js';

export type TrialChecks = {
  /** Remembers with what a generation was started. */
  readonly prepare: (generation: number, setting: Setting, keep: readonly number[]) => void;
  /** Runs the check once. `checked` follows, unless it is ended. It does not throw. */
  readonly run: (order: Extract<Effect, {type: 'check'}>) => void;
  /** Nobody waits for it any more. */
  readonly end: () => void;
  readonly handOver: () => HandedOver<TrialChecksState>;
};

/** A contract with later versions of ssd: names stay, and what is added may be missing. */
export type TrialChecksState = {
  /** With what each generation was started. */
  readonly settings: readonly (Setting & {readonly generation: number})[];
  /** The check that runs. It goes on, because it may do what should not be done twice. */
  readonly running: RunState | null;
};

type RunState = {
  readonly generation: number;
  readonly run: number;
  readonly pid: number;
  readonly timeoutMs: number;
  /** When its time is up. */
  readonly until: number;
  readonly relay: RelayState;
};

/** The environment and the working directory of a worker. */
export type Setting = {
  readonly env: Readonly<Record<string, string>>;
  readonly directory: string | null;
};

type Context = {
  readonly children: Pick<Children, 'spawn' | 'kill' | 'collect' | 'takeBack'>;
  readonly confinement: Confinement;
  readonly now: () => number;
  readonly submit: (input: Input) => void;
};

/** The command, a line for /bin/sh, and how long one run may take. */
export type CheckCommand = {readonly command: string; readonly timeoutMs: number};

/** Of a check that writes more, the beginning is not quoted. */
const OUTPUT_BYTES = 16 * 1024;

/**
 * @param check null: no generation is checked
 * @param revived what a former image of ssd has handed over
 */
export function createTrialChecks(
  check: CheckCommand | null,
  context: Context,
  revived: TrialChecksState | null = null,
): TrialChecks {
  const settings = new Map<number, Setting>();
  for (const {generation, env, directory} of revived?.settings ?? [])
    settings.set(generation, {env, directory});
  let running: Run | null = null;
  const end = () => {
    running?.stop();
    running = null;
  };
  const onEndOf =
    ({generation, run}: Pick<RunState, 'generation' | 'run'>) =>
    (failure: CheckFailure | null) => {
      running = null;
      context.submit({type: 'checked', now: context.now(), generation, run, failure});
    };
  if (revived?.running) running = resume(context, revived.running, onEndOf(revived.running));
  return {
    prepare: (generation, setting, keep) => {
      if (!check) return;
      for (const known of settings.keys()) if (!keep.includes(known)) settings.delete(known);
      settings.set(generation, setting);
    },
    run: order => {
      end();
      if (!check) return;
      const {env, directory} = settings.get(order.generation) ?? {env: {}, directory: null};
      const own = {...env, ...variablesFor(order)};
      running = start(context, {...check, ...order, directory, env: own}, onEndOf(order));
    },
    end,
    handOver: () => {
      const known = [...settings].map(([generation, {env, directory}]) => ({generation, env, directory}));
      const handed = running?.handOver() ?? {state: null, fds: []};
      return {state: {settings: known, running: handed.state}, fds: handed.fds};
    },
  };
}

function variablesFor({generation, old, pid}: Extract<Effect, {type: 'check'}>): Record<string, string> {
  return {
    SSD_WORKER_PID: String(pid),
    SSD_GENERATION: String(generation),
    SSD_OLD_GENERATION: old === null ? '' : String(old),
  };
}

type Run = {readonly stop: () => void; readonly handOver: () => HandedOver<RunState>};
type Named = Pick<RunState, 'generation' | 'run' | 'timeoutMs'>;
type OnEnd = (failure: CheckFailure | null) => void;

function start(context: Context, order: CheckCommand & Setting & Named, onEnd: OnEnd): Run | null {
  const {confinement, now} = context;
  let relay: NewRelay;
  try {
    relay = createRelay(dropped, {kept: OUTPUT_BYTES, owner: confinement.uid, onEnd: () => {}});
  } catch (error) {
    onEnd(notStarted(causeOf(error)));
    return null;
  }
  const watched = watch(context, {relay, ...order}, onEnd);
  const {command, env, directory} = order;
  const started = startShell(context, {
    command,
    env,
    directory,
    descriptors: [
      [0, 0],
      [relay.writeEnd, 1],
      [relay.writeEnd, 2],
    ],
    ...watched.callbacks,
  });
  relay.onSpawned();
  if ('pid' in started) return watched.limit(started.pid, now() + order.timeoutMs);
  watched.over(notStarted(started.cause).cause);
  return null;
}

/** Its end, if that has come, is told in a later turn. */
function resume(context: Context, state: RunState, onEnd: OnEnd): Run {
  const relay = reviveRelay(dropped, state.relay, () => {});
  const {generation, run, timeoutMs, pid, until} = state;
  const watched = watch(context, {relay, generation, run, timeoutMs}, onEnd);
  const limited = watched.limit(pid, until);
  context.children.takeBack(pid, watched.callbacks);
  return limited;
}

/** It is only remembered. */
function dropped(data: Buffer): number {
  return data.length;
}

/** What follows on the end of a run, or of its time. */
function watch({children, now}: Context, watched: Named & {readonly relay: Relay}, onEnd: OnEnd) {
  const {generation, run, timeoutMs, relay} = watched;
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  let known: number | null = null;
  const over = (cause: string | null) => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    const output = cause === null ? [] : lastLines(relay.text());
    relay.close();
    onEnd(cause === null ? null : {cause, output});
  };
  const limit = (pid: number, until: number): Run => {
    known = pid;
    const stop = () => {
      isOver = true;
      clearTimeout(timer);
      children.kill(pid);
      relay.close();
    };
    const onTime = () => {
      // An exit that happened counts before a time that is up.
      children.collect();
      if (!isOver) children.kill(pid);
      over(`took longer than ${formatDuration(timeoutMs)}`);
    };
    timer = setTimeout(onTime, Math.max(0, until - now()));
    const handOver = () => {
      const {state, fds} = relay.handOver();
      return {state: {generation, run, timeoutMs, pid, until, relay: state}, fds};
    };
    return {stop, handOver};
  };
  const callbacks = {
    onExit: (ending: Ending) => over(verdictOn(ending)),
    // What it leaves behind would add up: there is a run each second.
    onLeaderEnd: (ending: Ending) => {
      if (known !== null) children.kill(known);
      over(verdictOn(ending));
    },
  };
  return {over, limit, callbacks};
}

/** Why a check has failed that ended so, or null. */
function verdictOn(ending: Ending): string | null {
  return ending.type === 'exited' && ending.code === 0 ? null : describeEnding(ending);
}

function notStarted(cause: string): CheckFailure {
  return {cause: `cannot be started: ${explain(cause)}`, output: []};
}
