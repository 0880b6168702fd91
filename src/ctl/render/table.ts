/** Tables on standard output; the only importer of cli-table3. No colours: it is data. */
import Table from 'cli-table3';
import {printable} from '../terminal/printable.js';

/** Columns set off by two blanks, without borders, so that awk and a narrow terminal can take them. */
export function table(rows: readonly (readonly string[])[]): string {
  const none = {left: '', right: '', mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': ''};
  const edges = {top: '', 'top-mid': '', 'top-left': '', 'top-right': ''};
  const bottom = {bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': ''};
  const plain = new Table({
    chars: {...none, ...edges, ...bottom, middle: '  '},
    style: {'padding-left': 0, 'padding-right': 0, head: [], border: []},
  });
  plain.push(...rows.map(row => row.map(printable)));
  const lines = plain.toString().split('\n');
  return lines.map(line => line.trimEnd()).join('\n');
}

/** Names and what they stand for, the first of which are plain words: a list needs nothing that draws tables. */
export function facts(rows: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}`.trimEnd()).join('\n');
}
