/** Lists the control sockets in the default places. It does not connect to them. */
import {readdirSync} from 'node:fs';
import {type Env, instanceDirectories, nameFromFile, socketPath} from '../instance-paths.js';

export type InstanceSocket = {readonly name: string; readonly path: string};

/** Lists every control socket where an instance of this user may be, by directory and name. */
export function listSockets(env: Env, uid: number): InstanceSocket[] {
  return instanceDirectories(env, uid).flatMap(directory =>
    filesIn(directory).flatMap(file => {
      const name = nameFromFile(file);
      return name === null ? [] : [{name, path: socketPath(directory, name)}];
    }),
  );
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    // The directory is missing or not readable, so none of our instances is in it.
    return [];
  }
}
