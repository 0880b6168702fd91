/**
 * The sockets that a process has open, as /proc/PID/fd shows them (proc(5)). There may be 10,000, so the directory is read on
 * a thread of the pool, and the entries are looked at in turns.
 */
import {openSync, readdir, statSync} from 'node:fs';
import {closeQuietly} from '../close-quietly.js';
import {libc} from '../posix.js';
import {inTurns, type Pause} from '../processes/turns.js';

const O_DIRECTORY = 0o200000;
const PREFIX = 'socket:[';

const readlinkat = libc.func('long readlinkat(int, const void *, void *, size_t)');

/**
 * The numbers of its descriptors. The kernel makes an entry for each.
 *
 * @returns null if /proc does not tell: the process has ended, or belongs to another user
 */
export function listDescriptors(pid: number): Promise<readonly string[] | null> {
  return new Promise(resolve => {
    readdir(`/proc/${pid}/fd`, 'latin1', (error, numbers) => resolve(error ? null : numbers));
  });
}

/** How many descriptors it has open: the size of the directory. 0 before Linux 6.2, and if /proc does not tell */
export function countDescriptors(pid: number): number {
  try {
    return statSync(`/proc/${pid}/fd`).size;
  } catch {
    // It has ended, or belongs to another user.
    return 0;
  }
}

export type Search = {
  readonly pause: Pause;
  /** What is known of a descriptor without a look; undefined: nothing. */
  readonly known?: (descriptor: string) => number | undefined;
};

/**
 * Which of these descriptors are sockets: the inode of each, by its number. Each look is one system call, relative to the
 * open directory, which spares the kernel the way from the root of the file system.
 *
 * @returns null if /proc does not tell, or the time is up
 */
export async function socketsAmong(
  pid: number,
  descriptors: readonly string[],
  {pause, known}: Search,
): Promise<Map<string, number> | null> {
  const directory = openDirectory(`/proc/${pid}/fd`);
  if (directory === null) return null;
  try {
    const read = createLinkReader(directory);
    const sockets = new Map<string, number>();
    const isWhole = await inTurns(descriptors, pause, descriptor => {
      const inode = known?.(descriptor) ?? read(descriptor);
      if (inode !== null) sockets.set(descriptor, inode);
    });
    return isWhole ? sockets : null;
  } finally {
    closeQuietly(directory);
  }
}

const S = 's'.charCodeAt(0);
const COLON = ':'.charCodeAt(0);

/** @returns a function that reads the inode, or null for what is not a socket, and for what is closed by now */
function createLinkReader(directory: number): (descriptor: string) => number | null {
  const [name, target] = [Buffer.alloc(16), Buffer.alloc(64)];
  return descriptor => {
    name.write(`${descriptor}\0`, 'latin1');
    const length = Number(readlinkat(directory, name, target, target.length));
    if (length < PREFIX.length || target[0] !== S || target[6] !== COLON) return null;
    return Number(target.toString('latin1', PREFIX.length, length - 1));
  };
}

function openDirectory(path: string): number | null {
  try {
    return openSync(path, O_DIRECTORY);
  } catch {
    // ENOENT: it has ended. EMFILE, EACCES.
    return null;
  }
}
