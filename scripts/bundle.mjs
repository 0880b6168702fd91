/**
 * Bundles each program into two CommonJS files, which Node starts 35 to 50 ms sooner than a hundred modules.
 *
 *     dist/bundle/lib/ssd.cjs, ssctl.cjs   the programs, without yargs and without the binary of koffi
 *     dist/bundle/lib/*-later.cjs          the parts of them that a start does not need (`parts.mjs`)
 *     dist/bundle/lib/yargs.cjs            yargs, which is loaded only for errors on a command line
 *     dist/bundle/lib/compile-ahead.cjs    compiles a part of a program for its next starts
 *     dist/bundle/lib/page                 the page of --http as it lies in the source, and the sentences of ssctl for it
 *     dist/bundle/bin/ssd.cjs, ssctl.cjs   the commands: `src/launch`, which runs a program of lib
 *     dist/bundle/share                    completion scripts: bash-completion 2.12 finds them beside bin by itself
 *
 * Nothing is minified, and there are source maps. So a stack trace shows the names and the code of the source.
 */
import {createHash} from 'node:crypto';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {dirname} from 'node:path';
import {getSystemErrorMap} from 'node:util';
import {build} from 'esbuild';
import {completionScript} from '../dist/src/ctl/arguments/completion-script.js';
import {ASIDE, NODE_LINKS, NODE_VARIABLES} from '../dist/src/shared/node-variables.js';
import {buildParts} from './parts.mjs';
import {putInPlace} from './put-in-place.mjs';

const PROGRAMS = {
  ssd: {
    entry: 'dist/src/daemon/main.js',
    atOnce: [
      'dist/src/daemon/config/command-line.js',
      'dist/src/daemon/config/config-file.js',
      'dist/src/daemon/config/config.js',
      'dist/src/daemon/superdaemon.js',
    ],
    koffi: 'inside',
  },
  ssctl: {
    entry: 'dist/src/ctl/main.js',
    atOnce: [
      'dist/src/ctl/commands/status.js',
      'dist/src/ctl/commands/generations/restart.js',
      'dist/src/ctl/render/status.js',
    ],
    // It hardly ever needs one.
    koffi: 'apart',
  },
};
const TARGET = 'dist/bundle';
/** Beside it, and as deep, for the paths in the source maps. */
const STAGE = mkdtempSync('dist/bundle-');
process.once('exit', () => rmSync(STAGE, {recursive: true, force: true}));
const NEEDS = JSON.parse(readFileSync('package.json', 'utf8')).engines.node.replace('>=', '');

const COMMON = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  logLevel: 'warning',
  define: {'import.meta.dirname': '__dirname'},
};

/** Finds yargs relative to `bin`, because the program's `require` is that of `bin`. */
const yargsApart = {
  name: 'yargs-apart',
  setup({onResolve}) {
    onResolve({filter: /^yargs$/}, () => ({path: '../lib/yargs.cjs', external: true}));
  },
};

/**
 * Replaces two packages that cli-table3 brings along. `columns.ts` takes the place of string-width 4 and its expression of all
 * emoji, so that all of ssctl measures alike. @colors/colors is left out: `view.ts` knows where there may be colours, and
 * `table.ts` never asks cli-table3 for any.
 */
const INSTEAD = {
  'string-width': `module.exports = require('./dist/src/shared/words/layout/columns.js').widthOf;`,
  '@colors/colors/safe': 'module.exports = {};',
};
const ownTable = {
  name: 'own-table',
  setup({onResolve, onLoad}) {
    const namespace = 'own-table';
    onResolve({filter: /^(string-width|@colors\/colors\/safe)$/}, ({path}) => ({path, namespace}));
    onLoad({filter: /.*/, namespace}, ({path}) => ({contents: INSTEAD[path], resolveDir: '.'}));
  },
};

/**
 * Puts the JavaScript of koffi into ssd. Node takes 2 ms to find and compile it in node_modules. Only the package with the
 * binary for this machine is looked up there; if it is not to be found, or has another version, koffi itself is loaded.
 */
