/**
 * Runs the program of this name in `lib`, from compiled code if there is some. `ssctl status` then takes 77 ms instead of
 * 96. `compile-ahead.ts` writes that code, and `kept-code.ts` decides whether to trust it.
 */
import {readFileSync, statSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {Script} from 'node:vm';
import {describeNativeModule} from '../shared/words/starts/launching.js';
import {complain} from './complain.js';
import {nameOf, readKept} from './kept-code.js';
import {HEAD, sourceOf} from './source.js';

/** `scripts/bundle.mjs` replaces these: the name of the program, and a fingerprint that differs for each build. */
declare const PROGRAM: string;
declare const BUILD: string;

/** The `require` of the CommonJS bundle. `createRequire` would first load Node modules for half a millisecond. */
declare const require: NodeJS.Require;

const NATIVE = 'koffi';

export function launch(): void {
  const bundle = dirname(import.meta.dirname);
  const path = join(bundle, 'lib', `${PROGRAM}.cjs`);
  const source = sourceOf(readFileSync(path, 'latin1'));
  const cache = join(dirname(bundle), 'cache');
  const kept = join(cache, nameOf([PROGRAM, BUILD, statSync(path).mtimeMs]));
  const cachedData = readKept(kept);
  const script = new Script(source, {filename: path, columnOffset: -HEAD.length, cachedData});
  script.runInThisContext()(load, path, dirname(path));
  if (cachedData && !script.cachedDataRejected) return;
  // Let the program run first.
  setImmediate(() => {
    import('./keep-code.js').then(({keepCode}) => keepCode({path, kept, bundle}));
  });
}

/** The `require` of the program. It reports a native module that cannot be loaded, and exits. */
function load(name: string): unknown {
  try {
    return require(name);
  } catch (error) {
    if (name !== NATIVE) throw error;
    const cause = error instanceof Error ? error.message : String(error);
    complain(describeNativeModule(PROGRAM, NATIVE, cause));
    process.exit(1);
  }
}
