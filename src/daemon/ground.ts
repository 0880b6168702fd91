/** What all else stands on: where to tell of things, and how to take them back. */
import type {Config} from './config/config.js';
import type {Records} from './daemon-view.js';
import {type Border, createBorder, messageOf} from './faults/border.js';
import {createHistory} from './log/history.js';
import {createLog, holdBack, type Log} from './log/log.js';
import {createLogSink, describeDropped, type LogSink} from './log/sink.js';
import {createCounter} from './metrics/counts.js';
import {createProblems, type Problems} from './problems/problems.js';
import {now, systemNow} from './system/clock.js';
import {createUndo, type Undo} from './system/undo.js';
import {type Manager, openManager} from './systemd/manager.js';
import type {Parts} from './upgrade/parts.js';
import {createRuns} from './workers/release/runs.js';

export type Ground = {
  readonly sink: LogSink;
  readonly log: Log;
  readonly held: ReturnType<typeof holdBack>;
  readonly records: Records;
  readonly problems: Problems;
  readonly border: Border;
  readonly undo: Undo;
  readonly manager: Manager;
};

/**
 * @param alone no other code in this process speaks to the service manager
 * @param former what the former image of this process has handed over
 */
export function layGround(
  {logFormat, logFile, env}: Config,
  alone: boolean,
  former: Pick<Parts, 'history' | 'counter' | 'runs' | 'problems' | 'manager'> | null = null,
): Ground {
  const sink = createLogSink(logFormat, dropped => {
    const subject = dropped.of === 'ssd' ? 'the log' : 'the output of workers';
    problems.raise({code: 'log-lines', subject, cause: describeDropped(dropped)});
  });
  const log = createLog(sink.write);
  const held = holdBack(log, logFile !== null);
  const records: Records = {
    history: createHistory(systemNow, former?.history ?? null),
    counter: createCounter(former?.counter ?? null),
    runs: createRuns(systemNow, former?.runs ?? null),
  };
  const problems = createProblems({
    now,
    timeOfDay: systemNow,
    tell: event => {
      held.log(event);
      records.history.record(event);
      manager.look();
    },
    revived: former?.problems ?? null,
  });
  const border = createBorder(problems.raise, Boolean(process.env.SSD_DEBUG));
  // After a refusal its line is the only one, so this is held back with the rest.
  const undo = createUndo(error => held.log({type: 'clean-up-failed', cause: messageOf(error)}));
  const onPassedOver = (address: string, cause: string) =>
    held.log({type: 'manager-passed-over', address, cause});
  // In a program that uses the library, the service is that program.
  const manager = openManager({
    env: alone ? env : {},
    problems,
    border,
    now,
    onPassedOver,
    revived: former?.manager ?? null,
  });
  undo.add(manager.dispose);
  return {sink, log, held, records, problems, border, undo, manager};
}
