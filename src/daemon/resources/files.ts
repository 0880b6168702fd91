/** The resources that are files: the pid file, the status file, the metrics file and the log target. */
import type {Ending} from '../../shared/protocol/event.js';
import {describeEnding} from '../../shared/words/wording.js';
import {checkPidFile, takePidFile} from '../files/pid-file.js';
import {prepareReplacedFile} from '../files/replaced-file.js';
import {prepareStatusFile} from '../files/status-file.js';
import {checkLogTarget, openLogTarget} from '../log/target.js';
import type {Resource} from './resource.js';

export const pidFile = at('pidFile', {
  make: (path, {undo}) => undo.add(takePidFile(path)),
  check: (path, {running}) => checkPidFile(path, running?.pid ?? null),
});

export const statusFile = at('statusFile', {
  make: (path, {undo}) => {
    const file = prepareStatusFile(path);
    undo.add(file.remove);
    return {path, file};
  },
  check: prepareStatusFile,
});

/** The file is written only once ssd is up. Its writer (`keepMetrics`) also adds its removal to `undo`. */
export const metricsFile = at('metricsFile', {
  make: path => ({path, file: prepareReplacedFile(path, 'metrics file')}),
  check: path => prepareReplacedFile(path, 'metrics file'),
});

export const logTarget = at('logFile', {
  make: (path, {problems, undo, sink, background, children}) => {
    const target = openLogTarget(path, {
      children,
      background,
      onCommandEnd: (ending, lostBytes) =>
        problems.raise({code: 'log-command', subject: path, cause: describeCommandEnd(ending, lostBytes)}),
      onCommandLives: () => problems.solve('log-command', path),
    });
    undo.add(target.close);
    const redirection = target.redirect();
    sink.reopen();
    undo.add(() => {
      redirection.restore();
      sink.reopen();
    });
    return {...target, redirection};
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

function describeCommandEnd(ending: Ending, lostBytes: number): string {
  const lost = lostBytes > 0 ? `; ${lostBytes} bytes that it had not read are lost` : '';
  return `${describeEnding(ending)}; it is started again${lost}`;
}
