/** Debian packages of this checkout, and of a later version of it. */
import {execFile} from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import {promisify} from 'node:util';
import {ROOT} from '../helpers/rig.js';

/** The later version. */
export const LATER = '99.1.0';
const NEEDED = [
  'package.json',
  'package-lock.json',
  'dist/bundle',
  'dist/openrpc.json',
  'docs',
  'examples',
  'man',
  'scripts',
];
const TEXTS = ['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md'];

const place = mkdtempSync('/tmp/ssdt-deb-');
process.once('exit', () => rmSync(place, {recursive: true, force: true}));

export type BuildOptions = {
  /** The checkout. */
  readonly from?: string;
  readonly epoch?: string;
  readonly umask?: string;
};

/** @returns the path of the package, in the directory of this name */
export async function buildDeb(name: string, options: BuildOptions = {}): Promise<string> {
  const {from = ROOT, epoch = '1800000000', umask = '022'} = options;
  const command = `umask ${umask}; exec "$0" scripts/package-deb.mjs --to="$1"`;
  const args = ['-c', command, process.execPath, join(place, name)];
  const env = {...process.env, SOURCE_DATE_EPOCH: epoch};
  const {stdout, stderr} = await promisify(execFile)('sh', args, {cwd: from, env});
  if (stderr !== '') throw new Error(stderr);
  return stdout.trim();
}

let first: Promise<string> | undefined;
/** The package of this checkout, which is made once for a file of tests. */
export function firstDeb(): Promise<string> {
  first ??= buildDeb('first');
  return first;
}

let later: Promise<string> | undefined;
/** That of a later version. */
export function laterDeb(): Promise<string> {
  later ??= buildDeb('later', {from: laterCheckout()});
  return later;
}

/** A checkout of a later version whose programs are another build. */
export function laterCheckout(): string {
  const checkout = mkdtempSync(join(place, 'checkout-'));
  for (const name of [...NEEDED, ...TEXTS]) {
    mkdirSync(dirname(join(checkout, name)), {recursive: true});
    cpSync(join(ROOT, name), join(checkout, name), {recursive: true});
  }
  symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
  edit(join(checkout, 'package.json'), /"version": ".*?"/, `"version": "${LATER}"`);
  const library = join(checkout, 'dist/bundle/lib');
  for (const file of readdirSync(library).filter(part => /^(ssd|ssctl)(-later)?\.cjs$/.test(part))) {
    // Both parts of a program have the same, and it differs for each build.
    edit(join(library, file), /^var pair = "(\w*)";$/m, 'var pair = "$1-later";');
  }
  return checkout;
}

function edit(path: string, pattern: RegExp, replacement: string): void {
  const text = readFileSync(path, 'utf8');
  if (!pattern.test(text)) throw new Error(`${path} has no ${pattern}`);
  writeFileSync(path, text.replace(pattern, replacement));
}
