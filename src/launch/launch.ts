#!/usr/bin/env node
/**
 * What `bin/ssd.cjs` and `bin/ssctl.cjs` are: runs the program of that name in `lib`, from compiled code where there is
 * some: `ssctl status` takes 77 ms then, and 96 without. `compile-ahead.ts` says where that comes from.
 */
import {readFileSync, statSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {Script} from 'node:vm';

/** Put in by `scripts/bundle.mjs`: the name of the program, and what it is known by, which is different for each build. */
declare const PROGRAM: string;
declare const BUILD: string;

/** That of the bundle, which is CommonJS; `createRequire` would first load half a millisecond of Node's modules. */
declare const require: NodeJS.Require;

const HEAD = '(function (require, __filename, __dirname) {';

function launch(): void {
  const bundle = dirname(import.meta.dirname);
  const path = join(bundle, 'lib', `${PROGRAM}.cjs`);
  // The program is ASCII, which is read fastest so.
  const source = `${HEAD}${readFileSync(path, 'latin1')}\n})`;
  const cache = join(dirname(bundle), 'cache', nameOf(statSync(path).mtimeMs));
  const cachedData = read(cache);
  const options = {filename: path, columnOffset: -HEAD.length};
  const script = new Script(source, {...options, cachedData});
  script.runInThisContext()(require, path, dirname(path));
  if (cachedData && !script.cachedDataRejected) return;
  // The program has its turn first.
  setImmediate(() => {
    import('./compile-ahead.js').then(({compileAhead}) => compileAhead(cache, source, options));
  });
}

/** Who mends the program in its place must not run what it was before. */
function nameOf(mtimeMs: number): string {
  return [PROGRAM, BUILD, Math.floor(mtimeMs), process.version, process.arch].join('-');
}

function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    // There is none yet, or never will be.
    return undefined;
  }
}

launch();
