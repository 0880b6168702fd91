/** A strict reader of the text for Prometheus that ssd writes. It throws at anything that a parser may refuse. */

/** The samples by their name and labels, as they stand in the text, without the label that all of them have. */
export type Samples = ReadonlyMap<string, number>;

const TYPES = ['gauge', 'counter', 'summary'];
const LABELS = String.raw`\{\w+="(?:[^"\\\n]|\\[\\n"])*"(?:,\w+="(?:[^"\\\n]|\\[\\n"])*")*\}`;
const SAMPLE = new RegExp(String.raw`^((\w+)(?:${LABELS})?) (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$`);
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  gauge: [''],
  counter: [''],
  summary: ['_sum', '_count'],
};

export function readMetrics(text: string): Samples {
  const samples = new Map<string, number>();
  const families = new Set<string>();
  let family = {name: '', type: ''};
  if (!text.endsWith('\n')) throw new Error('its last line does not end');
  for (const line of text.trimEnd().split('\n')) {
    const [, kind, name = '', rest = ''] = /^# (TYPE|HELP) (\w+) (.+)$/.exec(line) ?? [];
    if (kind === 'HELP') {
      if (families.has(name)) throw new Error(`a bad family: ${line}`);
      families.add(name);
      family = {name, type: ''};
    } else if (kind) {
      const isCounter = name.endsWith('_total');
      const bad = name !== family.name || !TYPES.includes(rest) || isCounter !== (rest === 'counter');
      if (bad) throw new Error(`a bad type: ${line}`);
      family = {name, type: rest};
    } else {
      const [, key = '', sample = '', value] = SAMPLE.exec(line) ?? [];
      const allowed = (SUFFIXES[family.type] ?? []).map(suffix => family.name + suffix);
      if (!allowed.includes(sample) || samples.has(key)) throw new Error(`a bad sample: ${line}`);
      samples.set(withoutName(key), Number(value));
    }
  }
  return samples;
}

function withoutName(key: string): string {
  const short = key.replace(/\{name="[^"]+",?/, '{').replace('{}', '');
  if (short === key) throw new Error(`it does not name its instance: ${key}`);
  return short;
}
