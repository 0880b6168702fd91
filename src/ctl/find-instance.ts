/** Finds the instance that is meant and connects to it. */
import {type Client, connect} from '../shared/client.js';
import {type FailureCode, Refusal} from '../shared/errors.js';
import {type Env, instanceDirectories} from '../shared/instance-paths.js';
import {type InstanceSocket, listSockets} from '../shared/instances.js';
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
  const uid = process.getuid?.() ?? 0;
  const all = listSockets(env, uid).filter(candidate => name === null || candidate.name === name);
  const found = await Promise.all(all.map(candidate => tryToConnect(candidate, patienceMs)));
  const living = found.filter(candidate => candidate.living);
  const [only, ...others] = living;
  if (!only) throw reasonForNone(found, name, instanceDirectories(env, uid));
  if (others.length > 0) {
    for (const {client} of living) client?.close();
    throw new Refusal({code: 'several-instances', names: living.map(candidate => candidate.name)});
  }
  if (only.client) return only.client;
  throw only.refusal;
}

type Tried = InstanceSocket &
  (
    | {readonly living: true; readonly client: Client; readonly refusal?: undefined}
    | {readonly living: boolean; readonly client?: undefined; readonly refusal: Refusal}
  );

/** Refusals that show that nobody is there. */
const DEAD: readonly FailureCode[] = ['no-instance', 'stale-socket'];

async function tryToConnect(candidate: InstanceSocket, patienceMs: number): Promise<Tried> {
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
