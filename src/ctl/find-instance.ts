/** Finds the instance that is meant and connects to it. */
import {readdirSync} from 'node:fs';
import {type Client, connect} from '../shared/client.js';
import {type FailureCode, Refusal} from '../shared/errors.js';
import {type Env, instanceDirectories, nameFromFile, socketPath} from '../shared/instance-paths.js';
import type {Target} from './cli.js';

/**
 * Connects to the instance with this socket, or this name; with neither, to the only one that is running.
 *
 * @param patienceMs how long each may take to greet
 * @throws {Refusal} `no-instance`, `several-instances`, and what `connect` refuses
 */
export async function connectTo(target: Target, env: Env, patienceMs: number): Promise<Client> {
  const {name, socket} = target;
  if (socket !== null) return connect(socket, patienceMs);
  const directories = instanceDirectories(env, process.getuid?.() ?? 0);
  const all = directories.flatMap(directory => candidates(directory, name));
  const found = await Promise.all(all.map(candidate => tryToConnect(candidate, patienceMs)));
  const living = found.filter(candidate => candidate.living);
  const [only, ...others] = living;
  if (!only) throw reasonForNone(found, name, directories);
  if (others.length > 0) {
    for (const {client} of living) client?.close();
    throw new Refusal({code: 'several-instances', names: living.map(candidate => candidate.name)});
  }
  if (only.client) return only.client;
  throw only.refusal;
}

type Candidate = {readonly name: string; readonly path: string};
type Tried = Candidate &
  (
    | {readonly living: true; readonly client: Client; readonly refusal?: undefined}
    | {readonly living: boolean; readonly client?: undefined; readonly refusal: Refusal}
  );

/** Refusals that show that nobody is there. */
const DEAD: readonly FailureCode[] = ['no-instance', 'stale-socket'];

function candidates(directory: string, wanted: string | null): Candidate[] {
  return filesIn(directory).flatMap(file => {
    const name = nameFromFile(file);
    if (name === null || (wanted !== null && name !== wanted)) return [];
    return [{name, path: socketPath(directory, name)}];
  });
}

async function tryToConnect(candidate: Candidate, patienceMs: number): Promise<Tried> {
  try {
    return {...candidate, living: true, client: await connect(candidate.path, patienceMs)};
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return {...candidate, living: !DEAD.includes(error.failure.code), refusal: error};
  }
}

/** With a name, a socket that was left behind is worth telling; without one it is of no interest. */
function reasonForNone(found: readonly Tried[], name: string | null, searched: readonly string[]): Refusal {
  const stale =
    name === null ? undefined : found.find(({refusal}) => refusal?.failure.code === 'stale-socket');
  return stale?.refusal ?? new Refusal({code: 'no-instance', name, searched});
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    // Not there, or not for us: no instance of ours is in it.
    return [];
  }
}
