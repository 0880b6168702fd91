import {resolve} from 'node:path';
import type {Config} from '../config/config.js';
import {controlPath} from '../sockets/control-place.js';
import type {Lasting} from './handover.js';

/** What others know an ssd with these options by. */
export function lastingOf(config: Config): Lasting {
  const {name, pidFile, statusFile, metricsFile} = config;
  const at = (path: string | null) => path && resolve(path);
  return {
    name: name.value,
    control: controlPath(config),
    pidFile: at(pidFile),
    statusFile: at(statusFile),
    metricsFile: at(metricsFile),
  };
}
