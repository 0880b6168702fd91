/**
 * Two forms of the same metrics. `text` is the text format of Prometheus (version 0.0.4), which the textfile collector of
 * node_exporter, Pushgateway and `promtool check metrics` read. `openmetrics` is OpenMetrics 1.0.0. There the type of a counter
 * stands beside its name without `_total`, that of an info without `_info`, and the last line says that all of it has come. The
 * readers of the other form would take such a counter for one without a type.
 */

import {printable} from '../../shared/words/printable.js';

export type Labels = Readonly<Record<string, string | number>>;
export type Sample = {readonly value: number; readonly labels?: Labels};

export type Form = 'text' | 'openmetrics';

export type Family = {
  /** The name of a counter ends in `_total`, of an info in `_info`, any other in its unit, if it has one. */
  readonly name: string;
  readonly help: string;
} & (
  | {readonly type: 'counter' | 'gauge' | 'info'; readonly samples: readonly Sample[]}
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
export function renderFamilies(families: readonly Family[], common: Labels, form: Form): string {
  const lines = families.flatMap(family => [...HEADS[form](family), ...samplesOf(family, common)]);
  return `${[...lines, ...(form === 'openmetrics' ? ['# EOF'] : [])].join('\n')}\n`;
}

const HEADS: Readonly<Record<Form, (family: Family) => string[]>> = {
  text: ({name, type, help}) => headOf(name, type === 'info' ? 'gauge' : type, help),
  openmetrics: ({name, type, help}) => headOf(name.replace(SUFFIX, ''), type, help),
};

const SUFFIX = /_(total|info)$/;

function headOf(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${escapeText(help)}`, `# TYPE ${name} ${type}`];
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
