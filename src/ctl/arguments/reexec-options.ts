/** Reads what follows `reexec`. */
import {MAX_LINE} from '../../shared/protocol/protocol.js';
import {misuse} from '../../shared/words/errors.js';
import type {Given} from './parser-options.js';
import {readTime} from './values.js';

export type ReexecDetails = {
  /** The new command line of ssd; null: it keeps the one that it has. */
  readonly args: readonly string[] | null;
  readonly timeoutMs: number | null;
};

export function readReexec(
  options: Given['options'],
  commandLine: readonly string[] | undefined,
): ReexecDetails {
  const timeoutMs = readTime(options, 'timeout');
  if (commandLine === undefined) return {args: null, timeoutMs};
  if (commandLine.length === 0)
    throw misuse('ssctl', 'nothing follows --; without it, ssd keeps its command line');
  // ssd would end the session without an answer to this request, as if it had ended itself.
  if (Buffer.byteLength(JSON.stringify(commandLine)) > MAX_LINE - ENVELOPE)
    throw misuse('ssctl', `the command line of ssd is too long; use --config=FILE there`);
  return {args: commandLine, timeoutMs};
}

/** More than the rest of the request takes. */
const ENVELOPE = 256;
