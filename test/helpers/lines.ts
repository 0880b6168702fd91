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

export type LineLog = {
  readonly add: (line: string) => void;
  /** The next line that matches; lines before it are skipped and cannot be awaited any more. */
  readonly match: (pattern: RegExp) => Promise<string>;
  readonly text: () => string;
};

/** Lines as they come; each is given to one awaiting pattern only. */
export function lineLog(): LineLog {
  const all: string[] = [];
  const fresh: string[] = [];
  const waiting: {readonly pattern: RegExp; readonly resolve: (line: string) => void}[] = [];
  const add = (line: string) => {
    all.push(line);
    const index = waiting.findIndex(({pattern}) => pattern.test(line));
    if (index === -1) fresh.push(line);
    else waiting.splice(index, 1)[0]?.resolve(line);
  };
  const match = (pattern: RegExp) => {
    const index = fresh.findIndex(line => pattern.test(line));
    if (index !== -1) return Promise.resolve(fresh.splice(0, index + 1).at(-1) ?? '');
    fresh.splice(0);
    return new Promise<string>(resolve => waiting.push({pattern, resolve}));
  };
  return {add, match, text: () => all.join('\n')};
}
