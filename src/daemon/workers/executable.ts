/**
 * Looks into a program that the kernel does not execute. execve(2) says ENOENT for a missing interpreter, a missing loader
 * and a missing directory alike, and does not name what is missing.
 */
import {accessSync, closeSync, constants, openSync, readSync, statSync} from 'node:fs';
import {machine} from 'node:os';
import {causeOf} from '../../shared/words/errors.js';
import type {Unfit} from '../../shared/words/starts/unfit-program.js';

/** Enough for a first line (BINPRM_BUF_SIZE is 256) and for the table of an ELF file's parts. */
const HEAD_BYTES = 4096;
const MAX_FIRST_LINE = 256;
const PT_INTERP = 3;

/** A program, and the working directory in which its path and that of its interpreter are looked up; null: ssd's own. */
export type Place = {readonly path: string; readonly directory: string | null};

/**
 * Why a program cannot be executed here, as far as its beginning shows it.
 *
 * @returns null if nothing is found, or the file cannot be read
 */
export function unfitness({path, directory}: Place): Unfit | null {
  const head = headOf({path, directory});
  if (head === null) return null;
  if (head.subarray(0, 2).toString('latin1') === '#!') return unfitScript(head, directory);
  return isElf(head) ? unfitLoader(head) : null;
}

/** Why the kernel found the format of a file wrong (ENOEXEC). */
export function foreignness(place: Place): Unfit {
  const head = headOf(place) ?? Buffer.alloc(0);
  return {reason: 'foreign', made: kindOf(head), here: machine()};
}

/** Whether a file can be a script without a `#!` line, which execvp(3) gives to the shell. */
export function isText(place: Place): boolean {
  const head = headOf(place);
  return head !== null && !head.subarray(0, MAX_FIRST_LINE).includes(0);
}

function headOf(place: Place): Buffer | null {
  let fd = -1;
  try {
    fd = openSync(within(place), constants.O_RDONLY | constants.O_NONBLOCK);
    const buffer = Buffer.alloc(HEAD_BYTES);
    return buffer.subarray(0, readSync(fd, buffer, 0, HEAD_BYTES, 0));
  } catch {
    // The file may be executable without being readable.
    return null;
  } finally {
    if (fd !== -1) closeSync(fd);
  }
}

function unfitScript(head: Buffer, directory: string | null): Unfit | null {
  const line = head.subarray(2, MAX_FIRST_LINE).toString().split('\n')[0] ?? '';
  const [, interpreter = ''] = /^[ \t]*([^ \t]*)/.exec(line) ?? [];
  const cause = causeAt({path: interpreter, directory});
  if (interpreter === '' || cause === null) return null;
  if (interpreter.endsWith('\r')) return {reason: 'carriage-return', line: `#!${line.trimEnd()}`};
  return {reason: 'interpreter', interpreter, cause};
}

/** Not `resolve`: it turns a/../b into b, which is another place if a is a symbolic link. */
export function within({path, directory}: Place): string {
  return path.startsWith('/') || directory === null ? path : `${directory}/${path}`;
}

function causeAt(place: Place): string | null {
  try {
    accessSync(within(place), constants.X_OK);
    return statSync(within(place)).isFile() ? null : 'EACCES';
  } catch (error) {
    return causeOf(error);
  }
}

function isElf(head: Buffer): boolean {
  return head.length >= 52 && head.readUInt32BE() === 0x7f45_4c46;
}

/** The dynamic loader that an ELF file names (PT_INTERP, elf(5)), if it is not there. */
function unfitLoader(head: Buffer): Unfit | null {
  const loader = loaderOf(head);
  const cause = loader === null ? null : causeAt({path: loader, directory: null});
  return loader === null || cause === null ? null : {reason: 'loader', loader, cause};
}

function loaderOf(head: Buffer): string | null {
  const wide = head[4] === 2;
  const [at32, at16] =
    head[5] === 2
      ? [(at: number) => head.readUInt32BE(at), (at: number) => head.readUInt16BE(at)]
      : [(at: number) => head.readUInt32LE(at), (at: number) => head.readUInt16LE(at)];
  // The lower half of a 64-bit number is enough, because only the first bytes of the file are read.
  const word = (at: number) => at32(wide && head[5] === 2 ? at + 4 : at);
  try {
    const [table, size, count] = wide ? [word(32), at16(54), at16(56)] : [at32(28), at16(42), at16(44)];
    for (let part = 0; part < count; part += 1) {
      const at = table + part * size;
      if (at32(at) !== PT_INTERP) continue;
      const [offset, length] = wide ? [word(at + 8), word(at + 32)] : [at32(at + 4), at32(at + 16)];
      const text = head.subarray(offset, offset + length).toString();
      return text.endsWith('\0') ? text.slice(0, -1) : null;
    }
  } catch {
    // ERR_OUT_OF_RANGE: the name is beyond the bytes that were read, or the file is damaged.
  }
  return null;
}

const MACHINES: Readonly<Record<number, string>> = {
  3: 'i686',
  8: 'mips',
  20: 'ppc',
  21: 'ppc64',
  22: 's390x',
  40: 'arm',
  62: 'x86_64',
  183: 'aarch64',
  243: 'riscv64',
  258: 'loongarch64',
};

/** What a file is made for: a machine, or another system; null if it does not say. */
function kindOf(head: Buffer): string | null {
  if (isElf(head)) {
    const number = head[5] === 2 ? head.readUInt16BE(18) : head.readUInt16LE(18);
    return MACHINES[number] ?? `machine ${number}`;
  }
  if (head.subarray(0, 2).toString('latin1') === 'MZ') return 'Windows';
  const magic = head.length >= 4 ? head.readUInt32BE() : 0;
  return [0xcffa_edfe, 0xcefa_edfe, 0xcafe_babe].includes(magic) ? 'macOS' : null;
}
