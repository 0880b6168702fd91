/**
 * The environment of workers, and the settings that an operator can change through it. ssd reads it again before
 * every spawn. So a variable whose envdir file is gone gets the value from ssd's own environment again.
 *
 * A variable that exists but cannot be read is another matter: the server might start without its secret. Such an
 * environment is `unreadable`, and no generation starts with it.
 */
import {constants, fstatSync, lstatSync, openSync, readdirSync, readSync} from 'node:fs';
import {join} from 'node:path';
import type {Env} from '../../shared/instance-paths.js';
import {NODE_LINKS} from '../../shared/node-variables.js';
import {parseDuration} from '../../shared/words/duration.js';
import {explain} from '../../shared/words/errno.js';
import {causeOf, Refusal} from '../../shared/words/errors.js';
import type {Tunables} from '../core/types.js';
import type {HandedOver} from '../handover/handed-over.js';
import {closeQuietly} from '../system/close-quietly.js';
import {inPlace, openInPlace} from '../system/place.js';
import {MANAGER_VARIABLES} from '../systemd/variables.js';

/** A file or variable that ssd ignores, and why. */
export type Oddity = {readonly subject: string; readonly cause: string};

export type Environment = {
  readonly env: Readonly<Record<string, string>>;
  readonly tunables: Tunables;
  readonly oddities: readonly Oddity[];
  /** What keeps it from being complete, or null. */
  readonly unreadable: Oddity | null;
};

export type EnvironmentReader = {
  /** Reads it now. */
  readonly read: () => Environment;
  /** The last complete one. If there was none, it is read now. */
  readonly last: () => Environment;
  readonly handOver: () => HandedOver<EnvironmentState>;
};

/** A contract with later versions of ssd: names stay, and what is added may be missing. */
export type EnvironmentState = {
  /** The envdir has existed. */
  readonly wasThere: boolean;
  readonly last: Environment | null;
};

const MAX_VALUE = 64 * 1024;
const MAX_FILES = 4096;
/**
 * Variables that a service manager or another ssd sets for ssd itself. A worker that used them would speak for all of
 * ssd: `STOPPING=1` from an old worker would make systemd stop the service.
 */
const PRIVATE = new Set([
  ...MANAGER_VARIABLES,
  'LISTEN_PID',
  'LISTEN_PIDFDID',
  'LISTEN_FDS',
  'LISTEN_FDNAMES',
  'SSD_READY_FD',
  'SSD_NOTIFY',
  ...NODE_LINKS,
]);
const DEFAULT_AUTO_RESTART_MS = 360_000;
const DEFAULT_DELAY_WITH_AUTO_RESTART_MS = 5000;

/**
 * Reads the files of ENVDIR over `base`, and the tunables from the result. Each file is a variable and its first line
 * the value, as in envdir(8). It ignores dot files, as start_server does. It does not throw.
 *
 * A missing envdir is only odd as long as it has never existed, because it may appear later.
 *
 * @param base ssd's own environment, with the variables that its options set
 * @param revived what a former image of ssd has handed over
 */
export function createEnvironmentReader(
  base: Env,
  revived: EnvironmentState | null = null,
): EnvironmentReader {
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(base)) {
    if (value !== undefined && !PRIVATE.has(name)) own[name] = value;
  }
  let {wasThere, last} = revived ?? {wasThere: false, last: null};
  const read = (): Environment => {
    const oddities: Oddity[] = [];
    const found = base.ENVDIR ? readEnvdir(base.ENVDIR, oddities, wasThere) : NOTHING;
    wasThere ||= found.isThere;
    const env = {...own, ...found.variables};
    const {unreadable} = found;
    const environment = {env, tunables: readTunables(env, oddities), oddities, unreadable};
    if (!unreadable) last = environment;
    return environment;
  };
  return {read, last: () => last ?? read(), handOver: () => ({state: {wasThere, last}, fds: []})};
}

type Found = {
  readonly variables: Readonly<Record<string, string>>;
  readonly unreadable: Oddity | null;
  readonly isThere: boolean;
};

const NOTHING: Found = {variables: {}, unreadable: null, isThere: false};

function readEnvdir(directory: string, oddities: Oddity[], wasThere: boolean): Found {
  try {
    return inPlace(`${directory}/.`, at => readFiles({directory, at}, oddities));
  } catch (error) {
    const missing = {subject: `envdir ${directory}`, cause: causeOf(error)};
    if (missing.cause !== 'ENOENT' || wasThere) return {...NOTHING, unreadable: missing};
    oddities.push(missing);
    return NOTHING;
  }
}

