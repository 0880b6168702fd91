/** What to tell the person who starts ssd, beside the log: with `--daemonize` the log is a file. */
import {describeProblem} from '../../shared/words/describe-problem.js';
import {warnOfNoListener} from '../config/advice/no-listener.js';
import type {Config} from '../config/config.js';
import type {LogSink} from '../log/sink.js';
import type {Problems} from '../problems/problems.js';
import type {Listener} from '../sockets/listener.js';

export function logNoListener(config: Config, listeners: readonly Listener[], sink: LogSink): void {
  const text = warnOfNoListener(config, listeners);
  if (text !== null) sink.write({event: 'no-listener', text, fields: {}});
}

/** The warnings that the log has so far, without the time. */
export function startWarnings(
  config: Config,
  listeners: readonly Listener[],
  problems: Problems,
): readonly string[] {
  const lasting = problems.list().map(problem => `warning: ${describeProblem(problem)}`);
  return [...lasting, warnOfNoListener(config, listeners)].filter(text => text !== null);
}
