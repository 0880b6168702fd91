/**
 * Keeps the compiled code of a program, so that the next start need not compile it (V8's code cache).
 *
 * The first run of the package's owner writes the code into the package, as Python does beside its sources. Whoever
 * can put other code into that place can also change the program itself. That is not so for a directory like /tmp.
 * Other users run without the cache: a user could not remove what root leaves in their directory.
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

/** Never throws. The file at `path` is either whole or missing, even after a power loss. */
export function compileAhead(path: string, source: string, options: ScriptOptions): void {
  const unfinished = `${path}.${process.pid}`;
  try {
    const cache = dirname(path);
    if (statSync(dirname(cache)).uid !== process.geteuid?.()) return;
    mkdirSync(cache, {recursive: true});
    keep(unfinished, compile(source, options));
    renameSync(unfinished, path);
  } catch {
    // No permission to write, or no room. Every start compiles what it needs.
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
    // It was never created.
  }
}

/** Compiles every function, not only those that this run called: the cache must not depend on the first command. */
function compile(source: string, options: ScriptOptions): Buffer {
  // Without this, V8 returns the code that it has compiled for this run.
  setFlagsFromString('--no-compilation-cache');
  setFlagsFromString('--no-lazy');
  const script = new Script(source, options);
  setFlagsFromString('--lazy');
  setFlagsFromString('--compilation-cache');
  return script.createCachedData();
}
