/**
 * Runs a part of a program, from compiled code if there is some. `compile-ahead.ts` writes that code, and `kept-code.ts`
 * decides whether to trust it.
 */
import {readFileSync, statSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {Script} from 'node:vm';
import {nameOf, readKept} from './kept-code.js';

/** `scripts/bundle.mjs` replaces it: a fingerprint that differs for each build. */
declare const BUILD: string;

export type Place = {
  /** The part. */
  readonly path: string;
  /** The path for its code. */
  readonly kept: string;
  readonly bundle: string;
};

export type Part = {
  /** The same for both parts of one build. */
  readonly pair: string;
  /** Loads each module that the other part may ask for, by its path. */
  readonly modules: Readonly<Record<string, () => unknown>>;
  /** Whether it ran from compiled code. */
  readonly isKept: boolean;
};

/** @param load its `require` */
export function runPart(name: string, load: (name: string) => unknown): Part {
  const {path, kept} = placeOf(name);
  // It is ASCII. Node reads that fastest as UTF-8, for which it makes no buffer.
  const source = readFileSync(path, 'utf8');
  const cachedData = readKept(kept);
  const script = new Script(source, {filename: path, cachedData});
  const module = {exports: {pair: '', modules: {}}};
  script.runInThisContext()(load, module, path, dirname(path));
  return {...module.exports, isKept: cachedData !== undefined && !script.cachedDataRejected};
}

export function placeOf(name: string): Place {
  const bundle = dirname(import.meta.dirname);
  const path = join(bundle, 'lib', `${name}.cjs`);
  const kept = join(dirname(bundle), 'cache', nameOf([name, BUILD, statSync(path).mtimeMs]));
  return {path, kept, bundle};
}
