/** The files of the page of `--http`. What it does in a browser is in `test/browser`. */
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {get, httpPlace, type Place} from '../../helpers/clients/http.js';
import {copyPackage} from '../../helpers/package-copy.js';
import {createRig, ROOT} from '../../helpers/rig.js';

const LIBRARY = join(ROOT, 'dist/bundle/lib');
const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};
/** A page that takes longer than a moment over a thin line serves nobody in trouble. */
const MOST_BYTES = 200 * 1024;

/** What a page, a style or a script names, without what comes with the namespace of SVG. */
function namedIn(path: string, text: string): string[] {
  const names = path.endsWith('.css')
    ? text.matchAll(/(?:url\(|@import\s)["']?([^"')]+)/g)
    : path.endsWith('.js')
      ? text.matchAll(/^(?:import|export)\b[^;]*?from\s+'([^']+)';$/gm)
      : text.matchAll(/(?:src|href)="([^"#]+)"/g);
  return [...names].map(([, name = '']) => name);
}

async function loadedBy(place: Place): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const waiting = ['/'];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    const {status, text, headers} = await get(place, path);
    found.set(path, `${status} ${headers['content-type']} ${text.length}`);
    const from = path;
    waiting.push(...namedIn(path, text).map(name => new URL(name, `http://page${from}`).pathname));
  }
  return found;
}

test('the page is made of the files of its folder, which name nothing else', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--http=0', '--interval=0'], ['sleep', '1000']);
  const loaded = await loadedBy(await httpPlace(ssd));
  // The page links to it for a browser without JavaScript.
  const files = [...loaded].filter(([path]) => path !== '/status.json');
  for (const [path, answer] of files) {
    const type = TYPES[path === '/' ? 'html' : (path.split('.').at(-1) ?? '')];
    t.true(answer.startsWith(`200 ${type} `), `${path}: ${answer}`);
  }
  const inFolder = readdirSync(join(LIBRARY, 'page'), {recursive: true, encoding: 'utf8'});
  t.deepEqual(
    files.map(([path]) => (path === '/' ? 'index.html' : path.slice(1))).sort(),
    inFolder.filter(name => name.includes('.')).sort(),
  );
  const bytes = files.reduce((sum, [, answer]) => sum + Number(answer.split(' ').at(-1)), 0);
  t.true(bytes < MOST_BYTES, `${bytes} bytes`);
});

test('no path leads to anything but the files of the page', async t => {
  const rig = await createRig(t);
  const ssd = rig.ssd(['--http=0', '--interval=0'], ['sleep', '1000']);
  const place = await httpPlace(ssd);
  const paths = [
    ...[
      '/index',
      '/draw',
      '/draw/',
      '/types.ts',
      '/common.d.ts',
      '/yargs.cjs',
      '/../ssd.cjs',
      '/..%2fssd.cjs',
    ],
    ...[
      '/./page.js',
      '//page.js',
      '/draw//dom.js',
      '/draw/../page.js',
      '/page.js/',
      '/page.js%00',
      '/PAGE.JS',
    ],
    ...['/a.js', `/${'a'.repeat(5000)}.js`, '/%70age.js', '/constructor.js'],
  ];
  for (const path of paths) t.is((await get(place, path)).status, 404, path);
});

test('the page is read when somebody asks for it, and no program has it in itself', async t => {
  for (const name of readdirSync(LIBRARY).filter(file => file.endsWith('.cjs')))
    t.notRegex(
      readFileSync(join(LIBRARY, name), 'utf8'),
      /<!doctype|prefers-color-scheme|EventSource/i,
      name,
    );
  const rig = await createRig(t);
  copyPackage(rig.directory);
  const program = [process.execPath, rig.path('dist/bundle/bin/ssd.cjs')];
  const ssd = rig.start([...program, `--control=${rig.control}`, '--http=0', '--', 'sleep', '1000']);
  const place = await httpPlace(ssd);
  writeFileSync(rig.path('dist/bundle/lib/page/page.svg'), '<svg/>');
  t.is((await get(place, '/page.svg')).text, '<svg/>');
});
