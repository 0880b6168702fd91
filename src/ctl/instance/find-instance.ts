/** Finds the selected instance and connects to it. */
import {basename} from 'node:path';
import {type Client, connect} from '../../shared/client/client.js';
import {type InstanceSocket, listSockets} from '../../shared/client/instances.js';
import {type Env, instanceDirectories, nameFromFile} from '../../shared/instance-paths.js';
import {type FailureCode, Refusal} from '../../shared/words/errors.js';
import type {Target} from '../arguments/order.js';

/**
 * Connects to the instance with this socket or this name. Without either, it connects to the only running one.
 *
 * @param patienceMs how long each instance may take to greet
 * @throws {Refusal} `no-instance`, `several-instances`, and what `connect` refuses
 */
export async function connectTo(target: Target, env: Env, patienceMs: number): Promise<Client> {
  const {name, socket} = target;
  if (socket !== null) return connect(socket, patienceMs);
  const found = await tryAll(target, env, patienceMs);
  const living = found.filter(candidate => candidate.living);
  const [only, ...others] = living;
  if (!only) throw reasonForNone(found, name, instanceDirectories(env, ownUid()));
  if (others.length > 0) {
    for (const {client} of living) client?.close();
    throw new Refusal({code: 'several-instances', names: living.map(candidate => candidate.name)});
  }
  if (only.client) return only.client;
  throw only.refusal;
}

/** A control socket, and the outcome of connecting to it. */
export type Tried = InstanceSocket &
  (
    | {readonly living: true; readonly client: Client; readonly refusal?: undefined}
    | {readonly living: boolean; readonly client?: undefined; readonly refusal: Refusal}
  );

/** Connects to every instance that the target can mean. The caller closes the connections. */
export function tryAll({name, socket}: Target, env: Env, patienceMs: number): Promise<readonly Tried[]> {
  const all =
    socket === null
      ? listSockets(env, ownUid()).filter(candidate => name === null || candidate.name === name)
      : [{name: nameFromFile(basename(socket)) ?? basename(socket), path: socket}];
  return Promise.all(all.map(candidate => tryToConnect(candidate, patienceMs)));
}

/** The names of all instances, dead ones included. It does not connect to them. */
export function instanceNames(env: Env): readonly string[] {
  return [...new Set(listSockets(env, ownUid()).map(({name}) => name))];
}

/** Whether a refusal shows that no ssd is there. */
export function isAbsence(refusal: Refusal): boolean {
  return ABSENCE.includes(refusal.failure.code);
}

const ABSENCE: readonly FailureCode[] = ['no-instance', 'stale-socket'];

async function tryToConnect(candidate: InstanceSocket, patienceMs: number): Promise<Tried> {
  try {
    return {...candidate, living: true, client: await connect(candidate.path, patienceMs)};
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return {...candidate, living: !isAbsence(error), refusal: error};
  }
}

/** A stale socket is the reason only if the user named its instance. */
function reasonForNone(found: readonly Tried[], name: string | null, searched: readonly string[]): Refusal {
  const stale =
    name === null ? undefined : found.find(({refusal}) => refusal?.failure.code === 'stale-socket');
  return stale?.refusal ?? new Refusal({code: 'no-instance', name, searched});
}

function ownUid(): number {
  return process.getuid?.() ?? 0;
}
