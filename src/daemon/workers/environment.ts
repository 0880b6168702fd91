/**
 * The environment of workers, and what an operator can tune by it: read again before every spawn, so that a
 * variable whose envdir file is gone has what ssd's own environment says again.
 */
import {closeSync, constants, fstatSync, openSync, readdirSync, readSync} from 'node:fs';
import {join} from 'node:path';
import type {Env} from '../../shared/instance-paths.js';
import {parseDuration} from '../../shared/words/duration.js';
import {causeOf} from '../../shared/words/errors.js';
import type {Tunables} from '../core/types.js';

/** Something odd that is passed over: which file or variable, and why. */
export type Oddity = {readonly subject: string; readonly cause: string};

export type Environment = {
  readonly env: Readonly<Record<string, string>>;
  readonly tunables: Tunables;
  readonly oddities: readonly Oddity[];
};

const MAX_VALUE = 64 * 1024;
const MAX_FILES = 4096;
/**
 * What a service manager says to ssd itself. A worker that answered would speak for all of ssd: an old one's
 * `STOPPING=1` would have systemd stop the service.
 */
const PRIVATE = new Set([
  'NOTIFY_SOCKET',
  'WATCHDOG_PID',
  'WATCHDOG_USEC',
  'LISTEN_PID',
  'LISTEN_PIDFDID',
  'LISTEN_FDS',
  'LISTEN_FDNAMES',
  'SSD_READY_FD',
]);
const DEFAULT_AUTO_RESTART_MS = 360_000;
const DEFAULT_DELAY_WITH_AUTO_RESTART_MS = 5000;

/**
 * Reads ENVDIR (envdir(8) as start_server has it: a file a variable, its first line the value, dot files left
 * out) over `base`, and the tunables from the result.
 *
 * @param base ssd's own environment, with what its options set
 */
export function readEnvironment(base: Env): Environment {
  const oddities: Oddity[] = [];
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(base)) {
    if (value !== undefined && !PRIVATE.has(name)) env[name] = value;
  }
  if (base.ENVDIR) Object.assign(env, readEnvdir(base.ENVDIR, oddities));
  return {env, tunables: readTunables(env, oddities), oddities};
}

function readEnvdir(directory: string, oddities: Oddity[]): Record<string, string> {
  const found: Record<string, string> = {};
  let names: string[];
  try {
    names = readdirSync(directory).filter(name => !name.startsWith('.'));
  } catch (error) {
    oddities.push({subject: `envdir ${directory}`, cause: causeOf(error)});
    return found;
  }
  if (names.length > MAX_FILES) {
    oddities.push({
      subject: `envdir ${directory}`,
      cause: `only the first ${MAX_FILES} of its files are read`,
    });
  }
  for (const name of names.sort().slice(0, MAX_FILES)) {
    const path = join(directory, name);
    const value = name.includes('=') ? {problem: 'a name cannot have "=" in it'} : readValue(path);
    if (value === null) continue;
    if (typeof value === 'string') found[name] = value;
    else oddities.push({subject: `envdir file ${path}`, cause: value.problem});
  }
  return found;
}

/** The first line of a file, or null when it is empty. Never blocks: a FIFO is not opened for waiting. */
function readValue(path: string): string | null | {readonly problem: string} {
  let fd = -1;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!fstatSync(fd).isFile()) return {problem: 'it is not a regular file'};
    const buffer = Buffer.alloc(MAX_VALUE);
    const content = buffer.subarray(0, readSync(fd, buffer));
    if (content.length === 0) return null;
    const newline = content.indexOf(10);
    if (newline === -1 && content.length === MAX_VALUE)
      return {problem: `its first line is over ${MAX_VALUE} bytes`};
    const line = newline === -1 ? content : content.subarray(0, newline);
    return line.includes(0) ? {problem: 'it has a NUL byte'} : line.toString();
  } catch (error) {
    return {problem: causeOf(error)};
  } finally {
    if (fd !== -1) closeSync(fd);
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
  // Perl takes an empty text for the number 0, and so does start_server.
  if (text === '') return 0;
  const ms = parseDuration(text);
  if (ms === null)
    oddities.push({subject: `${name}=${text}`, cause: 'it is no duration; the default stands'});
  return ms;
}

/** What Perl, and so start_server, takes for true. */
function isTrue(text: string | undefined): boolean {
  return text !== undefined && text !== '' && text !== '0';
}
