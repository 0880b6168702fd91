/** Whether a schema and a type of the protocol say the same. */

/** Both in one form: members that are put together are one object, and nothing can be written. */
type Plain<T> = T extends readonly (infer E)[]
  ? readonly Plain<E>[]
  : T extends object
    ? {readonly [K in keyof T]: Plain<T[K]>}
    : T;

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/**
 * `true` if they are the same in each member, optional ones included. Otherwise what is assigned to it does not compile:
 *
 *     const agrees: Agrees<v.InferOutput<typeof status>, Status> = true;
 */
export type Agrees<Schema, Type> = Same<Plain<Schema>, Plain<Type>>;
