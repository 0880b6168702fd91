/**
 * The rooms of the source: which room may know which, and how large files and folders may be. The test reads the
 * imports. The linter checks default exports and the number of parameters (biome.json).
 */
import {readdirSync, readFileSync} from 'node:fs';
import {dirname, join, relative} from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {ROOMS} from './rooms.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const MAX_LINES = 250;
const MAX_FILES = 14;
const MAX_FUNCTION = 50;

type Import = {readonly from: string; readonly to: string; readonly typeOnly: boolean};

/** The one importer of each package, for each program. */
const IMPORTERS: Readonly<Record<string, readonly string[]>> = {
  yargs: ['src/daemon/config/yargs.ts', 'src/ctl/arguments/yargs.ts'],
  'yargs-parser': ['src/shared/plain-parse.ts'],
  ndjson: ['src/shared/protocol/wire.ts'],
  'cli-table3': ['src/ctl/render/table.ts'],
  'get-east-asian-width': ['src/shared/words/layout/columns.ts'],
  koffi: ['src/daemon/system/posix.ts', 'src/shared/c-library.ts'],
  valibot: [
    'src/shared/protocol/decode.ts',
    ...['events', 'failures', 'messages', 'status', 'values', 'verdicts'].map(
      name => `src/shared/schemas/${name}.ts`,
    ),
  ],
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
const inCore = isIn('daemon/core');
const isInside = (file: string) => file.startsWith('src/');

/** `src/daemon/workers/stderr/tails.ts` is in `daemon/workers`, `src/daemon/main.ts` in `daemon`. */
function roomOf(file: string): string {
  const folders = dirname(file).split('/').slice(1);
  return folders.slice(0, 2).join('/');
}

function mayImport({from, to, typeOnly}: Import): boolean {
  const room = roomOf(to);
  if (!isInside(to) || roomOf(from) === room || FOR_ALL.includes(to)) return true;
  const allowed = ROOMS[roomOf(from)] ?? [];
  return allowed.includes(room) || (typeOnly && allowed.includes(`${room} (types)`));
}

/**
 * A file that every room may know, even the core: it imports nothing, and returns what it is given. Without it,
 * every look-up in a table of the core would need a cast of its own.
 */
const FOR_ALL: readonly string[] = ['src/shared/correlated.ts'];

test('the test finds the imports', t => {
  t.true(imports.length > 100);
  t.true(imports.some(({from, to}) => from === 'src/daemon/system/posix.ts' && to === 'koffi'));
  t.true(imports.some(({from, to}) => from === 'src/daemon/main.ts' && to === 'src/daemon/superdaemon.ts'));
  t.deepEqual(
    imports.filter(({to}) => isInside(to) && !sources.includes(to)),
    [],
  );
});

test('every folder of the source is in a room that is listed', t => {
  const rooms = new Set(sources.map(roomOf));
  t.deepEqual([...rooms].sort(), Object.keys(ROOMS).sort());
});

test('a room knows only the rooms that it may know', t => {
  t.deepEqual(
    breaches(found => !mayImport(found)),
    [],
  );
});

test('the files that every room may know import nothing, and the core uses them', t => {
  t.deepEqual(
    breaches(({from}) => FOR_ALL.includes(from)),
    [],
  );
  for (const file of FOR_ALL) t.true(imports.some(({from, to}) => inCore(from) && to === file));
});

test('no rule allows more than the source uses', t => {
  const unused = Object.entries(ROOMS).flatMap(([room, allowed]) =>
    allowed.filter(rule => !imports.some(found => isUse(found, room, rule))).map(rule => `${room}: ${rule}`),
  );
  t.deepEqual(unused, []);
});

function isUse({from, to, typeOnly}: Import, room: string, rule: string): boolean {
  if (roomOf(from) !== room || !isInside(to) || FOR_ALL.includes(to)) return false;
  return rule === roomOf(to) ? !typeOnly : rule === `${roomOf(to)} (types)`;
}

test('the rooms have no cycle: each knows only rooms listed before it', t => {
  const order = Object.keys(ROOMS);
  const upwards = Object.entries(ROOMS).flatMap(([room, allowed]) =>
    allowed
      .filter(rule => order.indexOf(rule.replace(' (types)', '')) >= order.indexOf(room))
      .map(rule => `${room} knows ${rule}`),
  );
  t.deepEqual(upwards, []);
});

test('no file imports itself through others, not even its types', t => {
  const next = new Map(
    sources.map(file => [file, imports.filter(({from}) => from === file).map(({to}) => to)]),
  );
  const reach = (start: string) => {
    const seen = new Set<string>();
    const visit = (file: string) => {
      for (const to of next.get(file) ?? []) {
        if (seen.has(to)) continue;
        seen.add(to);
        visit(to);
      }
    };
    visit(start);
    return seen;
  };
  t.deepEqual(
    sources.filter(file => reach(file).has(file)),
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

test('only the loop calls the core, and who tries whether it can go on with a handover; the others know its types', t => {
  const callers = imports.filter(({from, to, typeOnly}) => !inCore(from) && inCore(to) && !typeOnly);
  t.deepEqual(
    [...new Set(callers.map(({from}) => from))],
    ['src/daemon/loop.ts', 'src/daemon/upgrade/decode-handover.ts'],
  );
});

test('nothing imports a main.ts', t => {
  t.deepEqual(
    breaches(({to}) => to.endsWith('/main.ts')),
    [],
  );
});

test('a package has one importer in each program, and every dependency has one', t => {
  for (const [name, importers] of Object.entries(IMPORTERS)) {
    const found = imports.filter(({to, typeOnly}) => to === name && !typeOnly).map(({from}) => from);
    t.deepEqual(found.sort(), [...importers].sort(), name);
  }
  const typesOnly = imports.filter(({to, typeOnly}) => Object.hasOwn(IMPORTERS, to) && typeOnly);
  t.deepEqual(
    typesOnly.map(({from, to}) => `${from} knows the types of ${to}`),
    ['src/shared/plain-parse.ts knows the types of yargs'],
  );
  const {dependencies} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  t.deepEqual(Object.keys(dependencies).sort(), Object.keys(IMPORTERS).sort());
});

test('only what is run reads the arguments, and only the edge and the launcher set the exit status', t => {
  const which = (rule: RegExp) =>
    sources.filter(file => rule.test(readFileSync(join(root, file), 'utf8'))).sort();
  const launching = (...names: readonly string[]) => names.map(name => `src/launch/${name}.ts`);
  t.deepEqual(which(/process\.argv/), [
    'src/ctl/main.ts',
    'src/daemon/main.ts',
    ...launching('compile-ahead'),
  ]);
  t.deepEqual(which(/process\.(exitCode|exit\()/), [
    ...launching('compile-ahead', 'entry', 'launch'),
    'src/shared/edge/run-program.ts',
  ]);
});

const tests = readdirSync(join(root, 'test'), {recursive: true, encoding: 'utf8'})
  .filter(file => file.endsWith('.ts') && !file.includes('node_modules/'))
  .map(file => `test/${file}`);

test(`a file has at most ${MAX_LINES} lines`, t => {
  const long = [...sources, ...tests].filter(
    file => readFileSync(join(root, file), 'utf8').trimEnd().split('\n').length > MAX_LINES,
  );
  t.deepEqual(long, []);
});

test(`a folder has at most ${MAX_FILES} files`, t => {
  const sizes = new Map<string, number>();
  for (const file of [...sources, ...tests]) sizes.set(dirname(file), (sizes.get(dirname(file)) ?? 0) + 1);
  t.deepEqual(
    [...sizes].filter(([, size]) => size > MAX_FILES),
    [],
  );
});

test(`a function has at most ${MAX_FUNCTION} lines: the linter counts them, as an error, everywhere`, t => {
  const {linter, overrides} = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'));
  const {level, options} = linter.rules.complexity.noExcessiveLinesPerFunction;
  t.is(level, 'error');
  t.true(options.maxLines <= MAX_FUNCTION);
  t.false(JSON.stringify(overrides).includes('noExcessiveLinesPerFunction'));
  const excused = [...sources, ...tests].filter(file =>
    /biome-ignore lint\/complexity\/noExcessiveLinesPerFunction/.test(readFileSync(join(root, file), 'utf8')),
  );
  t.deepEqual(excused, []);
});
