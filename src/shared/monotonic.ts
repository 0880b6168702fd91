/** Milliseconds since the machine started, with fractions. `performance.now()` would load Node modules for 2 ms. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
