/** The control sockets in the default places, and whose they are. */
import {type Dir, opendirSync} from 'node:fs';
import {type Env, instanceDirectories, nameFromEntry, socketPath} from '../instance-paths.js';
import {problemOfDirectory, problemOfSocket} from './trust.js';

export type InstanceSocket = {readonly name: string; readonly path: string};

/** A socket that somebody else made, or could have made. `at` has the problem: the socket or its directory. */
export type ForeignSocket = InstanceSocket & {readonly at: string; readonly problem: string};

/** Somebody else's directory may have any number of files. */
const MOST_FILES = 10_000;
const MOST_FOREIGN = 16;

/** Every control socket in the places where an instance of this user may be, by directory and name. */
export function listSockets(env: Env, uid: number): InstanceSocket[] {
  return findSockets(env, uid).flatMap(found => ('problem' in found ? [] : [found]));
}

/** The same, with the foreign sockets, which are to be passed over. */
export function findSockets(env: Env, uid: number): (InstanceSocket | ForeignSocket)[] {
  return instanceDirectories(env, uid).flatMap(directory => {
    const problem = problemOfDirectory(directory, uid);
    const sockets = namesIn(directory).map(name => ({name, path: socketPath(directory, name)}));
    if (problem === null) return sockets.map(socket => withProblem(socket, uid));
    return sockets.slice(0, MOST_FOREIGN).map(socket => ({...socket, at: directory, problem}));
  });
}

function withProblem(socket: InstanceSocket, uid: number): InstanceSocket | ForeignSocket {
  const problem = problemOfSocket(socket.path, uid);
  return problem === null ? socket : {...socket, at: socket.path, problem};
}

function namesIn(path: string): string[] {
  let directory: Dir;
  try {
    directory = opendirSync(path);
  } catch {
    // The directory is missing or not readable, so none of our instances is in it.
    return [];
  }
  try {
    const names: string[] = [];
    for (let read = 0; read < MOST_FILES; read += 1) {
      const entry = directory.readSync();
      if (entry === null) break;
      const name = nameFromEntry(entry.name);
      if (name !== null) names.push(name);
    }
    return [...new Set(names)].sort();
  } catch {
    // It is not a directory any more.
    return [];
  } finally {
    directory.closeSync();
  }
}
