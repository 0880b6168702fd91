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
  /** The name of the service. */
  readonly name: string;
  /** The control socket. */
  readonly control: string;
  /** Where relative paths begin. */
  readonly directory: string;
  /** Whether systemd binds the listeners. */
  readonly socket: boolean;
};

/**
 * The directories that systemd makes and gives to the user of the service (systemd.exec(5), RuntimeDirectory=). Only one that
 * is named after the service is its own: systemd changes the mode and the owner of one that is there, and removes it in /run.
 */
const MADE = [
  ['RuntimeDirectory', '/run/'],
  ['LogsDirectory', '/var/log/'],
  ['StateDirectory', '/var/lib/'],
  ['CacheDirectory', '/var/cache/'],
] as const;

export function placesOf(config: Config, {name, control, directory, socket}: Wanted): Places {
  const placeOf = (file: string) => dirname(resolve(directory, file));
  const made = new Map<string, string[]>();
  const others = new Set<string>();
  const files = [control, ...ownFiles(config), ...(socket ? [] : unixPaths(config))];
  for (const place of files.map(placeOf)) {
    const [setting, above] = MADE.find(([, prefix]) => isOwn(place, prefix, name)) ?? [];
    if (setting === undefined) others.add(place);
    else made.set(setting, [...(made.get(setting) ?? []), place.slice(above?.length)]);
  }
  return {
    made: new Map([...made].map(([setting, names]) => [setting, outermost(names)])),
    others: [...others],
  };
}

/** What is inside another one, ssd makes itself. */
function outermost(names: readonly string[]): readonly string[] {
  return [...new Set(names)].filter(name => !names.some(other => name.startsWith(`${other}/`)));
}

function isOwn(place: string, prefix: string, name: string): boolean {
  return [name, `${name}${APART}`].some(own => `${place}/`.startsWith(`${prefix}${own}/`));
}

/** For a directory of the control socket alone. */
const APART = '-ssd';

/**
 * Where the control socket is, if no option says so. Its directory is closed to others, and systemd removes what it has made
 * when the service stops. So it is another one than that of a socket which others are to reach.
 */
export function controlPlace(config: Config, {name, directory, socket}: Omit<Wanted, 'control'>): string {
  const own = `/run/${name}`;
  const isThere = (path: string) => dirname(resolve(directory, path)) === own;
  const hasHttp = publicHttp(config).some(isThere);
  if (!hasHttp && !unixPaths(config).some(isThere)) return `${own}/control`;
  return socket && !hasHttp ? `${own}${APART}/control` : `${own}/ssd/control`;
}

/** A log command and a device are not files that are made. */
function ownFiles({pidFile, statusFile, metricsFile, http, logFile}: Config): string[] {
  const log = logFile !== null && /^\s*\||^\/dev\//.test(logFile) ? null : logFile;
  const socket = http?.type === 'unix' ? http.path : null;
  return [pidFile, statusFile, metricsFile, socket, log].filter(path => path !== null);
}

function publicHttp({http}: Config): string[] {
  return http?.type === 'unix' && http.isPublic ? [http.path] : [];
}

export function unixPaths({listeners}: Config): string[] {
  return listeners.flatMap(({type, name}) => (type === 'unix' ? [name] : []));
}
