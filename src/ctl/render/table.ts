/** Tables on standard output, without colours because they are data. Only this file imports cli-table3. */
import Table from 'cli-table3';
import {printable} from '../../shared/words/printable.js';

/** Columns with two blanks between them and no borders, so that they suit awk and narrow terminals. */
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

/** Lines of a name and its value. The names are plain words, so this needs no table library. */
export function facts(rows: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}`.trimEnd()).join('\n');
}
