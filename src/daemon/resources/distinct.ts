/** Checks that no two options name the same path. */
import {statePath} from '../../shared/state/state.js';
import type {Config} from '../config/config.js';
import {checkDistinct, type NamedPath} from '../files/distinct-paths.js';
import {isCommand} from '../log/command-line.js';
import {controlPath} from '../sockets/control-place.js';
import {isAbstract} from '../system/unix/abstract.js';

/** @throws {Refusal} `path-shared` */
export function checkPaths(config: Config): void {
  const {configFile, pidFile, statusFile, metricsFile, logFile, http, listeners} = config;
  const files: readonly (readonly [string, string | null])[] = [
    ['--config', configFile],
    ['--pid-file', pidFile],
    ['--status-file', statusFile],
    ['--metrics-file', metricsFile],
    ['--log-file', logFile === null || isCommand(logFile) ? null : logFile],
    ['--control', controlPath(config)],
    ['--http', http?.type === 'unix' ? http.path : null],
    // The state file is beside it.
    ['--control', statePath(controlPath(config))],
  ];
  const named = files.flatMap(([option, path]): NamedPath[] => (path === null ? [] : [{option, path}]));
  const paths = listeners
    .filter(({type, name}) => type === 'unix' && !isAbstract(name))
    .map(({name}) => ({option: '--path', path: name}));
  checkDistinct([...named, ...paths]);
}
