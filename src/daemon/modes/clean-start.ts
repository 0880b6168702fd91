/**
 * Handles a start without the launcher, as `node .../ssd.cjs`, with variables that are meant for the server. They have had
 * their effect already: a debugger listens, or Node believes that it is a worker of a cluster. So ssd executes itself
 * again without them. It stays the same process, because others know its pid.
 */
import {withNodeVariablesAside} from '../../shared/node-variables.js';
import {clearCloseOnExec} from '../system/posix.js';
import {execute} from '../system/posix-process.js';
import {backgroundFd, passedToSsd} from './daemonize.js';

/**
 * Returns only if exec fails. ssd then goes on as it is.
 *
 * @param command the command of this process
 */
export function startAgainUnaffected(command: readonly [string, ...string[]]): void {
  const {env} = process;
  try {
    // Node has set close-on-exec on them.
    for (const fd of [0, 1, 2, ...passedToSsd(env), backgroundFd(env) ?? 0]) keep(fd);
    execute(command[0], command, withNodeVariablesAside(env));
  } catch {
    // The workers still get the variables.
  }
}

function keep(fd: number): void {
  try {
    clearCloseOnExec(fd);
  } catch {
    // It was closed when ssd started.
  }
}
