/** Finds the process that has a port which ssd cannot bind, in /proc. Only the message of that failure needs it. */
import {readdirSync} from 'node:fs';
import {allProcesses, environmentOf, nameOf, readStat, targetOf} from '../../../shared/process-stat.js';
import {readIfPossible} from '../../../shared/read-whole.js';
import type {PortHolder} from '../../../shared/words/errors.js';

/** A machine with more processes is not searched to the end. */
const MAX_PROCESSES = 10_000;
const LISTENING = '0A';

/** @returns null if nobody is found: it belongs to another user or another network namespace, or there is no /proc */
export function findPortHolder(type: 'tcp' | 'udp', port: number): PortHolder | null {
  const inodes = inodesOf(type, port);
  if (inodes.size === 0) return null;
  // Our own listeners come first: it is a mistake on the command line.
  if (hasOneOf('self', inodes)) return {own: true};
  const others = allProcesses().filter(pid => pid !== process.pid);
  const holders = others.slice(0, MAX_PROCESSES).filter(other => hasOneOf(other, inodes));
  const [pid] = holders;
  if (pid === undefined) return null;
  const left = holders.filter(holder => isLeft(holder, inodes));
  return {own: false, pid, command: nameOf(pid), ...(left.length > 0 && {left})};
}

/**
 * Whether it is a worker, as its environment says, and its parent is no supervisor but one that takes in orphans. In a
 * container ssd itself may be process 1. It has the listeners, but another user cannot see that.
 */
function isLeft(pid: number, inodes: ReadonlySet<string>): boolean {
  const parent = readStat(pid)?.parent;
  if (parent === undefined || !GENERATION.test(environmentOf(pid))) return false;
  const name = nameOf(parent) ?? '';
  return (parent === 1 || REAPERS.has(name)) && name !== 'ssd' && !hasOneOf(parent, inodes);
}

const GENERATION = /(?:^|\0)SERVER_STARTER_GENERATION=\d+\0/;
/** What else takes in orphans than process 1: prctl(2), PR_SET_CHILD_SUBREAPER. */
const REAPERS: ReadonlySet<string> = new Set(['init', 'systemd', 'tini', 'dumb-init']);

/** The sockets on this port, whatever their address: proc_net_tcp(5) has address:port in hex, the state, the inode. */
function inodesOf(type: 'tcp' | 'udp', port: number): ReadonlySet<string> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = [type, `${type}6`].flatMap(table => readIfPossible(`/proc/net/${table}`)?.split('\n') ?? []);
  const found = lines.flatMap(line => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    const isHolder = local.endsWith(suffix) && (type === 'udp' || state === LISTENING);
    return isHolder && inode !== undefined ? [`socket:[${inode}]`] : [];
  });
  return new Set(found);
}

function hasOneOf(pid: number | 'self', inodes: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some(fd => inodes.has(targetOf(pid, fd)));
  } catch {
    // It has ended, or belongs to another user.
    return false;
  }
}
