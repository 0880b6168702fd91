/** Reads what programs write. */
import type {ChildProcess} from 'node:child_process';
import type {Readable} from 'node:stream';
import {setImmediate as nextTurn} from 'node:timers/promises';

/** Line by line, as they come. */
export function eachLine(input: Readable, onLine: (line: string) => void): void {
  let pending = '';
  input.setEncoding('utf8');
  input.on('data', chunk => {
    const lines = (pending + chunk).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}

/**
 * Resolves when what is in the pipes is read. `close` would wait for the workers that have them. The event loop delivers what
 * a pipe has in each of its turns, so a pipe is empty after a turn without data.
 */
export async function drained({stdout, stderr}: ChildProcess): Promise<void> {
  let isRead = true;
  const note = () => {
    isRead = true;
  };
  for (const stream of [stdout, stderr]) stream?.on('data', note);
  while (isRead) {
    isRead = false;
    await nextTurn();
    await nextTurn();
  }
  for (const stream of [stdout, stderr]) stream?.off('data', note);
}
