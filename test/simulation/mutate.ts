/** A core with a fault in it: a copy of the compiled files, in which one piece of text is replaced. */
import {cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import type {Fault} from './faults.js';
import {runScenario} from './run.js';
import type {Core} from './world/options.js';
import {scenarioOf} from './world/scenario.js';

const COMPILED = fileURLToPath(new URL('../../src/daemon/core/', import.meta.url));

/** @throws if the text is not there, or not there only once: the fault would be none, or another one */
export async function faultyCore(fault: Fault): Promise<Core> {
  const directory = mkdtempSync(join(tmpdir(), 'ssd-fault-'));
  try {
    cpSync(COMPILED, directory, {recursive: true, filter: path => !/\.(map|d\.ts)$/.test(path)});
    writeFileSync(join(directory, 'package.json'), '{"type": "module"}');
    const file = join(directory, fault.file);
    writeFileSync(file, replaced(readFileSync(file, 'utf8'), fault));
    const load = (name: string) => import(pathToFileURL(join(directory, name)).href);
    const [{createModel}, {step}] = await Promise.all([load('model.js'), load('supervisor.js')]);
    return {createModel, step};
  } finally {
    rmSync(directory, {recursive: true});
  }
}

/** @returns in which run the fault is found, and by which rule; null if it is not found in so many */
export function hunt(
  core: Core | undefined,
  runs: number,
): {readonly run: number; readonly broken: string} | null {
  for (let run = 1; run <= runs; run++) {
    const {broken} = runScenario({...scenarioOf(run), isCareful: true}, core);
    if (broken !== null) return {run, broken};
  }
  return null;
}

function replaced(text: string, {file, within, from, to}: Fault): string {
  const start = within === undefined ? 0 : text.indexOf(within);
  const at = text.indexOf(from, start);
  const isOnlyOne = within !== undefined || text.indexOf(from, at + 1) === -1;
  if (start === -1 || at === -1 || !isOnlyOne) throw new Error(`${file} has no such place: ${from}`);
  return text.slice(0, at) + to + text.slice(at + from.length);
}
