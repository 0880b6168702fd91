/** The resources that are files: the pid file, the status file, the metrics file and the log target. */
import type {Ending} from '../../shared/protocol/event.js';
import {MADE_AGAIN} from '../../shared/words/describe-problem.js';
import {causeOf, Refusal} from '../../shared/words/errors.js';
import {describeEnding} from '../../shared/words/starts/failed-start.js';
import type {StatusLine} from '../core/types.js';
import {guardPath} from '../files/guard-path.js';
import {checkPidFile, takePidFile} from '../files/pid-file.js';
import {checkReplaceable} from '../files/replaceable.js';
import {prepareReplacedFile, type ReplacedFile} from '../files/replaced-file.js';
import {prepareStatusFile} from '../files/status-file.js';
import {watchPlace} from '../log/log-place.js';
import {checkLogTarget, openLogTarget} from '../log/target.js';
import {now} from '../system/clock.js';
import type {Resource} from './resource.js';

export const pidFile = at('pidFile', {
  make: (path, {problems, undo, former}) => {
    const file = takePidFile(path, former?.resources.pidFile);
    undo.add(file.release);
    const problem = {code: 'pid-file', subject: path} as const;
    const guard = guardPath<string>({
      path: () => path,
      isThere: file.isThere,
      putBack: () => causeIfRefused(file.takeAgain),
      onBack: () => {
        problems.raise({...problem, cause: MADE_AGAIN});
        problems.solve(problem.code, problem.subject);
      },
      onThere: () => problems.solve(problem.code, problem.subject),
      onFailed: cause => problems.raise({...problem, cause}),
    });
    undo.add(guard.dispose);
    // The former image may have ended before it saw that.
    if (former && file.isThere()) problems.solve(problem.code, problem.subject);
    return {look: guard.look, handOver: file.handOver};
  },
  check: (path, {running}) => checkPidFile(path, running?.pid ?? null),
});

export const statusFile = at('statusFile', {
  make: (path, {problems, undo}) => {
    checkReplaceable(path, 'status file');
    const file = prepareStatusFile(path);
    undo.add(file.remove);
    /** What is in the file may be old, wherever it is. */
    let unsaved = false;
    const solve = () => problems.solve('status-file', path);
    const guard = guardPath<string>({
      path: () => path,
      isThere: () => !unsaved && file.isThere(),
      putBack: file.saveAgain,
      onBack: () => {
        if (!unsaved) problems.raise({code: 'status-file', subject: path, cause: MADE_AGAIN});
        unsaved = false;
        solve();
      },
      onThere: solve,
      onFailed: cause => {
        unsaved = true;
        problems.raise({code: 'status-file', subject: path, cause});
      },
    });
    undo.add(guard.dispose);
    const save = (lines: readonly StatusLine[]) => {
      const cause = file.save(lines);
      unsaved = cause !== null;
      guard.rearm();
      return cause;
    };
    return {path, file: {save}, look: guard.look};
  },
  check: path => {
    checkReplaceable(path, 'status file');
    prepareStatusFile(path);
  },
});

/** The file is written only once ssd is up. Its writer (`keepMetrics`) also adds its removal to `undo`. */
export const metricsFile = at('metricsFile', {
  make: path => ({path, file: prepareMetricsFile(path)}),
  check: prepareMetricsFile,
});

export const logTarget = at('logFile', {
  make: (path, {problems, undo, sink, background, children, former}) => {
    const options = {
      children,
      background,
      onCommandEnd: (ending: Ending, lostBytes: number) =>
        problems.raise({code: 'log-command', subject: path, cause: describeCommandEnd(ending, lostBytes)}),
      onCommandLives: () => problems.solve('log-command', path),
    };
    const target = openLogTarget(path, options, former?.resources.logTarget);
    undo.add(target.close);
    const redirection = target.redirect();
    sink.reopen();
    undo.add(() => {
      redirection.restore();
      sink.reopen();
    });
    const subject = target.path ?? path;
    const {look, dispose} = watchPlace({
      place: target.place,
      now,
      onGone: cause => problems.raise({code: 'log-file', subject, cause}),
      onThere: () => problems.solve('log-file', subject),
    });
    undo.add(dispose);
    return {...target, redirection, look};
  },
  check: checkLogTarget,
});

type Option = 'pidFile' | 'statusFile' | 'metricsFile' | 'logFile';

/** A resource that exists only where its option is given. */
function at<Made>(option: Option, {make, check}: Resource<Made, string>): Resource<Made | null> {
  return {
    make: ({[option]: path}, context) => (path === null ? null : make(path, context)),
    check: ({[option]: path}, context) => (path === null ? null : check(path, context)),
  };
}

function prepareMetricsFile(path: string): ReplacedFile {
  checkReplaceable(path, 'metrics file');
  return prepareReplacedFile(path, 'metrics file');
}

/** Like `causeIfFails`, but a refusal says its own cause. */
function causeIfRefused(act: () => void): string | null {
  try {
    act();
    return null;
  } catch (error) {
    const failure = error instanceof Refusal ? error.failure : null;
    if (failure?.code === 'pid-file-locked') return 'another process has it';
    return failure && 'cause' in failure ? String(failure.cause) : causeOf(error);
  }
}

function describeCommandEnd(ending: Ending, lostBytes: number): string {
  const lost = lostBytes > 0 ? `; ${lostBytes} bytes that it had not read are lost` : '';
  return `${describeEnding(ending)}${meaningOf(ending)}; it is started again${lost}`;
}

/** What a shell means by these exit statuses (sh(1)). A command of nothing, such as a variable that is not set, ends with 0. */
function meaningOf(ending: Ending): string {
  if (ending.type !== 'exited') return '';
  const {code} = ending;
  if (code === 0) return ' (it has to read until its input ends)';
  if (code === 127) return ' (there is no such command)';
  return code === 126 ? ' (the command cannot be executed)' : '';
}
