/**
 * The word that a person probably meant.
 *
 * @returns the candidate that begins with the text, or that has at most a third of its letters wrong; null if there is none
 * @example nearest('prot', ['port', 'path']) === 'port' && nearest('xyz', ['port', 'path']) === null
 */
export function nearest<T extends string>(text: string, candidates: readonly T[]): T | null {
  const wanted = text.toLowerCase().slice(0, MAX_LENGTH);
  const longer = candidates.filter(candidate => candidate.startsWith(wanted));
  const [only] = longer;
  if (only !== undefined && longer.length === 1 && wanted.length > 1) return only;
  let best: T | null = null;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const wrong = distance(wanted, candidate);
    if (wrong < Math.min(least, candidate.length)) [best, least] = [candidate, wrong];
  }
  return best;
}

/** The text comes from a command line, which can be long. No candidate is. */
const MAX_LENGTH = 64;

/** How many letters must be inserted, removed, replaced or swapped with their neighbour (optimal string alignment). */
function distance(a: string, b: string): number {
  let [before, last]: [number[], number[]] = [[], Array.from({length: b.length + 1}, (_, at) => at)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min((row[j - 1] ?? 0) + 1, (last[j] ?? 0) + 1, (last[j - 1] ?? 0) + same, swapped));
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
