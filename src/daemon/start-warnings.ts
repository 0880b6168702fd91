/** What to tell the person who starts ssd, beside the log: with `--daemonize` the log is a file. */
import {describeProblem} from '../shared/words/describe-problem.js';
import type {Config} from './config/config.js';
import {warnOfNoListener} from './config/no-listener.js';
import type {LogSink} from './log/sink.js';
import type {Problems} from './problems/problems.js';

export function logNoListener(config: Config, sink: LogSink): void {
  const text = warnOfNoListener(config);
  if (text !== null) sink.write({event: 'no-listener', text, fields: {}});
}

/** The warnings that the log has so far, without the time. */
export function startWarnings(config: Config, problems: Problems): readonly string[] {
  const lasting = problems.list().map(problem => `warning: ${describeProblem(problem)}`);
  return [...lasting, warnOfNoListener(config)].filter(text => text !== null);
}
