/** A copy of the package as npm installs it, to be broken. */
import {spawnSync} from 'node:child_process';
import {mkdirSync, readdirSync, readFileSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {createRig, type Rig, ROOT} from './rig.js';

export const SSCTL = 'dist/bundle/bin/ssctl.cjs';
export const PROGRAM = 'dist/bundle/lib/ssctl.cjs';
const {version: VERSION} = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
export const EXPECTED = `${VERSION}\n`;

export type Installed = {readonly rig: Rig; readonly cache: string; readonly version: () => Promise<string>};

/** A copy of the package as it is installed. A run has ended only when what it compiles is kept. */
export async function install(t: ExecutionContext): Promise<Installed> {
  const rig = await createRig(t);
  copyPackage(rig.directory);
  const version = async () => {
    const {code, signal, stdout, stderr} = await rig.run([process.execPath, rig.path(SSCTL), '--version']);
    t.deepEqual({code, signal, stderr}, {code: 0, signal: null, stderr: ''});
    return stdout;
  };
  return {rig, cache: rig.path('dist/cache'), version};
}

/** The files with the code of the two parts of ssctl, which are there after a first run. */
export function keptIn(cache: string): {readonly first: string; readonly later: string} {
  const [later = '', first = '', ...others] = readdirSync(cache).sort(
    (one, other) => Number(other.includes('-later-')) - Number(one.includes('-later-')),
  );
  if (others.length > 0) throw new Error(`in the cache: ${[later, first, ...others].join(', ')}`);
  return {first: join(cache, first), later: join(cache, later)};
}

/** @param modules whether it has the modules that it needs */
export function copyPackage(directory: string, {modules = true}: {readonly modules?: boolean} = {}): void {
  mkdirSync(join(directory, 'dist'), {recursive: true});
  // Not by this process: what it writes stays open in a child that another test starts meanwhile, until that child's exec,
  // and a file that is open for writing cannot be executed (ETXTBSY).
  for (const part of ['package.json', 'dist/bundle']) {
    const {status} = spawnSync('cp', ['-R', join(ROOT, part), join(directory, part)]);
    if (status !== 0) throw new Error(`cannot copy ${part}`);
  }
  if (modules) symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
}
