/**
 * Ends ssctl, as Ctrl-C would, when its standard input ends. Without a terminal, nothing else tells a program that ssh has run
 * that the ssh at the other end is gone: it would wait for a restart, or follow the log, unseen.
 */
import {Socket} from 'node:net';

export function endWithInput(): void {
  try {
    // Not process.stdin, which the edge has replaced. sshd(8) makes a pipe or a socket for this program alone.
    const input = new Socket({fd: 0, readable: true, writable: false});
    const end = () => void process.kill(process.pid, 'SIGINT');
    input.once('end', end).once('error', end).resume().unref();
  } catch {
    // It is a file or a terminal, which nobody closes.
  }
}
