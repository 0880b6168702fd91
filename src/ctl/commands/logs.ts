import {type FileHandle, open, stat} from 'node:fs/promises';
import {causeOf, Refusal} from '../../shared/words/errors.js';
import {answerTo} from '../instance/answer.js';
import type {Command} from '../instance/context.js';
import type {Output} from '../terminal/output.js';
import {readerGone} from '../terminal/reader.js';

export const logs: Command<'logs'> = async ({connect, output}, {lines, follow}) => {
  const client = await connect();
  const {logFile, logCommand: command = null, instance} = await answerTo(client, 'status');
  client.close();
  if (logFile === null) throw new Refusal({code: 'no-log-file', instance, command});
  try {
    await demandFile(logFile);
    const file = await open(logFile);
    const position = await printTail(file, lines, output);
    if (follow) await followFile({path: logFile, file, position}, output);
    else await file.close();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal({code: 'log-file-unreadable', path: logFile, cause: causeOf(error)});
  }
};

/** Such a path means a descriptor of the process that opens it: here of ssctl, not of ssd. */
const OWN_DESCRIPTOR = /^\/(?:dev\/(?:std(?:out|err)|fd\/)|proc\/)/;

/**
 * A pipe or a device has another reader, so only a regular file is printed.
 *
 * @throws {Refusal} `log-not-a-file`
 */
async function demandFile(path: string): Promise<void> {
  if (!OWN_DESCRIPTOR.test(path) && (await stat(path)).isFile()) return;
  throw new Refusal({code: 'log-not-a-file', path});
}

const BLOCK = 64 * 1024;
const NEWLINE = 10;

/** How often to look for more output. No event reports it on every file system. */
const POLL_MS = 200;

/** Prints the last lines. @returns the position after the printed text */
async function printTail(file: FileHandle, lines: number, output: Output): Promise<number> {
  const {size} = await file.stat();
  const start = await startOfTail(file, size, lines);
  return copy(file, {from: start, to: size}, output);
}

/** Searches backwards for the newline before the last `lines` lines. A newline at the very end is part of the last. */
async function startOfTail(file: FileHandle, size: number, lines: number): Promise<number> {
  if (lines === 0) return size;
  let missing = lines;
  const buffer = Buffer.alloc(BLOCK);
  for (let end = size; end > 0; end = Math.max(0, end - BLOCK)) {
    const from = Math.max(0, end - BLOCK);
    const {bytesRead} = await file.read(buffer, 0, end - from, from);
    for (let at = bytesRead - 1; at >= 0; at -= 1) {
      if (buffer[at] !== NEWLINE || from + at === size - 1) continue;
      missing -= 1;
      if (missing === 0) return from + at + 1;
    }
  }
  return 0;
}

type Range = {readonly from: number; readonly to: number};

/** @returns the position after the printed text */
async function copy(file: FileHandle, {from, to}: Range, output: Output): Promise<number> {
  let position = from;
  while (position < to) {
    const buffer = Buffer.alloc(Math.min(BLOCK, to - position));
    const {bytesRead} = await file.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) break;
    position += bytesRead;
    await output.write(buffer.subarray(0, bytesRead));
  }
  return position;
}

type Followed = {readonly path: string; readonly file: FileHandle; readonly position: number};

/** Prints new output until standard output has no reader. It follows the file through renaming and truncation. */
async function followFile(followed: Followed, output: Output): Promise<void> {
  let {file, position} = followed;
  let over = false;
  const closed = Promise.race([output.closed, readerGone()]).then(() => {
    over = true;
  });
  while (!over) {
    const {size} = await file.stat();
    position = await copy(file, {from: size < position ? 0 : position, to: size}, output);
    const next = await replacementOf(followed.path, file);
    if (next) {
      // Lines may have been written to the old file between the copy above and its renaming.
      await copy(file, {from: position, to: (await file.stat()).size}, output);
      await file.close();
      file = next;
      position = 0;
    } else {
      await Promise.race([new Promise(resolve => setTimeout(resolve, POLL_MS)), closed]);
    }
  }
}

/** The file that now has this name, if it is a different one. After a renaming there may be none for a while. */
async function replacementOf(path: string, file: FileHandle): Promise<FileHandle | null> {
  try {
    const [now, opened] = await Promise.all([stat(path), file.stat()]);
    return now.ino === opened.ino && now.dev === opened.dev ? null : await open(path);
  } catch (error) {
    if (causeOf(error) === 'ENOENT') return null;
    throw error;
  }
}
