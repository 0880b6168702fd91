/** Reads a stream line by line. */
import type {Readable} from 'node:stream';

export function eachLine(input: Readable, onLine: (line: string) => void): void {
  let pending = '';
  input.setEncoding('utf8');
  input.on('data', chunk => {
    const lines = (pending + chunk).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}
