/** What the package installs, and where. */
import {execFileSync} from 'node:child_process';
import {cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {debianChangelog} from './changelog.mjs';
import {copyright} from './copyright.mjs';
import {Refusal} from './refusal.mjs';

const NAME = 'ssd-superdaemon';
const LIBRARY = `usr/lib/${NAME}`;
const DOCUMENTS = `usr/share/doc/${NAME}`;
const COMPLETIONS = {
  'bash-completion/completions': 'usr/share/bash-completion/completions',
  'zsh/site-functions': 'usr/share/zsh/vendor-completions',
  'fish/vendor_completions.d': 'usr/share/fish/vendor_completions.d',
};
/** What `require('koffi')` reads. Its sources, its documents and its binaries for other machines are left out. */
const KOFFI = ['package.json', 'index.cjs', 'src/koffi/index.cjs', 'src/koffi/src/static.cjs'];
/** They are about the source. */
const FOR_DEVELOPERS = ['architecture.md', 'tests.md'];

/** What somebody who tries the examples leaves in them, and which files git leaves out. */
const BUILT =
  /^examples\/[^/]+\/(server|node_modules|package-lock\.json|[^/]*\.tgz)$|__pycache__|\.gitignore$/;

/** @param {string} root a directory that does not exist yet */
export function layOut(root, {manifest, version, cpu, epoch}) {
  const to = path => made(join(root, path));
  layOutPrograms(to, cpu);
  for (const page of manifest.man) {
    const section = page.split('.').at(-1);
    writeFileSync(to(`usr/share/man/man${section}/${page.split('/').at(-1)}.gz`), zipped(readFileSync(page)));
  }
  for (const [from, place] of Object.entries(COMPLETIONS))
    cpSync(join('dist/bundle/share', from), to(place), {recursive: true});
  writeFileSync(to('usr/lib/systemd/system/ssd@.service'), unit('examples/systemd/ssd@.service'));
  mkdirSync(to('etc/ssd'));
  layOutDocuments(to, {manifest, version, epoch});
}

/** The path of the binary in the package. */
export function koffiBinary(cpu) {
  return `${LIBRARY}/node_modules/${nativeOf(cpu)}/${binaryOf(cpu)}`;
}

/** Within the package of npm: its directory is that of the ABI, such as `linux_riscv64d`. */
function binaryOf(cpu) {
  const place = join('node_modules', nativeOf(cpu));
  const directory = existsSync(place) && readdirSync(place).find(name => name.startsWith('linux_'));
  if (!directory) throw new Refusal(`there is no binary in ${place}: run npm ci --cpu=${cpu}`);
  return `${directory}/koffi.node`;
}

function nativeOf(cpu) {
  return `@koromix/koffi-linux-${cpu}`;
}

function layOutPrograms(to, cpu) {
  for (const part of ['bin', 'lib']) {
    const from = join('dist/bundle', part);
    if (!existsSync(from)) throw new Refusal(`there is no ${from}: run npm run build`);
    // Node reads no source map unless it is asked to.
    const isWanted = path => !path.endsWith('.map');
    cpSync(from, to(join(LIBRARY, from)), {recursive: true, filter: isWanted});
  }
  for (const file of ['package.json', 'dist/openrpc.json']) cpSync(file, to(`${LIBRARY}/${file}`));
  const native = nativeOf(cpu);
  const modules = [
    ...KOFFI.map(file => `koffi/${file}`),
    ...['package.json', 'index.js', binaryOf(cpu)].map(file => `${native}/${file}`),
  ];
  for (const file of modules) {
    const from = join('node_modules', file);
    if (!existsSync(from)) throw new Refusal(`there is no ${from}: run npm ci --cpu=${cpu}`);
    cpSync(from, to(join(LIBRARY, from)));
  }
  for (const name of ['ssd', 'ssctl'])
    symlinkSync(`../lib/${NAME}/dist/bundle/bin/${name}.cjs`, to(`usr/bin/${name}`));
}

function layOutDocuments(to, {manifest, version, epoch}) {
  const changelog = readFileSync('CHANGELOG.md', 'utf8');
  const documents = {
    copyright: copyright(),
    'changelog.gz': zipped(changelog),
    'changelog.Debian.gz': zipped(debianChangelog({name: manifest.name, version, epoch}, changelog)),
    'README.md': readFileSync('README.md'),
    'SECURITY.md': readFileSync('SECURITY.md'),
  };
  for (const [name, content] of Object.entries(documents)) writeFileSync(to(`${DOCUMENTS}/${name}`), content);
  for (const file of readdirSync('docs').filter(name => !FOR_DEVELOPERS.includes(name))) {
    cpSync(join('docs', file), to(`${DOCUMENTS}/docs/${file}`));
  }
  cpSync('examples', to(`${DOCUMENTS}/examples`), {
    recursive: true,
    filter: path => !BUILT.test(path),
  });
  for (const file of readdirSync('examples/systemd').filter(name => name.endsWith('.service'))) {
    writeFileSync(to(`${DOCUMENTS}/examples/systemd/${file}`), unit(`examples/systemd/${file}`));
  }
}

/** The examples have the place where npm installs the programs. */
function unit(path) {
  return readFileSync(path, 'utf8').replaceAll('/usr/local/bin/', '/usr/bin/');
}

/** By the program: the bytes of node:zlib depend on the version of Node. */
function zipped(input) {
  return execFileSync('gzip', ['-9n'], {input});
}

function made(path) {
  mkdirSync(dirname(path), {recursive: true});
  return path;
}
