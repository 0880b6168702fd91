/**
 * `--daemonize`. Node cannot fork, so ssd is started once more in a session of its own, and the one at the
 * terminal waits until the other says that it is up. Its standard error is the terminal's until then, so that
 * a refusal is read where the command was given.
 */
import {once} from 'node:events';
import {closeSync, writeSync} from 'node:fs';
import {causeOf, Refusal} from '../../shared/words/errors.js';
import {EXIT} from '../../shared/words/exit-status.js';
import {describeEnding} from '../../shared/words/wording.js';

/** Tells the ssd in the background at which descriptor its starter waits. */
const VARIABLE = 'SSD_BACKGROUND_FD';
const FD = 3;

/** The way back to the starter, in the process that runs in the background. */
export type Starter = {readonly reportUp: () => void};

/**
 * Whether this process was started by {@link startInBackground}. Removes the variable that says so, for it must
 * not reach the workers.
 */
export function findStarter(env: NodeJS.ProcessEnv): Starter | null {
  const given = env[VARIABLE];
  delete env[VARIABLE];
  if (given !== String(FD)) return null;
  return {
    reportUp: () => {
      try {
        writeSync(FD, '\n');
        closeSync(FD);
      } catch {
        // The starter was killed: nobody waits.
      }
    },
  };
}

/**
 * Starts this very command again in the background and waits until it is up.
 *
 * @param command the program and its arguments
 * @returns the exit status for the starter: 0 once the other is up, else what that one exited with
 * @throws {Refusal} `daemonize-failed`
 */
export async function startInBackground([program, ...args]: readonly [string, ...string[]]): Promise<number> {
  // Loaded only here: every start of ssd would wait for it.
  const {spawn} = await import('node:child_process');
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    env: {...process.env, [VARIABLE]: String(FD)},
  });
  const failed = once(child, 'error').then(([error]) => {
    throw new Refusal({code: 'daemonize-failed', problem: causeOf(error)});
  });
  const up = once(child.stdio[FD] as NodeJS.ReadableStream, 'data').then(() => EXIT.done);
  const ended = once(child, 'exit').then(([code, signal]: (number | string | null)[]) => {
    if (typeof code === 'number' && code !== 0) return code;
    const ending = signal
      ? ({type: 'signalled', signal: String(signal)} as const)
      : ({type: 'exited', code: 0} as const);
    throw new Refusal({
      code: 'daemonize-failed',
      problem: `the process in the background ${describeEnding(ending)}`,
    });
  });
  // The first one counts. What the others say later is of no interest: `race` has taken their rejections.
  const status = await Promise.race([up, ended, failed]);
  child.unref();
  (child.stdio[FD] as import('node:net').Socket).destroy();
  return status;
}
