/**
 * Makes the control socket at the place the options ask for, or at the default one, and says who may use it:
 * the user of ssd and root. The directory is 0700, the socket 0600, and the peer is asked for besides.
 */
import {lstatSync, mkdirSync} from 'node:fs';
import type {Socket} from 'node:net';
import {dirname} from 'node:path';
import {instanceDirectory, pathProblem, socketPath} from '../../shared/instance-paths.js';
import {causeOf, type Failure, Refusal} from '../../shared/words/errors.js';
import {explain} from '../../shared/words/wording.js';
import type {Config} from '../config/config.js';
import * as posix from '../system/posix.js';
import {type BoundPath, bindUnixSocket} from './unix-socket.js';

/** What decides on the place; `control` null: the default one. */
export type ControlWish = Pick<Config, 'name' | 'control' | 'env'>;

const BACKLOG = 128;

/**
 * @returns the bound socket, or why there is none: only where the place is the default one, and the name too
 * @throws {Refusal} `control-unusable`, `control-in-use` for a place or a name that was asked for
 */
export function bindControl(wish: ControlWish): BoundPath | Failure {
  const {name, control} = wish;
  const path = controlPath(wish);
  const failure = control === null ? unfitDirectory(dirname(path)) : null;
  const bound = failure ?? bindAt(path);
  if ('fd' in bound) return bound;
  const mustWork = control !== null || (name.given && bound.code === 'control-in-use');
  if (mustWork) throw new Refusal(bound);
  return bound;
}

/** Where the control socket goes. */
export function controlPath({name, control, env}: ControlWish): string {
  return control ?? socketPath(instanceDirectory(env, ownUid()), name.value);
}

/** Whether the peer of a connection is our own user or root. */
export function isOwnUser(socket: Socket): boolean {
  // Node does not offer SO_PEERCRED; the handle of a connection has had its descriptor for ever.
  const fd = (socket as unknown as {_handle?: {fd?: number}})._handle?.fd;
  if (fd === undefined || fd < 0) return false;
  try {
    const {uid} = posix.peerOf(fd);
    return uid === 0 || uid === ownUid();
  } catch {
    // The peer has gone already.
    return false;
  }
}

function bindAt(path: string): BoundPath | Failure {
  const problem = pathProblem(path);
  if (problem !== null) return {code: 'control-unusable', path, problem};
  const bound = bindUnixSocket(path, 0o177, BACKLOG);
  if ('fd' in bound) return bound;
  switch (bound.problem) {
    case 'in-use':
      return {code: 'control-in-use', path, pid: bound.pid};
    case 'not-a-socket':
      return {
        code: 'control-unusable',
        path,
        problem: 'there is a file that is not a socket; it was left alone',
      };
    case 'failed':
      return {code: 'control-unusable', path, problem: explain(bound.cause)};
  }
}

/** Makes the default directory where it is missing. A place in /tmp may have been prepared by somebody else. */
function unfitDirectory(path: string): Failure | null {
  const unfit = (problem: string): Failure => ({code: 'control-unusable', path, problem});
  try {
    mkdirSync(path, {mode: 0o700});
  } catch (error) {
    if (causeOf(error) !== 'EEXIST') return unfit(explain(causeOf(error)));
  }
  const found = lstatSync(path, {throwIfNoEntry: false});
  if (!found?.isDirectory()) return unfit('it is not a directory');
  const uid = ownUid();
  if (found.uid !== uid) return unfit(`it belongs to uid ${found.uid}, not to ${uid}`);
  return (found.mode & 0o077) === 0 ? null : unfit('others may enter it; its mode must be 0700');
}

function ownUid(): number {
  return process.getuid?.() ?? 0;
}
