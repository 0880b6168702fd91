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
import type {Children} from './children.js';
import type {Confinement} from './privileges/confinement.js';
import {startShell} from './privileges/start-shell.js';
import {createRelay, type Relay} from './stderr/relay.js';
import {lastLines} from './stderr/tails.js';

export type TrialChecks = {
  /** Remembers with what a generation was started. */
  readonly prepare: (generation: number, setting: Setting, keep: readonly number[]) => void;
  /** Runs the check once. `checked` follows, unless it is ended. It does not throw. */
  readonly run: (order: Extract<Effect, {type: 'check'}>) => void;
  /** Nobody waits for it any more. */
  readonly end: () => void;
};

/** The environment and the working directory of a worker. */
export type Setting = {
  readonly env: Readonly<Record<string, string>>;
  readonly directory: string | null;
};

type Context = {
  readonly children: Pick<Children, 'spawn' | 'kill' | 'collect'>;
  readonly confinement: Confinement;
  readonly now: () => number;
  readonly submit: (input: Input) => void;
};

/** The command, a line for /bin/sh, and how long one run may take. */
export type CheckCommand = {readonly command: string; readonly timeoutMs: number};

/** Of a check that writes more, the beginning is not quoted. */
const OUTPUT_BYTES = 16 * 1024;

/** @param check null: no generation is checked */
export function createTrialChecks(check: CheckCommand | null, context: Context): TrialChecks {
  const settings = new Map<number, Setting>();
  let running: Run | null = null;
  const end = () => {
    running?.stop();
    running = null;
  };
  return {
    prepare: (generation, setting, keep) => {
      if (!check) return;
      for (const known of settings.keys()) if (!keep.includes(known)) settings.delete(known);
      settings.set(generation, setting);
    },
    run: order => {
      end();
      if (!check) return;
      const {generation, run} = order;
      const onEnd = (failure: CheckFailure | null) => {
        running = null;
        context.submit({type: 'checked', now: context.now(), generation, run, failure});
      };
      const {env, directory} = settings.get(generation) ?? {env: {}, directory: null};
      running = start(context, {...check, directory, env: {...env, ...variablesFor(order)}}, onEnd);
    },
    end,
  };
}

function variablesFor({generation, old, pid}: Extract<Effect, {type: 'check'}>): Record<string, string> {
  return {
    SSD_WORKER_PID: String(pid),
    SSD_GENERATION: String(generation),
    SSD_OLD_GENERATION: old === null ? '' : String(old),
  };
}

type Run = {readonly stop: () => void};

function start(
  context: Context,
  {command, timeoutMs, env, directory}: CheckCommand & Setting,
  onEnd: (failure: CheckFailure | null) => void,
): Run | null {
  const {children, confinement} = context;
  let relay: Relay;
  try {
    relay = createRelay(data => data.length, {kept: OUTPUT_BYTES, owner: confinement.uid, onEnd: () => {}});
  } catch (error) {
    onEnd(notStarted(causeOf(error)));
    return null;
  }
  let isOver = false;
  const over = (cause: string | null) => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    const output = cause === null ? [] : lastLines(relay.text());
    relay.close();
    onEnd(cause === null ? null : {cause, output});
  };
  const started = startShell(context, {
    command,
    env,
    directory,
    descriptors: [
      [0, 0],
      [relay.writeEnd, 1],
      [relay.writeEnd, 2],
    ],
    onExit: ending => over(verdictOn(ending)),
    // What it leaves behind would add up: there is a run each second.
    onLeaderEnd: ending => {
      if ('pid' in started) children.kill(started.pid);
      over(verdictOn(ending));
    },
  });
  relay.onSpawned();
  const timer = setTimeout(() => {
    // An exit that happened counts before a time that is up.
    children.collect();
    if ('pid' in started && !isOver) children.kill(started.pid);
    over(`took longer than ${formatDuration(timeoutMs)}`);
  }, timeoutMs);
  if ('cause' in started) {
    over(notStarted(started.cause).cause);
    return null;
  }
  const stop = () => {
    isOver = true;
    clearTimeout(timer);
    children.kill(started.pid);
    relay.close();
  };
  return {stop};
}

/** Why a check has failed that ended so, or null. */
function verdictOn(ending: Ending): string | null {
  return ending.type === 'exited' && ending.code === 0 ? null : describeEnding(ending);
}

function notStarted(cause: string): CheckFailure {
  return {cause: `cannot be started: ${explain(cause)}`, output: []};
}
