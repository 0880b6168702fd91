/** Milliseconds since the machine started, as a fraction. `performance.now()` would first load 2 ms of Node's modules. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
