/**
 * Starts the process that compiles a program and keeps its code. It is a separate process because V8 compiles a whole
 * program only with flags that affect everything in a process, and because a crash in there must not end a daemon.
 *
 * The first run of the package's owner writes the code into the package, as Python does beside its sources. Anyone who can
 * put other code there can also change the program itself, which is not true of a directory like /tmp. Other users run
 * without the cache: a user could not remove what root leaves in their directory.
 */
import {type ChildProcess, spawn} from 'node:child_process';
import {accessSync, constants, lstatSync, mkdirSync} from 'node:fs';
import {dirname, join} from 'node:path';
import type {Readable} from 'node:stream';
import {isTrusted} from './kept-code.js';
import type {Place} from './run-part.js';

/** With one of these options, a second process would use the same port or write the same file. */
const DIAGNOSTIC = /^--(inspect|debug|watch|test|cpu-prof|heap-prof|prof|trace|report|diagnostic)/;
/** With one of these, a second process would run this text, or wait for one, instead of the compiler: and so would its own. */
const ANOTHER_PROGRAM = /^(-[epic]|-pe|--(eval|print|interactive|check))(=|$)/;
/** Compiling takes a quarter of a second on an idle machine. */
const PATIENCE_MS = 60_000;

/**
 * The program exits only after that process. So one run of a program while an image is built puts the code into the
 * image. Never throws.
 */
export function keepCode({path, kept, bundle}: Place): void {
  const isUnfit = (argument: string) => DIAGNOSTIC.test(argument) || ANOTHER_PROGRAM.test(argument);
  if (process.env.NODE_OPTIONS || process.execArgv.some(isUnfit)) return;
  if (!isPlaceFor(dirname(kept))) return;
  const compiler = join(bundle, 'lib/compile-ahead.cjs');
  const child = spawn(process.execPath, [...process.execArgv, compiler, path, kept], {
    // The process has nothing to do with the work of the program.
    cwd: '/',
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  // No process could be started. Every start compiles what it needs.
  child.on('error', () => {});
  waitFor(child);
}

/**
 * Keeps the program from exiting until the process has ended, by a pipe that nobody writes to. ssd collects every child of
 * its own process, and may collect this one before Node does, which would then wait for its end for ever.
 */
function waitFor(child: ChildProcess): void {
  const pipe = child.stdio[3] as Readable | null | undefined;
  child.unref();
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS).unref();
  pipe?.on('close', () => clearTimeout(timer));
  pipe?.on('error', () => {});
  pipe?.resume();
}

function isPlaceFor(cache: string): boolean {
  try {
    if (lstatSync(dirname(cache)).uid !== process.geteuid?.()) return false;
    mkdirSync(cache, {recursive: true, mode: 0o755});
    accessSync(cache, constants.W_OK);
    const stats = lstatSync(cache);
    return isTrusted(stats, 'directory') && stats.uid === process.geteuid?.();
  } catch {
    // The package is on a read-only file system, or is gone.
    return false;
  }
}
