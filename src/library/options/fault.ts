/** Looks at the options of the library's functions: what is misspelt must not be taken for what is not given. Pure. */

/** What a value must be, and the words for it. */
export type Kind = {readonly is: (value: unknown) => boolean; readonly expected: string};
export type Kinds = Readonly<Record<string, Kind>>;

/** What is wrong: a value, or a name that none of `known` is. */
export type Fault = {readonly option: string} & (
  | {readonly value: unknown; readonly problem: string}
  | {readonly known: readonly string[]}
);

/** @returns the first thing that is wrong. An option that is undefined counts as one that is not given. */
export function faultIn(options: unknown, kinds: Kinds): Fault | null {
  const fault = faultAsObject('options', options);
  if (fault) return fault;
  for (const [option, value] of Object.entries(options as object)) {
    if (value === undefined) continue;
    const kind = Object.hasOwn(kinds, option) ? kinds[option] : undefined;
    if (!kind) return {option, known: Object.keys(kinds)};
    if (!kind.is(value)) return {option, value, problem: `expected ${kind.expected}`};
  }
  return null;
}

/** A Map, a promise that nobody waits for, or an object of a class would look like an object without options. */
export function faultAsObject(option: string, value: unknown): Fault | null {
  return isPlain(value) ? null : {option, value, problem: 'expected an object'};
}

/** Also an object of another realm, such as those of `node:vm` and jest. */
function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** One that another library or realm has made is one, too. */
const isSignal = (value: unknown) =>
  typeof value === 'object' &&
  value !== null &&
  METHODS.every(method => typeof Reflect.get(value, method) === 'function');

const METHODS = ['throwIfAborted', 'addEventListener', 'removeEventListener'] as const;

const isText = (value: unknown) => typeof value === 'string' && value !== '' && !value.includes('\0');

export const SIGNAL: Kind = {is: isSignal, expected: 'an AbortSignal'};
export const NAME: Kind = {is: isText, expected: 'a name'};
export const PATH: Kind = {is: isText, expected: 'a path'};
export const SWITCH: Kind = {is: value => typeof value === 'boolean', expected: 'true or false'};
export const LISTENER: Kind = {is: value => typeof value === 'function', expected: 'a function'};
