/** The control sockets in the default places, whoever may be behind them. */
import {readdirSync} from 'node:fs';
import {type Env, instanceDirectories, nameFromFile, socketPath} from '../instance-paths.js';

export type InstanceSocket = {readonly name: string; readonly path: string};

/** Every control socket in the places where an instance of this user may be, by directory and name. */
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
    // Not there, or not for us: no instance of ours is in it.
    return [];
  }
}
