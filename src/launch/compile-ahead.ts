/**
 * A separate program, run by `keep-code.ts`. It compiles a part of one of the two programs and keeps the code.
 *
 *     node compile-ahead.cjs PROGRAM KEPT          compiles the program and stores its code at KEPT
 *     node compile-ahead.cjs PROGRAM CODE prove    loads the code, and exits with 0 if V8 accepts it
 *
 * The code is written under a temporary name. It gets its final name only after a process with `prove` has loaded it, so
 * code that makes V8 abort is never used. The file at KEPT is either whole or missing, even after a power loss.
 */
import {spawnSync} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {setFlagsFromString} from 'node:v8';
import {Script, type ScriptOptions} from 'node:vm';
import {readKept} from './kept-code.js';

/** Longer than a compiler may run (`keep-code.ts`). */
const LEFT_MS = 120_000;

const [program = '', path = '', task] = process.argv.slice(2);

function keep(): void {
  removeLeftOvers();
  // Nobody else can guess this name and put a link there.
  const unfinished = `${path}.${randomBytes(16).toString('hex')}`;
  try {
    const code = compile();
    write(unfinished, Buffer.concat([code, code]));
    if (isProven(unfinished)) renameSync(unfinished, path);
    else unlinkSync(unfinished);
  } catch {
    // No permission to write, or no room. Every start compiles what it needs.
    remove(unfinished);
  }
}

/** Removes what a killed compiler has left. A file of a running compiler is newer. */
function removeLeftOvers(): void {
  try {
    for (const name of readdirSync(dirname(path))) {
      const left = join(dirname(path), name);
      if (!name.startsWith(`${basename(path)}.`)) continue;
      if (Date.now() - lstatSync(left).mtimeMs > LEFT_MS) remove(left);
    }
  } catch {
    // Another compiler has removed it.
  }
}

/** Compiles every function, not only those that a run would call: the cache must not depend on the first command. */
function compile(): Buffer {
  setFlagsFromString('--no-lazy');
  const script = new Script(...input());
  // V8 stores its flags with the code and compares them later.
  setFlagsFromString('--lazy');
  return script.createCachedData();
}

function write(file: string, content: Buffer): void {
  const {O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW} = constants;
  const fd = openSync(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
  try {
    writeFileSync(fd, content);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function isProven(file: string): boolean {
  const args = [...process.execArgv, process.argv[1] ?? '', program, file, 'prove'];
  return spawnSync(process.execPath, args, {cwd: '/', env: {}, stdio: 'ignore'}).status === 0;
}

function prove(): boolean {
  const cachedData = readKept(path);
  const [source, options] = input();
  return cachedData !== undefined && !new Script(source, {...options, cachedData}).cachedDataRejected;
}

function input(): [string, ScriptOptions] {
  return [readFileSync(program, 'latin1'), {filename: program}];
}

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // It was never created.
  }
}

if (task === 'prove') process.exitCode = prove() ? 0 : 1;
else keep();
