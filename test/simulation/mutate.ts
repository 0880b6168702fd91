/** A core with a fault: a copy of the compiled files with one piece of text replaced. */
import {cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import type {Fault} from './faults/fault.js';
import {runScenario} from './run.js';
import {scenarioOf} from './storm/scenario.js';
import type {Core} from './world/options.js';

const COMPILED = fileURLToPath(new URL('../../src/', import.meta.url));
const CORE = 'daemon/core';
/** The core, and what it imports from elsewhere. */
const COPIED = [CORE, 'shared/correlated.js'];

/** @throws if the text is missing or occurs more than once, because that would be no fault or another one */
export async function faultyCore(fault: Fault): Promise<Core> {
  const directory = mkdtempSync(join(tmpdir(), 'ssd-fault-'));
  try {
    const filter = (path: string) => !/\.(map|d\.ts)$/.test(path);
    for (const path of COPIED) cpSync(join(COMPILED, path), join(directory, path), {recursive: true, filter});
    writeFileSync(join(directory, 'package.json'), '{"type": "module"}');
    const file = join(directory, CORE, fault.file);
    writeFileSync(file, replaced(readFileSync(file, 'utf8'), fault));
    const load = (name: string) => import(pathToFileURL(join(directory, CORE, name)).href);
    const files = ['model.js', 'supervisor.js', 'adoption/leave.js', 'handover/revive.js'];
    const [{createModel}, {step}, {remainsOf}, {reviveModel}] = await Promise.all(files.map(load));
    return {createModel, step, remainsOf, reviveModel};
  } finally {
    rmSync(directory, {recursive: true});
  }
}

/** @returns the run in which the fault is found, and the rule that it breaks; null if no run finds it */
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
