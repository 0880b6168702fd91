/** A worker that is stopped is a problem until it continues. */
import type {Problems} from './problems.js';

/** @returns a function that takes a worker and the signal that stopped it; null: it continues, or has ended */
export function tellOfStops({
  raise,
  solve,
}: Pick<Problems, 'raise' | 'solve'>): (subject: string, signal: string | null) => void {
  const code = 'worker-stopped';
  return (subject, signal) =>
    signal === null ? solve(code, subject) : raise({code, subject, cause: signal});
}