/** An envdir, and the path through which it is held open. */
type Envdir = {readonly directory: string; readonly at: string};

function readFiles(envdir: Envdir, oddities: Oddity[]): Found {
  const {directory, at} = envdir;
  const subject = `envdir ${directory}`;
  const variables: Record<string, string> = {};
  const names = readdirSync(at).filter(name => !name.startsWith('.'));
  if (names.length > MAX_FILES) {
    const cause = `it has ${names.length} files, and at most ${MAX_FILES} are read`;
    return {variables, unreadable: {subject, cause}, isThere: true};
  }
  let unreadable: Oddity | null = null;
  for (const name of names.sort()) {
    const value = name.includes('=') ? {odd: 'a name cannot contain "="'} : readValue(envdir, name);
    const file = `envdir file ${join(directory, name)}`;
    if (value === null) continue;
    if (typeof value === 'string') variables[name] = value;
    else if ('odd' in value) oddities.push({subject: file, cause: value.odd});
    else unreadable ??= {subject: file, cause: value.unreadable};
  }
  return {variables, unreadable, isThere: true};
}

type Value = string | {readonly odd: string} | {readonly unreadable: string};

/** The first line of a file, or null if the file is empty. O_NONBLOCK keeps the open of a FIFO from waiting. */
function readValue(envdir: Envdir, name: string): Value | null {
  let fd = -1;
  try {
    fd = openIn(envdir, name);
    if (!fstatSync(fd).isFile()) return {odd: 'it is not a regular file'};
    const buffer = Buffer.alloc(MAX_VALUE);
    const content = buffer.subarray(0, readSync(fd, buffer));
    if (content.length === 0) return null;
    const newline = content.indexOf(10);
    if (newline === -1 && content.length === MAX_VALUE)
      return {unreadable: `its first line is longer than ${MAX_VALUE} bytes`};
    const line = newline === -1 ? content : content.subarray(0, newline);
    return line.includes(0) ? {unreadable: 'it contains a NUL byte'} : line.toString();
  } catch (error) {
    // Removed since the directory was read, which is not the same as a link that leads nowhere.
    if (causeOf(error) === 'ENOENT' && !lstatSync(join(envdir.at, name), {throwIfNoEntry: false}))
      return null;
    return {unreadable: causeOf(error)};
  } finally {
    if (fd !== -1) closeQuietly(fd);
  }
}

/** Follows a link only if nobody else can have made it. */
function openIn({directory, at}: Envdir, name: string): number {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  try {
    return openSync(join(at, name), flags | constants.O_NOFOLLOW);
  } catch (error) {
    if (causeOf(error) !== 'ELOOP') throw error;
    return openInPlace(join(directory, name), flags);
  }
}

function readTunables(env: Env, oddities: Oddity[]): Tunables {
  const enabled = isTrue(env.ENABLE_AUTO_RESTART);
  const interval = durationIn(env, 'AUTO_RESTART_INTERVAL', oddities);
  const delay = durationIn(env, 'KILL_OLD_DELAY', oddities);
  return {
    autoRestartMs: enabled ? interval || DEFAULT_AUTO_RESTART_MS : null,
    killOldDelayMs: delay ?? (enabled ? DEFAULT_DELAY_WITH_AUTO_RESTART_MS : 0),
  };
}

function durationIn(env: Env, name: string, oddities: Oddity[]): number | null {
  const text = env[name];
  if (text === undefined) return null;
  // Perl, and so start_server, reads an empty text as 0.
  if (text === '') return 0;
  const ms = parseDuration(text);
  if (ms === null)
    oddities.push({subject: `${name}=${text}`, cause: 'it is not a duration; the default is used'});
  return ms;
}

/** Whether Perl, and so start_server, reads the text as true. */
function isTrue(text: string | undefined): boolean {
  return text !== undefined && text !== '' && text !== '0';
}

/** Why a generation cannot start with this environment. */
export function describeUnreadable({subject, cause}: Oddity): string {
  return `cannot read ${subject}: ${explain(cause)}`;
}

/** @throws {Refusal} `environment-unreadable` */
export function demandReadable(environment: Environment): Environment {
  if (environment.unreadable) throw new Refusal({code: 'environment-unreadable', ...environment.unreadable});
  return environment;
}
