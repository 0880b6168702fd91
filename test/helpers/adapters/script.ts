/** Whatever concerns a whole process (its user, its standard error, its signals, its limits) is tested in a separate one. */
import type {Finished, Rig, StartOptions} from '../rig.js';
import {STRANGER} from '../root.js';

/** The address of a compiled file of `src/`, for an import. */
export function source(file: string): string {
  return new URL(`../../../src/${file}.js`, import.meta.url).href;
}

/** The command that runs an ES module given as text. */
export function scriptCommand(script: string, ...args: readonly string[]): readonly string[] {
  return [process.execPath, '--input-type=module', '-e', script, '--', ...args];
}

/** The command, with its descriptors as the shell's redirections have them, such as `2>/dev/full`. */
export function redirected(redirections: string, command: readonly string[]): readonly string[] {
  return ['sh', '-c', `exec "$@" ${redirections}`, 'sh', ...command];
}

/** Runs a command that prints JSON. @returns what it printed */
export async function jsonOf(rig: Rig, command: readonly string[], options?: StartOptions): Promise<unknown> {
  return printedJson(await rig.run(command, options));
}

export function printedJson({stdout, stderr, code, signal}: Finished): unknown {
  if (code !== 0) throw new Error(`it ended with ${code ?? signal}: ${stderr}`);
  return JSON.parse(stdout);
}

/** Runs it as somebody who is not root. */
export function asNobody(): StartOptions {
  return process.getuid?.() === 0 ? {uid: STRANGER} : {};
}

/** The command with a limit (`n` open files, `f` blocks of a file; ulimit in sh(1)). */
export function limited(what: 'n' | 'f', most: number, command: readonly string[]): readonly string[] {
  return ['sh', '-c', `ulimit -${what} ${most}; exec "$@"`, 'sh', ...command];
}

/** For a script with a limit of open files: leaves this many descriptors, and `causeOf` returns the cause of an error. */
export const EXHAUST = `
  import {closeSync as freeOne, openSync as takeOne} from 'node:fs';
  const causeOf = action => {
    try { return action() ?? null; } catch (error) { return error.failure?.cause ?? error.code; }
  };
  const leave = count => {
    const taken = [];
    try { for (;;) taken.push(takeOne('/dev/null', 'r')); } catch {}
    for (const fd of taken.splice(0, count)) freeOne(fd);
    return () => taken.forEach(fd => freeOne(fd));
  };`;
