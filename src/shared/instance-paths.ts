/** Where the control sockets of instances are; ssctl(8) lists the places. */
import {accessSync, constants, statSync} from 'node:fs';
import {join} from 'node:path';

export type Env = Readonly<Record<string, string | undefined>>;

/** What the name of a state file has behind that of the control socket. */
export const STATE_SUFFIX = '.state';

/** The longest path of a unix socket, in bytes: 108 with its final NUL (unix(7)). */
export const MAX_SOCKET_PATH = 107;

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}$/;

/** Whether an instance, and so a file, can have this name. */
export function isInstanceName(name: string): boolean {
  return NAME.test(name);
}

/** The user of this process, whose instances are meant. */
export function ownUid(): number {
  return process.getuid?.() ?? 0;
}

/**
 * The directory in which an instance of this user puts its control socket. `su` can leave the XDG_RUNTIME_DIR of another
 * user, which cannot be used, nor can one that is missing.
 *
 * @param isOut whether nothing can be made in a directory
 */
export function instanceDirectory(env: Env, uid: number, isOut = isOutOfReach): string {
  if (uid === 0) return '/run/ssd';
  const runtime = env.XDG_RUNTIME_DIR;
  return runtime?.startsWith('/') && !isOut(runtime) ? join(runtime, 'ssd') : `/tmp/ssd-${uid}`;
}

function isOutOfReach(path: string): boolean {
  try {
    // A file in its place is a mistake that is to be reported.
    if (statSync(path).isDirectory()) accessSync(path, constants.W_OK | constants.X_OK);
    return false;
  } catch {
    return true;
  }
}

/**
 * Every directory that may hold an instance of this user. There are several because a daemon started by cron or by a
 * login shell can lack the XDG_RUNTIME_DIR of the person at the terminal.
 */
export function instanceDirectories(env: Env, uid: number): string[] {
  if (uid === 0) return ['/run/ssd'];
  // The one that is given, even if nothing can be made in it.
  const given = instanceDirectory(env, uid, () => false);
  return [...new Set([given, `/run/user/${uid}/ssd`, `/tmp/ssd-${uid}`])];
}

/** The control socket of the instance `name`. */
export function socketPath(directory: string, name: string): string {
  return join(directory, `${name}.sock`);
}

/** The instance that a file in such a directory tells of: its socket, or the state file that it leaves when it is killed. */
export function nameFromEntry(file: string): string | null {
  return nameFromFile(file.endsWith(STATE_SUFFIX) ? file.slice(0, -STATE_SUFFIX.length) : file);
}

/** The instance name in the file name of a socket. null for any other file, and for a name that no instance can have. */
export function nameFromFile(file: string): string | null {
  const name = file.endsWith('.sock') ? file.slice(0, -'.sock'.length) : '';
  return isInstanceName(name) ? name : null;
}

/** Why no socket can have this path, or null. A path that is too long is refused, not truncated. */
export function pathProblem(path: string): string | null {
  const bytes = Buffer.byteLength(path);
  if (bytes <= MAX_SOCKET_PATH) return null;
  return `it has ${bytes} bytes; a unix socket path has at most ${MAX_SOCKET_PATH}`;
}
