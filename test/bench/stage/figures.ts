/** The report of a benchmark, and its figures: medians of many measurements, taken in turns. */

export type Row = {
  readonly what: string;
  readonly seen: string;
  readonly goal: string;
  readonly met: boolean;
};

/** How much is measured; less of it is quicker, and noisier. */
export type Effort = {
  /** How often each of the compared things is done. */
  readonly rounds: number;
  /** How many restarts memory is watched over. */
  readonly restarts: number;
  /** How long an idle ssd is watched. */
  readonly seconds: number;
};

export type Section = (effort: Effort) => Promise<readonly Row[]>;

export function printRows(section: string, rows: readonly Row[]): void {
  process.stdout.write(`${section}\n`);
  for (const {what, seen, goal, met} of rows) {
    process.stdout.write(`  ${met ? 'met    ' : 'NOT MET'}  ${what}\n             ${seen}; goal: ${goal}\n`);
  }
}

/** Does each once, then each again, so that a disturbance of the machine disturbs all of them. */
export async function inTurns(
  rounds: number,
  ...measures: readonly (() => Promise<number>)[]
): Promise<number[][]> {
  const figures: number[][] = measures.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [nth, measure] of measures.entries()) figures[nth]?.push(await measure());
  }
  return figures;
}

/** What an act takes, in milliseconds. */
export async function timed(act: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await act();
  return performance.now() - startedAt;
}

export function median(figures: readonly number[] = []): number {
  return part(figures, 0.5);
}

/** The figure below which this part of them lies, such as 0.99. */
export function part(figures: readonly number[], share: number): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length * share)] ?? Number.NaN;
}

export type Comparison = {
  readonly figures: readonly number[] | undefined;
  /** The figures to compare them with. */
  readonly basis: readonly number[] | undefined;
  readonly unit: string;
  readonly atMost: number;
};

export function ratioRow(what: string, {figures, basis, unit, atMost}: Comparison): Row {
  const [upper, lower] = [median(figures), median(basis)];
  const ratio = upper / lower;
  const medians = `${upper.toFixed(1)} / ${lower.toFixed(1)} ${unit}, medians of ${figures?.length}`;
  return {
    what,
    seen: `${ratio.toFixed(2)} (${medians})`,
    goal: `at most ${atMost.toFixed(2)}`,
    met: ratio <= atMost,
  };
}
