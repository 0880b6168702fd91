/** Which form of the metrics a client wants, by its Accept header (RFC 9110, 12.5.1). Pure. */
import type {MetricsForm} from './view.js';

/** The media type of each form. */
export const METRICS_TYPES: Readonly<Record<MetricsForm, string>> = {
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  text: 'text/plain; version=0.0.4; charset=utf-8',
};

/** Longer than any client sends. The rest is not looked at. */
const MAX_RANGES = 32;

/**
 * OpenMetrics for who names it and prefers it, or takes both alike; the older text for everybody else.
 *
 * @example metricsFormFor('application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.2') // 'openmetrics'
 */
export function metricsFormFor(accept: string | undefined): MetricsForm {
  const ranges = (accept ?? '').split(',', MAX_RANGES).map(readRange);
  const qualityOf = (wanted: (range: Range) => boolean) =>
    Math.max(0, ...ranges.filter(wanted).map(({quality}) => quality));
  const openmetrics = qualityOf(
    ({type, version}) => type === 'application/openmetrics-text' && VERSIONS.has(version),
  );
  const text = qualityOf(({type}) => type === 'text/plain');
  return openmetrics > 0 && openmetrics >= text ? 'openmetrics' : 'text';
}

/** What is written is both: 1.0.0 differs from 0.0.1 in what ssd has none of. */
const VERSIONS: ReadonlySet<string | undefined> = new Set([undefined, '0.0.1', '1.0.0']);

type Range = {readonly type: string; readonly version: string | undefined; readonly quality: number};

function readRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map(part => part.trim().toLowerCase());
  const parameter = (name: string) =>
    parameters
      .find(one => one.startsWith(`${name}=`))
      ?.slice(name.length + 1)
      .replaceAll('"', '');
  const quality = Number(parameter('q') ?? 1);
  return {type, version: parameter('version'), quality: quality >= 0 && quality <= 1 ? quality : 0};
}
