/**
 * What a service manager says that it passes to this process: LISTEN_FDS descriptors from 3 on, with the names of
 * LISTEN_FDNAMES, if LISTEN_PID is this process (sd_listen_fds(3)). Pure.
 */
import type {Env} from '../../../shared/instance-paths.js';

export const FIRST_DESCRIPTOR = 3;
/** A service manager has fewer descriptors itself. */
const MOST = 65_536;
/** What systemd writes for a descriptor without a name. */
const NO_NAME = 'unknown';

export type Passed = {readonly fd: number; readonly name: string | null};
/** What ssd does not take, and why. */
export type PassedOver = {readonly subject: string; readonly cause: string};

/** The variables that say so. Nobody else may believe that they are meant for it. */
export const PASSING_VARIABLES = ['LISTEN_PID', 'LISTEN_PIDFDID', 'LISTEN_FDS', 'LISTEN_FDNAMES'] as const;

/** @param pid of this process; or what stands for it in LISTEN_PID */
export function readPassed(env: Env, pid: number | string): readonly Passed[] | PassedOver {
  const {LISTEN_FDS: count = '', LISTEN_PID: owner, LISTEN_FDNAMES: names} = env;
  if (count === '' || count === '0') return [];
  const subject = `LISTEN_FDS=${count}`;
  if (owner !== String(pid)) {
    const whose = owner ? `LISTEN_PID is ${owner}, and the pid of ssd is ${pid}` : 'LISTEN_PID is not set';
    return {subject, cause: `${whose}: the sockets are not meant for ssd`};
  }
  if (!/^\d+$/.test(count) || Number(count) > MOST)
    return {subject, cause: `it is not a number of descriptors from 1 to ${MOST}`};
  const named = names === undefined ? [] : names.split(':');
  return Array.from({length: Number(count)}, (_, nth) => {
    const name = named[nth] ?? '';
    return {fd: FIRST_DESCRIPTOR + nth, name: name === '' || name === NO_NAME ? null : name};
  });
}