const koffiInside = {
  name: 'koffi-inside',
  setup({onResolve, onLoad}) {
    const namespace = 'koffi-inside';
    onResolve({filter: /^koffi$/}, ({path, namespace: from}) =>
      from === namespace ? {path, external: true} : {path, namespace},
    );
    onResolve({filter: /^@koromix\//}, ({path}) => ({path, external: true}));
    onLoad({filter: /.*/, namespace}, () => ({
      contents: `
        function load() {
          try {
            return require('./node_modules/koffi/index.cjs');
          } catch {
            return require('koffi');
          }
        }
        module.exports = load();`,
      resolveDir: '.',
    }));
  },
};

/** Takes 0.2 ms to load, which only a text that is not plain ASCII needs (`columns.ts`). */
const widthsOnDemand = {
  name: 'widths-on-demand',
  setup({onResolve, onLoad}) {
    const namespace = 'on-demand';
    const filter = /^get-east-asian-width$/;
    onResolve({filter}, ({path, namespace: from}) => (from === namespace ? undefined : {path, namespace}));
    onLoad({filter, namespace}, ({path}) => ({
      contents: `
        let widths;
        export const eastAsianWidth = (...args) => (widths ??= require('${path}')).eastAsianWidth(...args);`,
      resolveDir: '.',
    }));
  },
};

/** A browser has no node:util: what the errors of the system mean is written into the script. */
const errorNames = {
  name: 'error-names',
  setup({onResolve, onLoad}) {
    const namespace = 'error-names';
    onResolve({filter: /^node:util$/}, ({path}) => ({path, namespace}));
    onLoad({filter: /.*/, namespace}, () => ({
      contents: `
        const NAMES = new Map(${JSON.stringify([...getSystemErrorMap()])});
        export const getSystemErrorMap = () => NAMES;`,
    }));
  },
};

await build({
  ...COMMON,
  entryPoints: {yargs: 'yargs'},
  outdir: `${STAGE}/lib`,
  outExtension: {'.js': '.cjs'},
  footer: {js: 'module.exports = module.exports.default;'},
});
await build({
  ...COMMON,
  entryPoints: {'compile-ahead': 'dist/src/launch/compile-ahead.js'},
  outdir: `${STAGE}/lib`,
  outExtension: {'.js': '.cjs'},
});
await build({
  bundle: true,
  format: 'esm',
  target: 'es2022',
  logLevel: 'warning',
  charset: 'utf8',
  entryPoints: {common: 'dist/src/daemon/http/page/common.js'},
  outdir: `${STAGE}/lib/page`,
  plugins: [errorNames],
});
const isFolderOrPage = path => statSync(path).isDirectory() || /\.(?:html|css|js|svg)$/.test(path);
cpSync('src/daemon/http/page', `${STAGE}/lib/page`, {recursive: true, filter: isFolderOrPage});
for (const [name, {entry, atOnce, koffi}] of Object.entries(PROGRAMS)) {
  const first = `${STAGE}/lib/${name}.cjs`;
  const later = `${STAGE}/lib/${name}-later.cjs`;
  await buildParts(
    {entry, atOnce, first, later},
    {
      ...COMMON,
      sourcemap: true,
      external: koffi === 'apart' ? ['koffi'] : [],
      plugins: [yargsApart, ownTable, widthsOnDemand, ...(koffi === 'inside' ? [koffiInside] : [])],
      // ndjson brings copies of these two modules as they were in Node 10.
      alias: {'readable-stream': 'node:stream', string_decoder: 'node:string_decoder'},
      // The program runs as a script, which has no loader for `import()`.
      supported: {'dynamic-import': false},
    },
  );
  const fingerprint = createHash('sha256');
  for (const part of [first, later]) {
    const code = readFileSync(part);
    if (code.some(byte => byte > 127)) throw new Error(`${part} is not ASCII, as run-part.ts takes it to be`);
    fingerprint.update(code);
  }
  const launcher = `${STAGE}/bin/${name}.cjs`;
  await build({
    ...COMMON,
    entryPoints: ['dist/src/launch/entry.js'],
    outfile: launcher,
    banner: {js: launcherOf(name)},
    // An old Node must be able to parse it, so that it can be refused.
    target: 'es2015',
    define: {
      ...COMMON.define,
      PROGRAM: JSON.stringify(name),
      BUILD: JSON.stringify(fingerprint.digest('hex').slice(0, 16)),
      NEEDS: JSON.stringify(NEEDS),
    },
    supported: {'dynamic-import': false},
  });
  chmodSync(launcher, 0o755);
}

const SCRIPTS = {
  'bash-completion/completions/ssd': [['ssd'], 'bash'],
  'bash-completion/completions/ssctl': [['ssctl'], 'bash'],
  'zsh/site-functions/_ssd': [['ssd', 'ssctl'], 'zsh'],
  'fish/vendor_completions.d/ssd.fish': [['ssd'], 'fish'],
  'fish/vendor_completions.d/ssctl.fish': [['ssctl'], 'fish'],
};
for (const [name, [programs, shell]] of Object.entries(SCRIPTS)) {
  const path = `${STAGE}/share/${name}`;
  mkdirSync(dirname(path), {recursive: true});
  writeFileSync(path, completionScript(programs, shell));
}

// Its files are for the former programs.
if (putInPlace(STAGE, TARGET)) rmSync('dist/cache', {recursive: true, force: true});

function launcherOf(name) {
  const values = {
    PROGRAM: name,
    NEEDS,
    PREFIX: ASIDE,
    VARIABLES: NODE_VARIABLES.join(' '),
    LINKS: NODE_LINKS.join(' '),
  };
  const text = readFileSync('src/launch/launcher.sh', 'utf8');
  return text.replace(/@([A-Z]+)@/g, (_, key) => values[key]).trimEnd();
}
