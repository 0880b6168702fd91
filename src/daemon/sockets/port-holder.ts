/** Finds out who has a port that cannot be bound, from /proc. It is looked at only to say so, after the failure. */
import {readdirSync, readFileSync, readlinkSync} from 'node:fs';
import type {PortHolder} from '../../shared/words/errors.js';

/** A machine with more processes is not searched to the end. */
const MAX_PROCESSES = 10_000;
const LISTENING = '0A';

/** @returns null if nobody is found: it belongs to another user or another network namespace, or there is no /proc */
export function findPortHolder(type: 'tcp' | 'udp', port: number): PortHolder | null {
  const inodes = inodesOf(type, port);
  if (inodes.size === 0) return null;
  // Our own listeners come first: it is a mistake on the command line.
  for (const pid of ['self', ...processes()]) {
    if (!hasOneOf(pid, inodes)) continue;
    return pid === 'self' ? {own: true} : {own: false, pid: Number(pid), command: commandOf(pid)};
  }
  return null;
}

/** The sockets on this port, whatever their address: proc_net_tcp(5) has address:port in hex, the state, the inode. */
function inodesOf(type: 'tcp' | 'udp', port: number): ReadonlySet<string> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = [type, `${type}6`].flatMap(table => linesOf(`/proc/net/${table}`));
  const found = lines.flatMap(line => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    const isHolder = local.endsWith(suffix) && (type === 'udp' || state === LISTENING);
    return isHolder && inode !== undefined ? [`socket:[${inode}]`] : [];
  });
  return new Set(found);
}

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}

function processes(): readonly string[] {
  try {
    return readdirSync('/proc')
      .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
      .slice(0, MAX_PROCESSES);
  } catch {
    return [];
  }
}

function hasOneOf(pid: string, inodes: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some(fd => inodes.has(targetOf(`/proc/${pid}/fd/${fd}`)));
  } catch {
    // It has ended, or belongs to another user.
    return false;
  }
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    // It was closed meanwhile.
    return '';
  }
}

function commandOf(pid: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return null;
  }
}
