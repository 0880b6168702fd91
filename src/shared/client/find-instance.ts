/** Finds the selected instance and connects to it. */
import {basename} from 'node:path';
import {type Env, instanceDirectories, nameFromFile, ownUid} from '../instance-paths.js';
import {type FailureCode, Refusal} from '../words/errors.js';
import {type Client, connect} from './client.js';
import {type ForeignSocket, findSockets, type InstanceSocket, listSockets} from './instances.js';
import {foreignSocket} from './trust.js';

/** The instance that is meant: by its name or by its socket; without either, the only one that runs. */
export type Target = {readonly name: string | null; readonly socket: string | null};

/** Where and how to look. `warn` gets the sockets that are passed over, and the owner of an instance of another user. */
export type Search = {
  readonly env: Env;
  /** How long each may take to greet. */
  readonly patienceMs: number;
  readonly warn: (problem: string) => void;
};

/**
 * Connects to the instance with this socket or this name. Without either, it connects to the only running one.
 *
 * @throws {Refusal} `no-instance`, `orphaned`, `several-instances`, and what `connect` refuses
 */
export async function connectTo(target: Target, search: Search): Promise<Client> {
  const {name, socket} = target;
  const {env, patienceMs, warn} = search;
  if (socket !== null) {
    const client = await connect(socket, patienceMs).catch(error => blameOrphans(socket, error, warn));
    if (client.foreignUid !== null) warn(`the instance at ${socket} belongs to uid ${client.foreignUid}`);
    return client;
  }
  const found = await tryAll(target, search);
  const living = found.filter(candidate => candidate.living);
  const [only, ...others] = living;
  if (!only) {
    for (const {path, refusal} of found) if (refusal && isAbsence(refusal)) await tellOfOrphans(path, warn);
    throw reasonForNone(found, name, instanceDirectories(env, ownUid()));
  }
  if (others.length > 0) {
    for (const {client} of living) client?.close();
    throw new Refusal({code: 'several-instances', names: living.map(candidate => candidate.name)});
  }
  if (only.client) return only.client;
  throw only.refusal;
}

/** A control socket, and the outcome of connecting to it. */
export type Tried = InstanceSocket & {readonly at?: string} & (
    | {readonly living: true; readonly client: Client; readonly refusal?: undefined}
    | {readonly living: boolean; readonly client?: undefined; readonly refusal: Refusal}
  );

/** Connects to every instance that the target can mean. The caller closes the connections. */
export async function tryAll(target: Target, {env, patienceMs, warn}: Search): Promise<readonly Tried[]> {
  const tried = await Promise.all(
    candidates(target, env).map(candidate => tryToConnect(candidate, patienceMs)),
  );
  // Without `--socket` nobody has asked for these sockets in particular, so they are passed over with a warning.
  if (target.socket === null) for (const problem of new Set(tried.flatMap(foreignProblem))) warn(problem);
  return tried;
}

function candidates({name, socket}: Target, env: Env): readonly (InstanceSocket | ForeignSocket)[] {
  if (socket !== null) return [{name: nameFromFile(basename(socket)) ?? basename(socket), path: socket}];
  return findSockets(env, ownUid()).filter(candidate => name === null || candidate.name === name);
}

function foreignProblem({at, refusal}: Tried): string[] {
  if (refusal?.failure.code !== 'socket-foreign') return [];
  const {path, problem} = refusal.failure;
  return [`warning: ${at ?? path} is passed over: ${problem}`];
}

/** The names of all instances, dead ones included. It does not connect to them. */
export function instanceNames(env: Env): readonly string[] {
  return [...new Set(listSockets(env, ownUid()).map(({name}) => name))];
}

/** Whether a refusal shows that no ssd is there. */
export function isAbsence(refusal: Refusal): boolean {
  return ABSENCE.includes(refusal.failure.code);
}

const ABSENCE: readonly FailureCode[] = ['no-instance', 'no-socket', 'stale-socket', 'orphaned'];

function isForeign(refusal: Refusal): boolean {
  return refusal.failure.code === 'socket-foreign';
}

async function tryToConnect(candidate: InstanceSocket | ForeignSocket, patienceMs: number): Promise<Tried> {
  try {
    if ('problem' in candidate) throw new Refusal(foreignSocket(candidate.path, candidate.problem));
    return {...candidate, living: true, client: await connect(candidate.path, patienceMs)};
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return {...candidate, living: !isAbsence(error) && !isForeign(error), refusal: error};
  }
}

async function blameOrphans(socket: string, error: unknown, warn: Search['warn']): Promise<never> {
  if (error instanceof Refusal && isAbsence(error)) await tellOfOrphans(socket, warn);
  throw error;
}

/** @throws {Refusal} `orphaned` if workers of an ssd that had this control socket live */
async function tellOfOrphans(path: string, warn: Search['warn']): Promise<void> {
  const {orphansAt, warningOf} = await import('./orphans-at.js');
  const orphans = orphansAt(path);
  if (!orphans) return;
  if ('problem' in orphans) return warn(warningOf(orphans));
  throw new Refusal({code: 'orphaned', path, pids: orphans.workers.map(({pid}) => pid)});
}

/** A stale socket is the reason only if the user named its instance. */
function reasonForNone(found: readonly Tried[], name: string | null, searched: readonly string[]): Refusal {
  const stale =
    name === null ? undefined : found.find(({refusal}) => refusal?.failure.code === 'stale-socket');
  return stale?.refusal ?? new Refusal({code: 'no-instance', name, searched, root: ownUid() === 0});
}
