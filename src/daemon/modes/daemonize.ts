/**
 * `--daemonize`. Node cannot fork, so ssd starts itself again in a new session. The process at the terminal waits until
 * the one in the background reports that it is up. Until then the background process writes errors to the terminal, so
 * the user sees a refusal.
 */
import {once} from 'node:events';
import {closeSync, fstatSync, writeSync} from 'node:fs';
import {causeOf, Refusal} from '../../shared/words/errors.js';
import {EXIT, type ExitStatus} from '../../shared/words/exit-status.js';
import {describeEnding} from '../../shared/words/starts/failed-start.js';
import {FIRST_DESCRIPTOR, readPassed} from '../sockets/inherited/passed.js';

/** Gives the background process the descriptor on which its starter waits: the one behind those that were passed to ssd. */
export const BACKGROUND = 'SSD_BACKGROUND_FD';
/** The LISTEN_PID of the background process, whose pid its starter cannot know: what was passed is meant for it. */
const BACKGROUND_PID = 'background';

/** What the background process tells the process that started it. */
export type Starter = {readonly reportUp: (warnings: readonly string[]) => void};

/** What a pipe takes at once. More warnings are in the log. */
const MOST_TEXT = 3000;

/**
 * Finds out whether {@link startInBackground} started this process. Removes the variable that says so, because workers
 * must not see it.
 */
export function findStarter(env: NodeJS.ProcessEnv): Starter | null {
  const fd = backgroundFd(env);
  delete env[BACKGROUND];
  if (fd === null) return null;
  if (env.LISTEN_PID === BACKGROUND_PID) env.LISTEN_PID = String(process.pid);
  return {
    reportUp: warnings => {
      try {
        writeSync(fd, `${warnings.join('\n').slice(0, MOST_TEXT)}\n`);
        closeSync(fd);
      } catch {
        // The starter was killed. Nobody waits.
      }
    },
  };
}

/** The descriptor on which a starter waits, or null. */
export function backgroundFd({[BACKGROUND]: given = ''}: NodeJS.ProcessEnv): number | null {
  return /^[1-9]\d*$/.test(given) ? Number(given) : null;
}

/** What was passed to ssd, in the foreground or in the background. */
export function passedToSsd(env: NodeJS.ProcessEnv): readonly number[] {
  const pid = env.LISTEN_PID === BACKGROUND_PID ? BACKGROUND_PID : process.pid;
  const passed = readPassed(env, pid);
  return 'cause' in passed ? [] : passed.map(({fd}) => fd);
}

/**
 * Starts the same command again in the background and waits until it is up.
 *
 * @param command the program and its arguments
 * @param warn takes each warning of the process in the background, whose log is a file
 * @returns the exit status for the starter: 0 once the background process is up, else the status of that process
 * @throws {Refusal} `daemonize-failed`
 */
export async function startInBackground(
  [program, ...args]: readonly [string, ...string[]],
  warn: (text: string) => void,
): Promise<ExitStatus> {
  // These modules are loaded only here. Otherwise every start of ssd would wait for them.
  const [{spawn}, {keepDescriptorsPrivate}] = await Promise.all([
    import('node:child_process'),
    import('../system/descriptors.js'),
  ]);
  // A descriptor inherited by accident, such as the lock of a script, would stay open as long as ssd runs.
  keepDescriptorsPrivate();
  const passed = passedToSsd(process.env);
  const behind = FIRST_DESCRIPTOR + passed.length;
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', ...passed.map(fd => (isOpen(fd) ? fd : 'ignore')), 'pipe'],
    env: {
      ...withoutOwnWatchdog(process.env),
      [BACKGROUND]: String(behind),
      ...(passed.length > 0 && {LISTEN_PID: BACKGROUND_PID}),
    },
  });
  const failed = once(child, 'error').then(([error]) => {
    throw new Refusal({code: 'daemonize-failed', problem: causeOf(error)});
  });
  const up = once((child.stdio as readonly unknown[])[behind] as NodeJS.ReadableStream, 'data').then(
    ([chunk]) => {
      for (const warning of String(chunk).split('\n')) if (warning !== '') warn(warning);
      return EXIT.done;
    },
  );
  const ended = once(child, 'exit').then(([code, signal]: (number | string | null)[]) => {
    // The process in the background is ssd as well.
    if (typeof code === 'number' && code !== 0) return code as ExitStatus;
    const ending = signal
      ? ({type: 'signalled', signal: String(signal)} as const)
      : ({type: 'exited', code: 0} as const);
    throw new Refusal({
      code: 'daemonize-failed',
      problem: `the process in the background ${describeEnding(ending)}`,
    });
  });
  // The first one counts. `race` also handles the rejections of the others.
  const status = await Promise.race([up, ended, failed]);
  child.unref();
  ((child.stdio as readonly unknown[])[behind] as import('node:net').Socket).destroy();
  return status;
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    // EBADF: LISTEN_FDS counts more than there are.
    return false;
  }
}

/**
 * The service manager's watchdog means this process, which ends. Without a pid it means the one in the background.
 *
 * That one speaks to the service manager, if it may (`Type=forking`). MAINPID= is not sent, which would name it under
 * `Type=notify`: systemd takes it for no child of its own then, and does not wait for it at a stop but kills its workers.
 */
function withoutOwnWatchdog({WATCHDOG_PID: pid, ...env}: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return pid === undefined || pid === String(process.pid) ? env : {WATCHDOG_PID: pid, ...env};
}
