/** The directories that a service writes to, and which of them systemd makes for it. */
import {dirname, resolve} from 'node:path';
import type {Config} from '../config/config.js';

export type Places = {
  /** By setting: `RuntimeDirectory`, `LogsDirectory` and so on, with names below that directory. */
  readonly made: ReadonlyMap<string, readonly string[]>;
  /** The other directories. They must be there. */
  readonly others: readonly string[];
};

export type Wanted = {
  /** The control socket. */
  readonly control: string;
  /** Where relative paths begin. */
  readonly directory: string;
  /** Whether systemd binds the listeners. */
  readonly socket: boolean;
};

/** The directories that systemd makes and gives to the user of the service (systemd.exec(5), RuntimeDirectory=). */
const MADE = [
  ['RuntimeDirectory', '/run/'],
  ['LogsDirectory', '/var/log/'],
  ['StateDirectory', '/var/lib/'],
  ['CacheDirectory', '/var/cache/'],
] as const;

export function placesOf(config: Config, {control, directory, socket}: Wanted): Places {
  const placeOf = (file: string) => dirname(resolve(directory, file));
  const made = new Map<string, string[]>();
  const others = new Set<string>();
  for (const place of [control, ...ownFiles(config)].map(placeOf)) {
    const [setting, above] = MADE.find(([, prefix]) => place.startsWith(prefix)) ?? [];
    if (setting === undefined) others.add(place);
    else made.set(setting, [...new Set([...(made.get(setting) ?? []), place.slice(above?.length)])]);
  }
  // The directory of the control socket is closed to others, and one setting is for all that systemd makes.
  for (const place of socket ? [] : listenerPaths(config).map(placeOf)) {
    if (place !== placeOf(control)) others.add(place);
  }
  return {made, others: [...others]};
}

/** A log command and a device are not files that are made. */
function ownFiles({pidFile, statusFile, metricsFile, logFile}: Config): string[] {
  const log = logFile !== null && /^\s*\||^\/dev\//.test(logFile) ? null : logFile;
  return [pidFile, statusFile, metricsFile, log].filter(path => path !== null);
}

function listenerPaths({listeners}: Config): string[] {
  return listeners.flatMap(({type, name}) => (type === 'unix' ? [name] : []));
}
