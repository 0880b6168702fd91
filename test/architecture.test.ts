/** DESIGN section 7 and STYLE's dependency rules, held by reading the imports. Cycles, default exports, function
 * length and parameters are the linter's (biome.json). */
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {dirname, join, relative} from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'ava';

const root = fileURLToPath(new URL('../../', import.meta.url));
const MAX_LINES = 250;

type Import = {readonly from: string; readonly to: string; readonly typeOnly: boolean};

/** The one importer of each package, for each program. */
const IMPORTERS: Readonly<Record<string, readonly string[]>> = {
  yargs: ['src/daemon/cli.ts', 'src/ctl/cli.ts'],
  'yargs-parser': ['src/shared/plain-parse.ts'],
  ndjson: ['src/shared/wire.ts'],
  'cli-table3': ['src/ctl/render/table.ts'],
  koffi: ['src/daemon/system/posix.ts'],
  valibot: ['src/shared/decode.ts'],
};

const sources = readdirSync(join(root, 'src'), {recursive: true, encoding: 'utf8'})
  .filter(file => file.endsWith('.ts'))
  .map(file => `src/${file}`);
const imports = sources.flatMap(importsOf);

function importsOf(from: string): Import[] {
  const text = readFileSync(join(root, from), 'utf8');
  // Biome has laid every import out in one way; `import('…')` is a dynamic one.
  const statements = [...text.matchAll(/^(?:import|export)\s+(type\s)?(?:[^;'"]*?\sfrom\s+)?'([^']+)'/gm)];
  const dynamic = [...text.matchAll(/\bimport\('([^']+)'\)/g)];
  return [
    ...statements.map(([, type, to = '']) => ({from, to: target(from, to), typeOnly: type !== undefined})),
    ...dynamic.map(([, to = '']) => ({from, to: target(from, to), typeOnly: false})),
  ];
}

function target(from: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  return relative(root, join(root, dirname(from), specifier)).replace(/\.js$/, '.ts');
}

function breaches(rule: (found: Import) => boolean): string[] {
  return imports.filter(rule).map(({from, to}) => `${from} imports ${to}`);
}

const isIn = (folder: string) => (file: string) => file.startsWith(`src/${folder}/`);
const [inCtl, inDaemon, inShared] = [isIn('ctl'), isIn('daemon'), isIn('shared')];
const [inCore, inSystem, inControl] = [isIn('daemon/core'), isIn('daemon/system'), isIn('daemon/control')];
const isInside = (file: string) => file.startsWith('src/');

test('the imports are found at all', t => {
  t.true(imports.length > 100);
  t.true(imports.some(({from, to}) => from === 'src/daemon/system/posix.ts' && to === 'koffi'));
  t.true(imports.some(({from, to}) => from === 'src/daemon/main.ts' && to === 'src/daemon/superdaemon.ts'));
  t.deepEqual(
    imports.filter(({to}) => isInside(to) && !sources.includes(to)),
    [],
  );
});

test('the daemon and ssctl meet only in shared', t => {
  t.deepEqual(
    breaches(({from, to}) => inDaemon(from) && inCtl(to)),
    [],
  );
  t.deepEqual(
    breaches(({from, to}) => inCtl(from) && inDaemon(to)),
    [],
  );
  t.deepEqual(
    breaches(({from, to}) => inShared(from) && (inDaemon(to) || inCtl(to))),
    [],
  );
});

test('the core imports only the core, and types of shared', t => {
  const allowed = ({to, typeOnly}: Import) => inCore(to) || (inShared(to) && typeOnly);
  t.deepEqual(
    breaches(found => inCore(found.from) && !allowed(found)),
    [],
  );
});

test('the core reads no clock, makes no promise and knows no process', t => {
  const worldly = /\b(Date|setTimeout|setInterval|setImmediate|process|Promise|performance|async|await)\b/;
  const code = (file: string) =>
    readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*|'[^']*'/g, '');
  t.deepEqual(
    sources.filter(file => inCore(file) && worldly.test(code(file))),
    [],
  );
});

test('of the system only the loop calls the core; the others know its types', t => {
  const rule = ({from, to, typeOnly}: Import) => inSystem(from) && inCore(to) && !typeOnly;
  t.deepEqual(
    breaches(found => rule(found) && found.from !== 'src/daemon/system/loop.ts'),
    [],
  );
});

test('the control side knows the daemon only by types and shared', t => {
  const rule = ({from, to, typeOnly}: Import) =>
    inControl(from) && isInside(to) && !inControl(to) && !inShared(to) && !typeOnly;
  t.deepEqual(breaches(rule), []);
});

test('the system does not know the control side', t => {
  t.deepEqual(
    breaches(({from, to}) => inSystem(from) && inControl(to)),
    [],
  );
});

test('nothing imports a main.ts, and only what composes imports across all folders', t => {
  t.deepEqual(
    breaches(({to}) => to.endsWith('/main.ts')),
    [],
  );
  const crossing = sources.filter(file => {
    const targets = imports.filter(({from, typeOnly}) => from === file && !typeOnly).map(({to}) => to);
    return targets.some(inSystem) && targets.some(inControl);
  });
  // `main.ts` and the library's `startServer` both run what is put together there.
  t.deepEqual(crossing, ['src/daemon/superdaemon.ts']);
});

test('a package has one importer in each program, and every dependency has one', t => {
  for (const [name, importers] of Object.entries(IMPORTERS)) {
    const found = imports.filter(({to, typeOnly}) => to === name && !typeOnly).map(({from}) => from);
    t.deepEqual(found.sort(), [...importers].sort(), name);
  }
  const typesOnly = imports.filter(({to, typeOnly}) => Object.hasOwn(IMPORTERS, to) && typeOnly);
  t.deepEqual(
    typesOnly.map(({from, to}) => `${from} knows the types of ${to}`),
    ['src/shared/parser-style.ts knows the types of yargs'],
  );
  const {dependencies} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  t.deepEqual(Object.keys(dependencies).sort(), Object.keys(IMPORTERS).sort());
});

test('only a main.ts reads the arguments and sets the exit status', t => {
  const rule = /process\.(argv|exitCode|exit\()/;
  const found = sources.filter(file => rule.test(readFileSync(join(root, file), 'utf8')));
  t.deepEqual(found.sort(), ['src/ctl/main.ts', 'src/daemon/main.ts']);
});

test(`a file has at most ${MAX_LINES} lines`, t => {
  const tests = readdirSync(join(root, 'test'), {recursive: true, encoding: 'utf8'})
    .filter(file => file.endsWith('.ts') && !file.includes('node_modules/'))
    .map(file => `test/${file}`);
  const long = [...sources, ...tests].filter(
    file => readFileSync(join(root, file), 'utf8').trimEnd().split('\n').length > MAX_LINES,
  );
  t.deepEqual(long, []);
});

test('the README names only files that are there, and the command that .ci/run looks for', t => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const named = [...readme.matchAll(/`((?:test|src)\/[\w./-]+)`/g)].map(([, path = '']) => path);
  t.deepEqual(
    named.filter(path => !existsSync(join(root, path))),
    [],
  );
  t.regex(readme, /^npm ci && npm test$/m);
  t.regex(readme, /^npm ci && npm start$/m);
});
