/**
 * Makes one file of each program, as CommonJS: Node starts that 35 to 50 ms sooner than a hundred modules.
 *
 *     dist/bundle/lib/ssd.cjs, ssctl.cjs   the programs, with all they need but koffi, which has a binary, and yargs
 *     dist/bundle/lib/yargs.cjs            yargs, which is loaded only for help and for what is wrong on a command line
 *     dist/bundle/bin/ssd.cjs, ssctl.cjs   what is run: `src/launch/launch.ts`, which starts a program of lib
 *
 * Nothing is minified: the names and the code in a stack trace are those of the source, and there are source maps.
 */
import {createHash} from 'node:crypto';
import {readFileSync, rmSync} from 'node:fs';
import {build} from 'esbuild';

const PROGRAMS = {ssd: 'dist/src/daemon/main.js', ssctl: 'dist/src/ctl/main.js'};
const TARGET = 'dist/bundle';

const COMMON = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  logLevel: 'warning',
  define: {'import.meta.dirname': '__dirname'},
};

/** Out of `bin`, where a program is run from. */
const yargsApart = {
  name: 'yargs-apart',
  setup({onResolve}) {
    onResolve({filter: /^yargs$/}, () => ({path: '../lib/yargs.cjs', external: true}));
  },
};

for (const former of [TARGET, 'dist/cache']) rmSync(former, {recursive: true, force: true});
await build({
  ...COMMON,
  entryPoints: {yargs: 'yargs'},
  outdir: `${TARGET}/lib`,
  outExtension: {'.js': '.cjs'},
  footer: {js: 'module.exports = module.exports.default;'},
});
for (const [name, entry] of Object.entries(PROGRAMS)) {
  const program = `${TARGET}/lib/${name}.cjs`;
  await build({
    ...COMMON,
    entryPoints: [entry],
    outfile: program,
    sourcemap: true,
    external: ['koffi'],
    plugins: [yargsApart],
    // ndjson brings copies of these two, as they were in Node 10.
    alias: {'readable-stream': 'node:stream', string_decoder: 'node:string_decoder'},
    // The program is run as a script, which has no loader for `import()`.
    supported: {'dynamic-import': false},
  });
  const code = readFileSync(program);
  if (code.some(byte => byte > 127)) throw new Error(`${program} is not ASCII, as launch.ts takes it to be`);
  const fingerprint = createHash('sha256').update(code).digest('hex').slice(0, 16);
  await build({
    ...COMMON,
    entryPoints: ['dist/src/launch/launch.js'],
    // Executable, for it begins with #!.
    outfile: `${TARGET}/bin/${name}.cjs`,
    define: {...COMMON.define, PROGRAM: JSON.stringify(name), BUILD: JSON.stringify(fingerprint)},
    supported: {'dynamic-import': false},
  });
}
