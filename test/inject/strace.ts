/** strace(1), attached to the main thread of an ssd or started with it. Children are never traced. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync, rmSync} from 'node:fs';
import {eachLine} from '../helpers/lines.js';
import {watched} from '../helpers/mailbox.js';
import type {Fault} from './faults.js';

export type Tracing = {
  /** Ends it. @returns what strace has written */
  readonly end: () => Promise<string>;
};

/** Long strings only cost time, but the lengths that tell libuv's own pipes apart stand behind them. */
const SHAPE = ['-y', '-s', '8'];

/** The arguments for one fault; without one, everything is recorded. */
export function straceArguments(output: string, fault: Fault | null): string[] {
  if (!fault) return ['strace', ...SHAPE, '-o', output];
  const {call, nth, error} = fault;
  return ['strace', ...SHAPE, '-o', output, `--trace=${call}`, `--inject=${call}:error=${error}:when=${nth}`];
}

/** Resolves when the process is traced. */
export async function attach(pid: number, output: string, fault: Fault | null): Promise<Tracing> {
  const [program = '', ...args] = straceArguments(output, fault);
  const strace = spawn(program, [...args, '-p', String(pid)], {stdio: ['ignore', 'ignore', 'pipe']});
  const ended = once(strace, 'exit');
  const said: string[] = [];
  const attached = new Promise<void>((resolve, reject) => {
    eachLine(strace.stderr, line => {
      said.push(line);
      if (/ attached$/.test(line)) resolve();
    });
    void ended.then(() => reject(new Error(`strace: ${said.join('; ')}`)));
  });
  attached.catch(() => {});
  await watched(attached, () => `strace is not attached: ${said.join('; ')}`);
  return {
    end: async () => {
      strace.kill('SIGTERM');
      await watched(ended, () => 'strace does not end');
      return takeOutput(output);
    },
  };
}

export function takeOutput(path: string): string {
  const output = readFileSync(path, 'utf8');
  rmSync(path);
  return output;
}
