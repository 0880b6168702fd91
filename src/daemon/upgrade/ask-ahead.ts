/**
 * Asks the program that is to take the place of this ssd whether it can, while nothing has happened yet: it runs as a child
 * with `--check-handover`, and finds the handover on descriptor 3 (`modes/check-handover.ts`).
 */
import {closeSync, openSync} from 'node:fs';
import type {Ending} from '../../shared/protocol/event.js';
import {formatDuration} from '../../shared/words/duration.js';
import {explain} from '../../shared/words/errno.js';
import {describeEnding} from '../../shared/words/starts/failed-start.js';
import {closeQuietly} from '../system/close-quietly.js';
import type {DescriptorPair} from '../system/descriptor-moves.js';
import {openPipeReader} from '../system/pipe-reader.js';
import {createMemoryFile} from '../system/processes/memory-file.js';
import {readAvailable} from '../system/read-available.js';
import type {Children} from '../workers/children.js';
import {CHECK_HANDOVER, HANDOVER_AT, type HandoverAnswer} from './handover.js';

export type Question = {
  readonly command: readonly [string, ...string[]];
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  /** The listeners, which it gets under the same numbers. */
  readonly listeners: readonly number[];
  readonly children: Pick<Children, 'spawn' | 'kill'>;
  /** Aborted: nobody needs the answer any more. */
  readonly over: AbortSignal;
  /** How long it may take. */
  readonly patienceMs?: number;
};

export const ENDS = 'this ssd ends';
/** Longer than a start takes on a busy machine. */
const PATIENCE_MS = 20_000;
/** A program that says more has lost its way. */
const MOST_BYTES = 64 * 1024;
const PREFIX = /^ssd: /;
/** Node prints the error that nobody has caught between the source and the stack, and its own version last. */
const THROWN = /^\w*Error\b.*?: ./;
/** More than this is no reason. */
const MOST_LETTERS = 500;

/**
 * @returns what to execute if it can, or why it cannot, in words
 * @throws a system error for want of descriptors or memory
 */
export async function askAhead(question: Question): Promise<HandoverAnswer['command'] | string> {
  const {command, args, env, listeners, children, over, patienceMs = PATIENCE_MS} = question;
  const memory = createMemoryFile('ssd-handover', question.text);
  const pipe = openPipeReader(null);
  const nothing = openSync('/dev/null', 'r');
  let said = Buffer.alloc(0);
  const hear = (data: Buffer) => {
    said = Buffer.concat([said, data]).subarray(-MOST_BYTES);
  };
  pipe.socket.on('data', hear);
  try {
    const ending = await run(
      {children, over, patienceMs},
      {
        path: command[0],
        argv: [...command, CHECK_HANDOVER, ...args],
        env,
        directory: null,
        descriptors: [
          [nothing, 0],
          [pipe.writeEnd, 1],
          [pipe.writeEnd, 2],
          [memory, HANDOVER_AT],
          ...listeners.map((fd): DescriptorPair => [fd, fd]),
        ],
      },
    );
    hear(readAvailable(pipe.readEnd, MOST_BYTES));
    if (typeof ending === 'string') return ending;
    const text = said.toString('utf8');
    if (ending.type !== 'exited' || ending.code !== 0) return reasonIn(text, ending);
    return commandIn(text) ?? `${command[0]} has not answered the check of the handover`;
  } finally {
    pipe.socket.destroy();
    closeQuietly(pipe.writeEnd);
    closeQuietly(memory);
    closeSync(nothing);
  }
}

type Order = Omit<Parameters<Children['spawn']>[0], 'onExit' | 'descriptors'> & {
  readonly descriptors: readonly DescriptorPair[];
};

/** @returns how it ended, or why it did not run to its end, in words */
function run(
  {children, over, patienceMs}: Required<Pick<Question, 'children' | 'over' | 'patienceMs'>>,
  order: Order,
): Promise<Ending | string> {
  if (over.aborted) return Promise.resolve(ENDS);
  return new Promise(resolve => {
    const started = children.spawn({
      ...order,
      leadsGroup: true,
      onExit: ending => {
        forget();
        resolve(ending);
      },
    });
    if ('cause' in started) return resolve(`cannot start ${order.path}: ${explain(started.cause)}`);
    const giveUp = (why: string) => {
      forget();
      children.kill(started.pid);
      resolve(why);
    };
    const hasNotAnswered = `${order.path} has not answered within ${formatDuration(patienceMs)}`;
    const timer = setTimeout(() => giveUp(hasNotAnswered), patienceMs);
    const onAbort = () => giveUp(ENDS);
    const forget = () => {
      clearTimeout(timer);
      over.removeEventListener('abort', onAbort);
    };
    over.addEventListener('abort', onAbort);
  });
}

/** In the last line that is an answer. Warnings of Node may be around it. */
function commandIn(said: string): HandoverAnswer['command'] | null {
  for (const line of said.split('\n').reverse()) {
    try {
      const command: unknown = JSON.parse(line)?.command;
      if (isCommand(command)) return command;
    } catch {
      // Another line.
    }
  }
  return null;
}

function isCommand(value: unknown): value is HandoverAnswer['command'] {
  return Array.isArray(value) && value.length > 0 && value.every(word => typeof word === 'string');
}

/** Its own words, if it has said any. */
function reasonIn(said: string, ending: Ending): string {
  const lines = said.split('\n').filter(line => line.trim() !== '');
  const own = lines
    .filter(line => PREFIX.test(line))
    .at(-1)
    ?.replace(PREFIX, '');
  const last = own ?? lines.find(line => THROWN.test(line)) ?? lines.at(-1);
  return last?.slice(0, MOST_LETTERS) ?? `the check of the handover ${describeEnding(ending)}`;
}
