/**
 * The environment of workers, and the settings that an operator can change through it. ssd reads it again before
 * every spawn. So a variable whose envdir file is gone gets the value from ssd's own environment again.
 */
import {closeSync, constants, fstatSync, openSync, readdirSync, readSync} from 'node:fs';
import {join} from 'node:path';
import type {Env} from '../../shared/instance-paths.js';
import {parseDuration} from '../../shared/words/duration.js';
import {causeOf} from '../../shared/words/errors.js';
import type {Tunables} from '../core/types.js';

/** A file or variable that ssd ignores, and why. */
export type Oddity = {readonly subject: string; readonly cause: string};

export type Environment = {
  readonly env: Readonly<Record<string, string>>;
  readonly tunables: Tunables;
  readonly oddities: readonly Oddity[];
};

const MAX_VALUE = 64 * 1024;
const MAX_FILES = 4096;
/**
 * Variables that a service manager or another ssd sets for ssd itself. A worker that used them would speak for all of
 * ssd: `STOPPING=1` from an old worker would make systemd stop the service.
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
 * Reads the files of ENVDIR over `base`, and the tunables from the result. Each file is a variable and its first line
 * the value, as in envdir(8). It ignores dot files, as start_server does. It does not throw: what it cannot read
 * becomes an oddity.
 *
 * @param base ssd's own environment, with the variables that its options set
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

/** The first line of a file, or null if the file is empty. O_NONBLOCK keeps the open of a FIFO from waiting. */
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
  // Perl, and so start_server, reads an empty text as 0.
  if (text === '') return 0;
  const ms = parseDuration(text);
  if (ms === null)
    oddities.push({subject: `${name}=${text}`, cause: 'it is no duration; the default stands'});
  return ms;
}

/** Whether Perl, and so start_server, reads the text as true. */
function isTrue(text: string | undefined): boolean {
  return text !== undefined && text !== '' && text !== '0';
}
