/**
 * Makes the control socket at the place that the options ask for, or at the default place. Only the user of ssd and
 * root may use it: the default directory has mode 0700, the socket has mode 0600, and every peer's user is checked.
 */
import {lstatSync, mkdirSync} from 'node:fs';
import type {Socket} from 'node:net';
import {dirname} from 'node:path';
import {instanceDirectory, ownUid, pathProblem, socketPath} from '../../shared/instance-paths.js';
import {ssdOf} from '../../shared/state/read-state.js';
import {explain} from '../../shared/words/errno.js';
import {causeOf, type Failure, Refusal} from '../../shared/words/errors.js';
import type {Config} from '../config/config.js';
import * as posix from '../system/posix.js';
import {descriptorOf} from '../system/unix/descriptor-of.js';
import {type BoundPath, bindUnixSocket} from './unix-socket.js';

/** The options that decide on the place. If `control` is null, it is the default place. */
export type ControlWish = Pick<Config, 'name' | 'control' | 'env'>;

const BACKLOG = 128;
const OWNER_ONLY = {mode: 0o600, owner: null};

/**
 * @returns the bound socket, or why there is none at the default place
 * @throws {Refusal} `control-unusable`, `control-in-use` for an explicit path; `control-in-use` for an explicit name
 */
export function bindControl(wish: ControlWish): BoundPath | Failure {
  const {name, control} = wish;
  const path = controlPath(wish);
  const failure = (control === null ? unfitDirectory(dirname(path)) : null) ?? ownerOf(path);
  const bound = failure ?? bindAt(path);
  if ('fd' in bound) return bound;
  const mustWork = control !== null || (name.given && bound.code === 'control-in-use');
  if (mustWork) throw new Refusal(bound);
  return bound;
}

/** The path of the control socket. */
export function controlPath({name, control, env}: ControlWish): string {
  return control ?? socketPath(instanceDirectory(env, ownUid()), name.value);
}

/** Whether the peer of a connection is our own user or root. */
export function isOwnUser(socket: Socket): boolean {
  // Node does not offer SO_PEERCRED.
  const fd = descriptorOf(socket);
  if (fd === null) return false;
  try {
    const {uid} = posix.peerOf(fd);
    return uid === 0 || uid === ownUid();
  } catch {
    // The peer is already gone.
    return false;
  }
}

/** The ssd that has this place, though its socket may be gone: it will put that back. */
function ownerOf(path: string): Failure | null {
  const pid = ssdOf(path, ownUid());
  if (pid === null) return null;
  const isThere = lstatSync(path, {throwIfNoEntry: false})?.isSocket() ?? false;
  return {code: 'control-in-use', path, pid, isGone: !isThere};
}

function bindAt(path: string): BoundPath | Failure {
  const problem = pathProblem(path);
  if (problem !== null) return {code: 'control-unusable', path, problem};
  const bound = bindUnixSocket(path, OWNER_ONLY, BACKLOG);
  if ('fd' in bound) return bound;
  switch (bound.problem) {
    case 'in-use':
      return {code: 'control-in-use', path, pid: bound.pid};
    case 'not-a-socket':
      return {
        code: 'control-unusable',
        path,
        problem: 'it exists and is not a socket; ssd left it alone',
      };
    case 'not-given':
    case 'failed':
      return {code: 'control-unusable', path, problem: explain(bound.cause)};
  }
}

/** Makes the default directory if it is missing, and checks it: somebody else may have prepared one in /tmp. */
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
  return (found.mode & 0o077) === 0 ? null : unfit('other users can enter it; its mode must be 0700');
}
