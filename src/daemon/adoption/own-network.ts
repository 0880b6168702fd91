/** Whether a socket belongs to the network namespace of this process: in another one the same address is another one. */
import {closeQuietly} from '../system/close-quietly.js';
import * as posix from '../system/posix.js';

/** Linux 5.14 (socket(7)). */
const SO_NETNS_COOKIE = 71;
const COOKIE_BYTES = 8;

/** Answers yes where the kernel does not tell. */
export function isOfOwnNetwork(fd: number): boolean {
  let own = -1;
  try {
    own = posix.socket(posix.AF_UNIX, posix.SOCK_STREAM);
    return cookieOf(own).equals(cookieOf(fd));
  } catch {
    return true;
  } finally {
    if (own !== -1) closeQuietly(own);
  }
}

function cookieOf(fd: number): Buffer {
  return posix.socketOption(fd, posix.SOL_SOCKET, SO_NETNS_COOKIE, COOKIE_BYTES);
}
