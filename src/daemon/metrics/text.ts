/**
 * The text format of Prometheus (version 0.0.4), which the textfile collector of node_exporter, Pushgateway and
 * `promtool check metrics` read. It is not OpenMetrics: there the type of a counter stands beside its name without
 * `_total`, and those readers would take such a counter for one without a type.
 */

import {printable} from '../../shared/words/printable.js';

export type Labels = Readonly<Record<string, string | number>>;
export type Sample = {readonly value: number; readonly labels?: Labels};

export type Family = {
  /** The name of a counter ends in `_total`, any other in its unit, if it has one. */
  readonly name: string;
  readonly help: string;
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

/** @param common the labels that every sample has */
export function renderFamilies(families: readonly Family[], common: Labels): string {
  return `${families.flatMap(family => linesOf(family, common)).join('\n')}\n`;
}

function linesOf(family: Family, common: Labels): string[] {
  const {name, type, help} = family;
  return [`# HELP ${name} ${escapeText(help)}`, `# TYPE ${name} ${type}`, ...samplesOf(family, common)];
}

function samplesOf(family: Family, common: Labels): string[] {
  const {name} = family;
  if (family.type === 'summary') {
    const labels = labelSet(common);
    return [`${name}_sum${labels} ${family.sum}`, `${name}_count${labels} ${family.count}`];
  }
  return family.samples.map(({value, labels}) => `${name}${labelSet({...common, ...labels})} ${value}`);
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
