/**
 * OpenMetrics 1.0 text. It uses only the types that the older Prometheus text format also has. The textfile collector
 * of node_exporter reads that older format. It treats `# UNIT` and `# EOF` as comments, and refuses a file that
 * contains `info` or `stateset` (https://github.com/prometheus/node_exporter/issues/1988).
 */

import {printable} from '../../shared/words/printable.js';

export type Labels = Readonly<Record<string, string | number>>;
export type Sample = {readonly value: number; readonly labels?: Labels};

export type Family = {
  /** The name, without the `_total` of a counter. It ends in its unit if it has one. */
  readonly name: string;
  readonly help: string;
  readonly unit?: 'seconds' | 'bytes';
} & (
  | {readonly type: 'counter' | 'gauge'; readonly samples: readonly Sample[]}
  | {readonly type: 'summary'; readonly sum: number; readonly count: number}
);

/**
 * Samples with one label.
 *
 * @example byLabel('label', {a: 1}) // `name{label="a"} 1`
 */
export function byLabel(label: string, values: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(values).map(([name, value]) => ({value, labels: {[label]: name}}));
}

/** @returns the text of all families, ending in `# EOF` */
export function renderFamilies(families: readonly Family[]): string {
  return `${families.flatMap(linesOf).join('\n')}\n# EOF\n`;
}

function linesOf(family: Family): string[] {
  const {name, type, help, unit} = family;
  return [
    `# TYPE ${name} ${type}`,
    ...(unit ? [`# UNIT ${name} ${unit}`] : []),
    `# HELP ${name} ${escapeText(help)}`,
    ...samplesOf(family),
  ];
}

function samplesOf(family: Family): string[] {
  const {name} = family;
  if (family.type === 'summary') return [`${name}_count ${family.count}`, `${name}_sum ${family.sum}`];
  const full = family.type === 'counter' ? `${name}_total` : name;
  return family.samples.map(({value, labels}) => `${full}${labels ? labelSet(labels) : ''} ${value}`);
}

function labelSet(labels: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escapeText(String(value))}"`);
  return `{${pairs.join(',')}}`;
}

/** Escapes backslash, line end and quote, the three that cannot stand for themselves. */
function escapeText(text: string): string {
  const lines = text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').split('\n');
  return lines.map(printable).join('\\n');
}
