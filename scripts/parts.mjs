/**
 * Builds a program in two parts: `NAME.cjs` has what a start needs, `NAME-later.cjs` what is imported by `import()` after it.
 * V8 takes a millisecond to load 200 KB of compiled code, whether or not it is run.
 *
 * No module is in both parts, so there is one of each class and each variable. What both need is in the first part, which
 * exports a function for each such module. The later part has `require('first:PATH')` for it, and the first one
 * `require('later:PATH')` for an `import()` of the later one: `launch.ts` answers both.
 */
import {createHash} from 'node:crypto';
import {relative} from 'node:path';
import {build} from 'esbuild';

/** Each part is a function, as `run-part.ts` calls it. */
const FUNCTION = {
  banner: {js: '(function (require, module, __filename, __dirname) { "use strict";'},
  footer: {js: '})'},
};

/**
 * @param {object} program
 * @param {string} program.entry the module that runs
 * @param {readonly string[]} program.atOnce the modules that are imported by `import()` and yet belong to the first part
 * @param {string} program.first where the first part is written
 * @param {string} program.later where the later one is written
 * @param {import('esbuild').BuildOptions} options of both
 */
export async function buildParts({entry, atOnce, first, later}, options) {
  const postponed = new Set();
  const run = `import './${entry}';`;
  const start = await bundle(
    run,
    options,
    postpone(path => !atOnce.includes(path) && postponed.add(path)),
  );
  const targets = [...postponed].filter(path => !Object.hasOwn(start.inputs, path)).sort();
  const rest = await bundle(tableOf(targets), options);
  const shared = sharedModules(start.inputs, rest.inputs);
  const pair = `export const pair = '${fingerprint([start, rest])}';`;
  const toLater = postpone(path => targets.includes(path));
  await bundle(`${run}\n${pair}\n${tableOf(shared)}`, {...options, outfile: first}, toLater);
  await bundle(`${pair}\n${tableOf(targets)}`, {...options, outfile: later}, fromFirst(shared));
}

/** Tells the parts of one build from those of another: a program can be started while it is built anew. */
function fingerprint(bundles) {
  const hash = createHash('sha256');
  for (const {code} of bundles) hash.update(code);
  return hash.digest('hex').slice(0, 16);
}

/** Bundles a module that is given as text. Without an `outfile`, it only looks at what would be in the bundle. */
async function bundle(contents, options, plugin) {
  const {metafile, outputFiles} = await build({
    ...options,
    ...FUNCTION,
    stdin: {contents, resolveDir: '.', sourcefile: 'parts'},
    write: options.outfile !== undefined,
    metafile: true,
    plugins: [...(plugin ? [plugin] : []), ...options.plugins],
  });
  return {inputs: metafile.inputs, code: outputFiles?.[0]?.contents};
}

/** A module that exports a function for each of these modules: it loads the module at the first call. */
function tableOf(paths) {
  const lines = paths.map(
    path => `  ${JSON.stringify(path)}: () => require(${JSON.stringify(specifierOf(path))}),`,
  );
  return `export const modules = {\n${lines.join('\n')}\n};`;
}

/** A plugin has made `NAMESPACE:PACKAGE` of a package. */
function specifierOf(path) {
  return path.includes(':') ? path.slice(path.indexOf(':') + 1) : `./${path}`;
}

/** The modules of `start` that those modules import that only `rest` has. */
function sharedModules(start, rest) {
  const only = Object.keys(rest).filter(path => !Object.hasOwn(start, path));
  const imported = only.flatMap(path =>
    rest[path].imports.filter(({external}) => !external).map(({path: to}) => to),
  );
  return [...new Set(imported)].filter(path => Object.hasOwn(start, path)).sort();
}

/** Leaves these targets of `import()` to the later part. */
function postpone(isLater) {
  return {
    name: 'postpone',
    setup({onResolve}) {
      onResolve({filter: /^\./}, ({path, kind, resolveDir}) => {
        const target = relative('.', `${resolveDir}/${path}`);
        return kind === 'dynamic-import' && isLater(target)
          ? {path: `later:${target}`, external: true}
          : undefined;
      });
    },
  };
}

/** Takes these modules from the first part. */
function fromFirst(shared) {
  return {
    name: 'from-first',
    setup({onResolve, resolve}) {
      onResolve({filter: /.*/}, async ({path, kind, pluginData, ...from}) => {
        if (pluginData === 'resolving' || kind === 'entry-point') return undefined;
        const found = await resolve(path, {...from, kind, pluginData: 'resolving'});
        const name = nameOf(found);
        return shared.includes(name) ? {path: `first:${name}`, external: true} : undefined;
      });
    },
  };
}

/** As the metafile names a module. */
function nameOf({path, namespace}) {
  return namespace === 'file' ? relative('.', path) : `${namespace}:${path}`;
}
