/**
 * Makes what `require('ssd-superdaemon')` loads, since not every Node that the package runs on can `require` a module:
 *
 *     dist/commonjs/src/library/index.js     what the library loads at once; the rest stays modules, which it imports when called
 *     dist/commonjs/src/**\/*.d.ts            the declarations that the library names, for TypeScript that compiles to CommonJS
 *
 * The declarations are those of dist/src. TypeScript takes a file for a module or for CommonJS by the package.json above it.
 */
import {cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join, relative} from 'node:path';
import {build} from 'esbuild';
import {putInPlace} from './put-in-place.mjs';

const ENTRY = 'dist/src/library/index';
const TARGET = 'dist/commonjs';
/** Beside it, and as deep. */
const STAGE = mkdtempSync('dist/commonjs-');
process.once('exit', () => rmSync(STAGE, {recursive: true, force: true}));

/** Leaves `import()` as it is, and points it to the modules. */
const importLater = {
  name: 'import-later',
  setup({onResolve}) {
    onResolve({filter: /^\./}, ({path, kind, resolveDir}) =>
      kind === 'dynamic-import'
        ? {
            path: relative(dirname(inStage(`${ENTRY}.js`)), join(relative('.', resolveDir), path)),
            external: true,
          }
        : undefined,
    );
  },
};

await build({
  entryPoints: [`${ENTRY}.js`],
  outfile: inStage(`${ENTRY}.js`),
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  logLevel: 'warning',
  plugins: [importLater],
});
for (const file of declarationsFrom(`${ENTRY}.d.ts`, new Set())) {
  mkdirSync(dirname(inStage(file)), {recursive: true});
  cpSync(file, inStage(file));
}
writeFileSync(`${STAGE}/package.json`, '{"type": "commonjs"}\n');
putInPlace(STAGE, TARGET);

function inStage(file) {
  return join(STAGE, relative('dist', file));
}

/** The file, and all that it names. */
function declarationsFrom(file, found) {
  if (found.has(file)) return found;
  found.add(file);
  const named = readFileSync(file, 'utf8').matchAll(/(?:from |import\()['"](\.[^'"]+)\.js['"]/g);
  for (const [, path] of named) declarationsFrom(join(dirname(file), `${path}.d.ts`), found);
  return found;
}
