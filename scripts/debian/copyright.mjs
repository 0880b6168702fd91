/** The file `copyright`: the licence of this project, and those of the packages whose code is in the programs. */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';

const HEAD = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: ssd-superdaemon
Comment: The programs in /usr/lib/ssd-superdaemon/dist/bundle are bundled from
 the source of ssd and from packages of the npm registry, which are listed here
 under the places where npm puts them.
`;
/** Packages whose licence is named in their manifest only. */
const KNOWN_TEXTS = {'BSD-3-Clause': join(import.meta.dirname, 'BSD-3-Clause')};
const LICENSE_FILE = /^licen[cs]e/i;
const COPYRIGHT_LINE = /^\W*(Copyright \S.*?)\**$/m;

export function copyright() {
  const own = entryOf('*', 'MIT', readFileSync('LICENSE', 'utf8'));
  return [HEAD, own, ...runtimePackages().map(entryOfPackage)].join('\n');
}

/** The directories of the packages that the programs need when they run, as package-lock.json has them. */
function runtimePackages() {
  const {packages} = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  return Object.keys(packages).filter(path => {
    const {dev, optional, devOptional} = packages[path];
    return path !== '' && !dev && !optional && !devOptional;
  });
}

function entryOfPackage(directory) {
  const {license, author, name} = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const file = readdirSync(directory).find(entry => LICENSE_FILE.test(entry));
  const text = readFileSync(file ? join(directory, file) : KNOWN_TEXTS[license], 'utf8');
  const holder = typeof author === 'string' ? author : (author?.name ?? `the authors of ${name}`);
  return entryOf(`${directory}/*`, license, text, `Copyright ${holder}`);
}

function entryOf(files, license, text, otherwise) {
  const holder = COPYRIGHT_LINE.exec(text)?.[1] ?? otherwise;
  return `Files: ${files}\nCopyright: ${holder.replace(/^Copyright */, '')}\nLicense: ${license}\n${indented(text)}`;
}

/** As a field has it: a line begins with a space, and an empty one is a dot. */
function indented(text) {
  const lines = text.trim().split('\n');
  return lines.map(line => ` ${line.trim() === '' ? '.' : line.trimEnd()}\n`).join('');
}
