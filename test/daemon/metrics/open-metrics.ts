/** A strict reader of the OpenMetrics text that ssd uses. It throws at anything that a parser may refuse. */

/** The samples by their name and labels, as they stand in the text. */
export type Samples = ReadonlyMap<string, number>;

const TYPES = ['gauge', 'counter', 'summary'];
const LABELS = String.raw`\{\w+="(?:[^"\\\n]|\\[\\n"])*"(?:,\w+="(?:[^"\\\n]|\\[\\n"])*")*\}`;
const SAMPLE = new RegExp(String.raw`^((\w+)(?:${LABELS})?) (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$`);
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  gauge: [''],
  counter: ['_total'],
  summary: ['_count', '_sum'],
};

export function readOpenMetrics(text: string): Samples {
  if (!text.endsWith('\n# EOF\n')) throw new Error('it does not end in # EOF');
  const samples = new Map<string, number>();
  const families = new Set<string>();
  let family = {name: '', type: ''};
  for (const line of text.slice(0, -'# EOF\n'.length).trimEnd().split('\n')) {
    const [, kind, name = '', rest = ''] = /^# (TYPE|UNIT|HELP) (\w+) (.+)$/.exec(line) ?? [];
    if (kind === 'TYPE') {
      if (families.has(name) || !TYPES.includes(rest)) throw new Error(`a bad family: ${line}`);
      families.add(name);
      family = {name, type: rest};
    } else if (kind) {
      const bad = name !== family.name || (kind === 'UNIT' && !name.endsWith(`_${rest}`));
      if (bad) throw new Error(`bad metadata: ${line}`);
    } else {
      const [, key = '', sample = '', value] = SAMPLE.exec(line) ?? [];
      const allowed = (SUFFIXES[family.type] ?? []).map(suffix => family.name + suffix);
      if (!allowed.includes(sample) || samples.has(key)) throw new Error(`a bad sample: ${line}`);
      samples.set(key, Number(value));
    }
  }
  return samples;
}
