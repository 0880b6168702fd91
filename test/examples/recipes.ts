/**
 * Runs the recipes of examples/ as their READMEs say, each in a copy of its folder. `ssd` and `ssctl` are in PATH and
 * have a control socket of the test. Only the port differs.
 */
import {chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {findProgram} from '../../src/daemon/workers/program.js';
import {
  createRig,
  type Finished,
  type Rig,
  ROOT,
  type Running,
  SSCTL,
  SSD,
  type StartOptions,
} from '../helpers/rig.js';
import {freePort} from '../helpers/sockets.js';

export const EXAMPLES = join(ROOT, 'examples');

/** A compiler that has never run on this machine compiles its standard library first. */
export const COMPILE_MS = 180_000;

export type Kitchen = {
  readonly rig: Rig;
  /** The copy of the recipe's folder. */
  readonly folder: string;
  readonly port: number;
  /** Runs a line of shell in the folder to its end. */
  readonly run: (line: string, options?: StartOptions) => Promise<Finished>;
  /** Starts ssd by a line of shell that begins with its name. */
  readonly ssd: (line: string) => Running;
};

export type Recipe = {
  /** What has to run first. */
  readonly prepare: readonly string[];
  /** The command line of ssd, with the port 8080. */
  readonly ssd: string;
};

/** @returns the commands of the first block of shell in the recipe's README */
export function readRecipe(name: string): Recipe {
  const readme = readFileSync(join(EXAMPLES, name, 'README.md'), 'utf8');
  const [, block = ''] = /^```sh\n(.*?)^```$/ms.exec(readme) ?? [];
  const lines = block
    .replaceAll(/\\\n\s*/g, '')
    .trim()
    .split('\n');
  const ssd = lines.pop() ?? '';
  if (!/^ssd .*--port=8080 /.test(ssd))
    throw new Error(`the first commands of ${name} do not end with ssd on port 8080: ${ssd}`);
  return {prepare: lines, ssd};
}

export async function createKitchen(t: ExecutionContext, name: string): Promise<Kitchen> {
  const rig = await createRig(t);
  const folder = rig.path(name);
  cpSync(join(EXAMPLES, name), folder, {recursive: true});
  layPrograms(rig);
  const port = await freePort();
  const env = {PATH: [rig.path('bin'), ...besideUvicorn(), process.env.PATH].join(':')};
  const inFolder = (options: StartOptions = {}) => ({
    cwd: folder,
    ...options,
    env: {...env, ...options.env},
  });
  return {
    rig,
    folder,
    port,
    run: (line, options) => rig.run(['sh', '-c', line], inFolder(options)),
    ssd: line =>
      rig.start(['sh', '-c', `exec ${line.replace('--port=8080 ', `--port=${port} `)}`], inFolder()),
  };
}

/** What `npm install` with the package of ssd would lay: the packages of this checkout, which has all of them. */
export function layPackages(folder: string): void {
  const {dependencies} = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  symlinkSync(ROOT, join(modules, 'ssd-superdaemon'));
  for (const name of Object.keys(dependencies))
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
}

/** The directory whose `python3` has the module uvicorn: the first one in PATH may be another Python. */
function besideUvicorn(): string[] {
  const found = findProgram('uvicorn', process.env, process.cwd());
  return 'path' in found ? [dirname(found.path)] : [];
}

function layPrograms({path, control}: Rig): void {
  mkdirSync(path('bin'));
  symlinkSync(process.execPath, join(path('bin'), 'node'));
  const programs = {ssd: `${SSD} --control=${control}`, ssctl: `${SSCTL} -s ${control}`};
  for (const [name, command] of Object.entries(programs)) {
    const program = join(path('bin'), name);
    writeFileSync(program, `#!/bin/sh\nexec ${process.execPath} ${command} "$@"\n`);
    chmodSync(program, 0o755);
  }
}
