/**
 * Node puts terminals back at its exit as they were at its start (ResetStdio in src/node.cc). Until Node 22.17 it aborts
 * if the terminal is gone by then. It leaves a descriptor alone that is no longer the same file. So /dev/null takes the
 * place of the terminal right before the exit.
 */
import {closeSync, fstatSync, openSync, type Stats} from 'node:fs';
import {isTerminal} from '../standard-streams.js';

/**
 * @param always whether terminals are given up even if they are still there: right for a program that changes nothing on
 *   them, because a terminal can go away at any time
 */
export function leaveTerminals({always}: {readonly always: boolean}): void {
  const terminals = [0, 1, 2].flatMap(fd => (isTerminal(fd) ? [{fd, stats: fstatSync(fd)}] : []));
  if (terminals.length === 0) return;
  process.on('exit', () => {
    for (const {fd, stats} of terminals) {
      if (isSameFile(fd, stats) && (always || !isTerminal(fd))) putNullAt(fd);
    }
  });
}

function isSameFile(fd: number, {dev, ino}: Stats): boolean {
  try {
    const now = fstatSync(fd);
    return now.dev === dev && now.ino === ino;
  } catch {
    // It is closed. Node leaves it alone.
    return false;
  }
}

/** The lowest free number is taken (open(2)), which is `fd` because those below it are open. */
function putNullAt(fd: number): void {
  try {
    closeSync(fd);
    openSync('/dev/null', 'r+');
  } catch {
    // There is no /dev/null. The descriptor stays closed, which Node leaves alone too.
  }
}
