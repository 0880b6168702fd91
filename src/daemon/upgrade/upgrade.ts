/**
 * `ssctl reexec`: the ssd that is installed now takes the place of the one that runs, under the same pid.
 *
 *  1. The new program is asked whether it can (`ask-ahead.ts`). If not, nothing has happened.
 *  2. Answers that are being made leave.
 *  3. In one turn of the event loop, all parts say what they hand over, and execve(2) replaces this image. If it returns, ssd
 *     goes on as before. What is executed is Node with the program, as the answer says, and not the launcher again: sh would
 *     collect a worker that ends meanwhile, and nobody could tell how it ended. It is also sooner.
 */
import {accessSync, constants, statSync} from 'node:fs';
import {explain} from '../../shared/words/errno.js';
import {causeOf} from '../../shared/words/errors.js';
import {messageOf} from '../faults/border.js';
import type {HandedOver} from '../handover/handed-over.js';
import type {Children} from '../workers/children.js';
import {askAhead, ENDS} from './ask-ahead.js';
import {replaceProcess} from './replace.js';

/**
 * Begins to replace this ssd. Resolves only if it goes on, with the reason, in words; it does not reject.
 *
 * @param args the command line of the new one without its name; null: that of this one
 * @param token of the client that asked; null: a signal did
 */
export type Upgrade = (args: readonly string[] | null, token: string | null) => Promise<string>;

export type UpgradeParts = {
  /** The installed command, and the arguments of this ssd. */
  readonly command: readonly [string, ...string[]];
  readonly args: readonly string[];
  /** What the next image is started with. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly children: Pick<Children, 'spawn' | 'kill'>;
  /** What this ssd hands over now. */
  readonly gather: (token: string | null) => HandedOver<unknown>;
  /** Its descriptors of the listeners. */
  readonly listeners: () => readonly number[];
  /** Whether a generation starts. */
  readonly isStarting: () => boolean;
  /** Takes in what has happened to workers, and what they have said. That may order answers. */
  readonly collect: () => void;
  /** Resolves when the answers have left that are being made, or soon after. */
  readonly settled: () => Promise<void>;
  /** Whether an answer waits that nobody hands over. */
  readonly holdsAnswers: () => boolean;
  readonly onFailed: (problem: string) => void;
  /** Aborted when this ssd ends. Then nothing takes its place. */
  readonly over: AbortSignal;
};

export function createUpgrade({command, args: own, env, children, ...parts}: UpgradeParts): Upgrade {
  const {gather, listeners, isStarting, over} = parts;
  let isUnderWay = false;
  const askUntilSettled = async (args: readonly string[], token: string | null) => {
    for (;;) {
      const wasStarting = isStarting();
      const text = JSON.stringify(gather(token).state);
      const next = await askAhead({command, args, env, children, text, listeners: listeners(), over});
      if (typeof next === 'string') return next;
      // A signal that is caught, but not taken in yet, would be lost.
      await new Promise(resolve => setImmediate(resolve));
      await collected(parts);
      if (over.aborted) return ENDS;
      // What starts meanwhile keeps options from changing, so it is asked again.
      if (wasStarting || !isStarting()) return next;
    }
  };
  const attempt = async (args: readonly string[], token: string | null): Promise<string> => {
    const before = lookAt(command[0]);
    const next = await askUntilSettled(args, token);
    if (typeof next === 'string') return next;
    // From here to execve(2) nothing else runs.
    const {state, fds} = gather(token);
    if (before !== lookAt(command[0])) return `cannot execute ${command[0]}: ${whyNot(command[0])}`;
    const cause = replaceProcess({command: [...next, ...args], env, text: JSON.stringify(state), fds});
    return `cannot execute ${next[0]}: ${explain(cause)}`;
  };
  const failed = (problem: string) => {
    if (!over.aborted) parts.onFailed(problem);
    return problem;
  };
  return async (args, token) => {
    if (isUnderWay) return 'another replacement is under way';
    isUnderWay = true;
    try {
      return failed(await attempt(args ?? own, token));
    } catch (error) {
      return failed(messageOf(error));
    } finally {
      isUnderWay = false;
    }
  };
}

/** Everything that can be known is known, and no answer is on its way. What follows must not wait for anything. */
async function collected({
  collect,
  settled,
  holdsAnswers,
}: Pick<UpgradeParts, 'collect' | 'settled' | 'holdsAnswers'>): Promise<void> {
  do {
    await settled();
    collect();
  } while (holdsAnswers());
}

/** Tells one program from another at this path; null: there is none. */
function lookAt(path: string): string | null {
  try {
    const {dev, ino, ctimeNs} = statSync(path, {bigint: true});
    return [dev, ino, ctimeNs].join(' ');
  } catch {
    // Why is found out by whoever executes it.
    return null;
  }
}

/** It is another one than has answered, or none. */
function whyNot(path: string): string {
  try {
    accessSync(path, constants.X_OK);
    return 'it has changed since it was asked';
  } catch (error) {
    return explain(causeOf(error));
  }
}
