/** The sockets that were passed to ssd and that it can hand on. Whoever passed them has them too, and keeps them. */
import type {Env} from '../../../shared/instance-paths.js';
import type {SocketType} from '../../../shared/protocol/status.js';
import type {PlainIdentity} from '../../files/plain-identity.js';
import {PASSING_VARIABLES, type Passed, type PassedOver, readPassed} from './passed.js';
import {kindOf, NOT_OPEN} from './socket-kind.js';
import {isStored} from './stored.js';

export type PassedListener = Passed & {
  readonly type: SocketType;
  readonly address: string;
  /** The address as the kernel has it. */
  readonly bytes: Buffer;
  /** It was taken out of this worker of an ssd that has died, which had it by this name. */
  readonly adopted?: {readonly name: string; readonly pid: number};
  /** The former image of this process had it so. */
  readonly handed?: Handed;
};

/** A listener of a former image. A contract: later versions read it. */
export type Handed = {
  /** As `--port` or `--path` names it. */
  readonly name: string;
  /** As what it was passed to the first image (LISTEN_FDS); null: ssd has bound it. */
  readonly passed: Passed | null;
  /** Its name in the store of the service manager. */
  readonly stored: string | null;
  /** Device and inode of the file at its path; null for a listener without one. */
  readonly file: PlainIdentity | null;
};

export type Found = {
  readonly listeners: readonly PassedListener[];
  readonly passedOver: readonly PassedOver[];
  /** What ssd has stored and is a listener no more. */
  readonly broken: readonly Passed[];
};

/** Looks at what was passed, and changes nothing. */
export function findPassed(env: Env, pid = process.pid): Found {
  const passed = readPassed(env, pid);
  if ('cause' in passed) return {listeners: [], passedOver: [passed], broken: []};
  const listeners: PassedListener[] = [];
  const passedOver: PassedOver[] = [];
  const broken: Passed[] = [];
  const closed: number[] = [];
  for (const one of passed) {
    const kind = kindOf(one.fd);
    if (!('problem' in kind)) listeners.push({...one, ...kind});
    else if (kind.problem === NOT_OPEN) closed.push(one.fd);
    else if (isStored(one)) broken.push(one);
    else passedOver.push({subject: describePassed(one), cause: kind.problem});
  }
  // One line for all of them: a number that is far too high is one mistake.
  if (closed.length > 0)
    passedOver.push({subject: `LISTEN_FDS=${env.LISTEN_FDS}`, cause: `${rangeOf(closed)} not open`});
  return {listeners, passedOver, broken};
}

/** What is taken is not there for another one in this process, as sd_listen_fds(3) has it. */
export function forgetPassed(env: NodeJS.ProcessEnv = process.env): void {
  for (const name of PASSING_VARIABLES) delete env[name];
}

/** @example describePassed({fd: 4, name: 'web'}) // 'descriptor 4 of LISTEN_FDS (web)' */
export function describePassed({fd, name}: Passed): string {
  return `descriptor ${fd} of LISTEN_FDS${name === null ? '' : ` (${name})`}`;
}

function rangeOf(fds: readonly number[]): string {
  const [first, last] = [fds[0], fds.at(-1)];
  if (fds.length === 1) return `descriptor ${first} is`;
  return `${fds.length} descriptors, from ${first} to ${last}, are`;
}
