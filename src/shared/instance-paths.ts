/** Where the control sockets of instances are (DESIGN section 5). */
import {join} from 'node:path';

export type Env = Readonly<Record<string, string | undefined>>;

/** The longest path a unix socket can have, in bytes: 108 with its final NUL (unix(7)). */
export const MAX_SOCKET_PATH = 107;

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}$/;

/** Whether this can be the name of an instance, and so of a file. */
export function isInstanceName(name: string): boolean {
  return NAME.test(name);
}

/** The directory in which an instance of this user puts its control socket. */
export function instanceDirectory(env: Env, uid: number): string {
  if (uid === 0) return '/run/ssd';
  const runtime = env.XDG_RUNTIME_DIR;
  return runtime?.startsWith('/') ? join(runtime, 'ssd') : `/tmp/ssd-${uid}`;
}

/**
 * Every directory in which an instance of this user may be found. More than one, because a daemon started by
 * cron or by a login shell need not have the XDG_RUNTIME_DIR that the person at the terminal has.
 */
export function instanceDirectories(env: Env, uid: number): string[] {
  if (uid === 0) return ['/run/ssd'];
  return [...new Set([instanceDirectory(env, uid), `/run/user/${uid}/ssd`, `/tmp/ssd-${uid}`])];
}

/** The control socket of the instance `name`. */
export function socketPath(directory: string, name: string): string {
  return join(directory, `${name}.sock`);
}

/** The name of an instance from its socket's file name, or null for another file. */
export function nameFromFile(file: string): string | null {
  return file.endsWith('.sock') ? file.slice(0, -'.sock'.length) : null;
}

/** Why no socket can have this path, or null. A path that is too long is refused, never cut. */
export function pathProblem(path: string): string | null {
  const bytes = Buffer.byteLength(path);
  if (bytes <= MAX_SOCKET_PATH) return null;
  return `it has ${bytes} bytes; the path of a unix socket has at most ${MAX_SOCKET_PATH}`;
}
