/**
 * Decides from the file system alone who can have made a control socket. If a directory belongs to this user or to root, and
 * nobody else can write in it, only these two can have made its sockets. That is so in every default place, and takes only a
 * few calls of lstat(2). Anywhere else, the client asks the kernel who listens (`peer.ts`).
 */
import {lstatSync, realpathSync, type Stats} from 'node:fs';
import {dirname, resolve} from 'node:path';
import {ownUid} from '../instance-paths.js';
import {type Failure, Refusal} from '../words/errors.js';

export type Trust =
  /** Nobody but us and root can have made what is there. */
  | {readonly sure: true}
  /** Somebody else could have made it. The file belongs to `owner`; null: there is no file. */
  | {readonly sure: false; readonly owner: number | null};

/**
 * @throws {Refusal} `socket-foreign` if a link of somebody else is on the way: it could lead to another instance
 */
export function trustIn(path: string): Trust {
  const way = [...new Set([...prefixesOf(resolve(path)), ...prefixesOf(realPathOf(path))])].map(lookAt);
  const foreign = way.find(({stats}) => stats?.isSymbolicLink() && !isOurs(stats));
  if (foreign)
    throw new Refusal(foreignSocket(path, `${foreign.path} is a link of ${ownerOf(foreign.stats)}`));
  if (way.every(({stats}) => stats && isOurs(stats) && !othersCanReplace(stats))) return {sure: true};
  return {sure: false, owner: lookAt(resolve(path)).stats?.uid ?? null};
}

/** Why the sockets in a directory cannot count as ours, or null. */
export function problemOfDirectory(path: string, uid: number): string | null {
  const {stats} = lookAt(path);
  if (!stats) return null;
  if (!stats.isDirectory()) return 'it is not a directory';
  if (!isOurs(stats, uid)) return `it belongs to ${ownerOf(stats)}, and not to ${us(uid)}`;
  return (stats.mode & WRITABLE_BY_OTHERS) === 0 ? null : 'others may write in it';
}

/** Why a socket in a good directory cannot count as ours, or null. */
export function problemOfSocket(path: string, uid: number): string | null {
  const {stats} = lookAt(path);
  return !stats || isOurs(stats, uid) ? null : `it belongs to ${ownerOf(stats)}, and not to ${us(uid)}`;
}

export function foreignSocket(path: string, problem: string): Failure {
  return {code: 'socket-foreign', path, problem};
}

const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

type Seen = {readonly path: string; readonly stats: Stats | undefined};

/** In a sticky directory, such as /tmp, only the owner of a file can replace it, and that owner is checked too. */
function othersCanReplace(stats: Stats): boolean {
  return stats.isDirectory() && (stats.mode & WRITABLE_BY_OTHERS) !== 0 && (stats.mode & STICKY) === 0;
}

function isOurs({uid}: Stats, ours = ownUid()): boolean {
  return uid === 0 || uid === ours;
}

/** `/`, `/run`, `/run/ssd`, `/run/ssd/app.sock` */
function prefixesOf(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...prefixesOf(parent), path];
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Not there, or out of reach: connect(2) will say so.
    return resolve(path);
  }
}

function lookAt(path: string): Seen {
  try {
    return {path, stats: lstatSync(path, {throwIfNoEntry: false})};
  } catch {
    // Out of reach.
    return {path, stats: undefined};
  }
}

function ownerOf(stats: Stats | undefined): string {
  return `uid ${stats?.uid}`;
}

function us(uid: number): string {
  return uid === 0 ? 'root' : `uid ${uid} or root`;
}
