/**
 * Keeps the compiled code of a program, so that its next start need not compile it (V8's code cache).
 *
 * It is kept in the package, by the first run of the package's owner, as Python does it beside its sources: who could
 * put other code into that place could as well change the program itself, which is not so for a directory like /tmp.
 * Everybody else goes on without: what root leaves in the directory of a user, that user could not remove.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import {dirname} from 'node:path';
import {setFlagsFromString} from 'node:v8';
import {Script, type ScriptOptions} from 'node:vm';

/** Never throws. What is at `path` is either whole or not there, even after a loss of power. */
export function compileAhead(path: string, source: string, options: ScriptOptions): void {
  const unfinished = `${path}.${process.pid}`;
  try {
    const cache = dirname(path);
    if (statSync(dirname(cache)).uid !== process.geteuid?.()) return;
    mkdirSync(cache, {recursive: true});
    keep(unfinished, compile(source, options));
    renameSync(unfinished, path);
  } catch {
    // Not ours to write, or no room: every start compiles what it needs.
    remove(unfinished);
  }
}

function keep(path: string, code: Buffer): void {
  const file = openSync(path, 'wx', 0o644);
  try {
    writeFileSync(file, code);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was never made.
  }
}

/** Every function, and not only those that have been called: what is kept depends on nobody's command. */
function compile(source: string, options: ScriptOptions): Buffer {
  // Else V8 gives what it has compiled for this run.
  setFlagsFromString('--no-compilation-cache');
  setFlagsFromString('--no-lazy');
  const script = new Script(source, options);
  setFlagsFromString('--lazy');
  setFlagsFromString('--compilation-cache');
  return script.createCachedData();
}
