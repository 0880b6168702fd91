/** Tables of ssctl. Only this file imports cli-table3, whose own colours are off: on a pipe a table is data. */
import Table from 'cli-table3';
import {cut, padEnd, widthOf, wrap} from '../../shared/words/layout/columns.js';
import {printable} from '../../shared/words/printable.js';
import {isolated, PLAIN, type Tone, type View, wrapped} from '../terminal/view.js';

export type Cell = string | {readonly text: string; readonly tone: Tone | null};
export type Row = readonly Cell[];

/**
 * Columns with two blanks between them and no borders, so that they suit awk and narrow terminals. The first row is the
 * head. No line is wider than the view.
 */
export function table([head = [], ...rows]: readonly Row[], view: View = PLAIN): string {
  const none = {left: '', right: '', mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': ''};
  const edges = {top: '', 'top-mid': '', 'top-left': '', 'top-right': ''};
  const bottom = {bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': ''};
  const plain = new Table({
    chars: {...none, ...edges, ...bottom, middle: BETWEEN},
    style: {'padding-left': 0, 'padding-right': 0, head: [], border: []},
  });
  plain.push(head.map(cell => painted({text: textOf(cell), tone: 'strong'}, view)));
  plain.push(...rows.map(row => row.map(cell => painted(cell, view))));
  return fitted(
    plain
      .toString()
      .split('\n')
      .map(line => line.trimEnd()),
    view,
  );
}

/** How many columns the table takes. */
export function tableWidth(rows: readonly Row[]): number {
  return columnWidths(rows).reduce((sum, width) => sum + BETWEEN.length + width, -BETWEEN.length);
}

/** Cuts the last column of a table that is too wide, down to `least` columns. */
export function cutLast(rows: readonly Row[], {columns}: View, least: number): readonly Row[] {
  const widths = columnWidths(rows);
  const room = (columns ?? Number.POSITIVE_INFINITY) - tableWidth(rows) + (widths.at(-1) ?? 0);
  if (room >= (widths.at(-1) ?? 0)) return rows;
  return rows.map(row => [
    ...row.slice(0, -1),
    ...row.slice(-1).map(cell => cut(textOf(cell), Math.max(least, room))),
  ]);
}

/** Lines of a name and its value, which is wrapped beside the name. The names are plain words. */
export function facts(rows: readonly (readonly [name: string, value: Cell])[], view: View = PLAIN): string {
  const width = Math.max(...rows.map(([name]) => name.length)) + BETWEEN.length;
  const lines = rows.flatMap(([name, value]) => {
    const room = Math.max(1, (view.columns ?? Number.POSITIVE_INFINITY) - width);
    const texts = wrap(textOf(value), room);
    const tone = typeof value === 'string' ? null : value.tone;
    return texts.map((text, index) =>
      `${padEnd(index === 0 ? name : '', width)}${painted({text, tone}, view)}`.trimEnd(),
    );
  });
  return fitted(lines, view);
}

/** A sentence over as many lines as it needs. All but the first are indented. */
export function sentence(text: string, view: View): string {
  return wrapped(printable(text), view);
}

const BETWEEN = '  ';

function columnWidths(rows: readonly Row[]): readonly number[] {
  const [head = []] = rows;
  return head.map((_, nth) => Math.max(...rows.map(row => widthOf(textOf(row[nth] ?? '')))));
}

function fitted(lines: readonly string[], {columns}: View): string {
  return lines.map(line => (columns === null ? line : cut(line, columns))).join('\n');
}

/** What stands in the cell, fit for one line. */
function textOf(cell: Cell): string {
  return printable(typeof cell === 'string' ? cell : cell.text);
}

function painted(cell: Cell, {columns, paint}: View): string {
  const text = columns === null ? textOf(cell) : isolated(textOf(cell));
  return typeof cell === 'string' || cell.tone === null ? text : paint(cell.tone, text);
}
