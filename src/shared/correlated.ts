/** Looks up functions in tables with one function for each member of a union. It is pure, so the core may import it. */

type Cell = (...args: never) => unknown;

/**
 * Types a function from a table as one that takes the arguments of any function in the table:
 *
 *     correlated(lines[event.type])(event)
 *
 * The table's type gives each key the function for its own member of the union. TypeScript treats the key and the
 * argument as two unrelated unions. The caller must take both from the same value.
 */
export function correlated<F extends Cell>(cell: F): AnyOf<F> {
  // This is the only such cast. Every table uses it.
  return cell as never;
}

type AnyOf<F extends Cell> = (...args: Merged<Parameters<F>>) => ReturnType<F>;

/** Turns a union of lists into one list of unions. */
type Merged<A extends readonly unknown[]> = [A] extends [readonly [unknown]]
  ? [A[0]]
  : [A] extends [readonly [unknown, unknown]]
    ? [A[0], A[1]]
    : never;
