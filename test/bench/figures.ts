export type Row = {
  readonly what: string;
  readonly seen: string;
  readonly goal: string;
  readonly met: boolean;
};
export function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN;
}
