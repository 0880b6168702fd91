/** Checks that the documents name only what the source has. `man.test.ts` does this for the manual pages. */
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'ava';

const root = fileURLToPath(new URL('../../', import.meta.url));
const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...markdownIn('docs'),
  ...markdownIn('test'),
];

test('the README is short and has the commands that .ci/run and newcomers need', t => {
  const readme = read('README.md');
  t.true(readme.trimEnd().split('\n').length <= 150);
  t.regex(readme, /^npm ci && npm test$/m);
  t.regex(readme, /^npm ci && npm start$/m);
});

for (const document of DOCUMENTS) {
  test(`${document} names only files and functions that exist`, t => {
    const text = read(document);
    t.deepEqual(
      pathsIn(text, document).filter(path => !existsSync(join(root, path))),
      [],
    );
    const missing = functionsIn(text).filter(({name, path}) => !isIn(name, path));
    t.deepEqual(missing, []);
  });
}

for (const document of [...DOCUMENTS, ...examples()]) {
  test(`${document} gives commands for scripts and test files that exist`, t => {
    const text = read(document);
    const {scripts} = JSON.parse(read('package.json'));
    const named = [...text.matchAll(/npm run (?:-s )?([a-z][\w:-]*)/g)].map(([, script = '']) => script);
    t.deepEqual(
      named.filter(script => !Object.hasOwn(scripts, script)),
      [],
    );
    for (const [, file = '', title = ''] of text.matchAll(/npx ava dist\/(\S+)\.js(?: -m '\*([^']*)\*')?/g))
      t.true(isIn(title, `${file}.ts`), `${file}: ${title}`);
  });
}

test('the test that CONTRIBUTING.md shows is one of the suite, as it stands there', t => {
  const [, shown = ''] = /^```ts\n(.*?)^```$/ms.exec(read('CONTRIBUTING.md')) ?? [];
  const bare = (code: string) => code.replaceAll(/ *\/\/.*$/gm, '').trim();
  t.true(bare(read('test/e2e/restart/restart.test.ts')).includes(bare(shown)));
});

test('docs/architecture.md has every folder of the source on its map', t => {
  const map = read('docs/architecture.md');
  const folders = readdirSync(join(root, 'src'), {recursive: true, withFileTypes: true})
    .filter(entry => entry.isDirectory())
    .map(entry => join('src', entry.parentPath.slice(join(root, 'src').length), entry.name));
  t.deepEqual(
    folders.filter(folder => !map.includes(`\n| \`${folder}\` |`)),
    [],
  );
});

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder))
    .filter(file => file.endsWith('.md'))
    .map(file => `${folder}/${file}`);
}

function examples(): string[] {
  return readdirSync(join(root, 'examples'), {recursive: true, encoding: 'utf8'})
    .filter(file => file.endsWith('README.md'))
    .map(file => `examples/${file}`);
}

function pathsIn(text: string, document: string): string[] {
  const named = [...text.matchAll(/`((?:docs|examples|man|scripts|src|test)\/[\w./-]*)`/g)];
  const linked = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)];
  return [
    ...named.map(([, path = '']) => path),
    ...linked.map(([, path = '']) => join(dirname(document), path)),
  ];
}

/** As in: `parsePort` (`src/…`), `parsePort` in `src/…`. */
function functionsIn(text: string): {readonly name: string; readonly path: string}[] {
  const found = text.matchAll(/`(\w+)`\s+(?:in\s+|\()`(src\/[\w./-]+\.ts)`/g);
  return [...found].map(([, name = '', path = '']) => ({name, path}));
}

function isIn(name: string, path: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(read(path));
}
