/** Look-ups in tables that have one function for each member of a union. The core may import this: it is pure. */

type Cell = (...args: never) => unknown;

/**
 * A function that was looked up in a table, typed as one that takes what any function of the table takes:
 *
 *     correlated(lines[event.type])(event)
 *
 * The table's type gives each key the function for its own member of the union. TypeScript sees the key and the
 * argument as two unions that have nothing to do with each other. The caller takes both from the same value.
 */
export function correlated<F extends Cell>(cell: F): AnyOf<F> {
  // The one place where this is said to TypeScript; every table has it from here.
  return cell as never;
}

type AnyOf<F extends Cell> = (...args: Merged<Parameters<F>>) => ReturnType<F>;

/** Of a union of lists, one list of unions. */
type Merged<A extends readonly unknown[]> = [A] extends [readonly [unknown]]
  ? [A[0]]
  : [A] extends [readonly [unknown, unknown]]
    ? [A[0], A[1]]
    : never;
