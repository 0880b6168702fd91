/**
 * Tells who holds the flock(2) of a file. That lock needs only the right to read, so anybody can hold it. An ssd or a
 * start_server that holds it is a living process of root, of ssd's user, or of the owner of the file.
 */
import {fstatSync} from 'node:fs';
import {ownUid} from '../../shared/instance-paths.js';
import {readIfPossible} from '../../shared/read-whole.js';

/**
 * Whether only strangers hold the lock of an open file. If the kernel does not show the holder (no /proc, a holder in another
 * PID namespace), the lock does not count as a stranger's.
 */
export function isHeldByStranger(fd: number): boolean {
  const {dev, ino, uid} = fstatSync(fd, {bigint: true});
  const holders = holdersOf(`${device(dev)}:${ino}`);
  const trusted = [0, ownUid(), Number(uid)];
  return holders.length > 0 && holders.every(pid => pid > 0 && !trusted.includes(realUidOf(pid) ?? -1));
}

/** The processes that took such a lock: `1: FLOCK  ADVISORY  WRITE 31340 fe:00:2220552 0 EOF` (proc(5), /proc/locks). */
function holdersOf(file: string): number[] {
  const lines = (readIfPossible('/proc/locks') ?? '').split('\n').map(line => line.trim().split(/\s+/));
  return lines.flatMap(([, kind, , , pid, locked]) =>
    kind === 'FLOCK' && locked === file ? [Number(pid)] : [],
  );
}

/** `fe:00`, as the kernel prints the device of an inode; the numbers are taken apart as in makedev(3). */
function device(dev: bigint): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
  return [major, minor].map(number => number.toString(16).padStart(2, '0')).join(':');
}

/**
 * The real user ID: that of the user who started the process, even if it runs a set-user-ID program by now. null for a
 * process that is gone and has left the lock to a child, which neither ssd nor start_server does.
 */
function realUidOf(pid: number): number | null {
  const uid = /^Uid:\s+(\d+)/m.exec(readIfPossible(`/proc/${pid}/status`) ?? '')?.[1];
  return uid === undefined ? null : Number(uid);
}
