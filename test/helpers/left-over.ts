/** Processes that a test has started, directly or not, and that live on. */
import {readdirSync, readFileSync} from 'node:fs';

/**
 * Kills what ssd has left behind, for workers lead groups of their own. They are known by their session, or by the
 * environment that they inherited. Until none is found: one that is killed may just have started another.
 */
export function killLeftOver(sessions: ReadonlySet<string>, variable: string): void {
  const isOurs = (pid: string) => sessions.has(sessionOf(pid)) || hasVariable(pid, variable);
  while (
    readdirSync('/proc').filter(entry => /^\d+$/.test(entry) && isOurs(entry) && kill(entry)).length > 0
  );
}

/** Empty for a process that has ended. */
function sessionOf(pid: string): string {
  try {
    const [state, , , session = ''] = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return state === 'Z' ? '' : session;
  } catch {
    return '';
  }
}

function hasVariable(pid: string, variable: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(variable);
  } catch {
    // It has ended, or belongs to somebody else.
    return false;
  }
}

function kill(pid: string): boolean {
  try {
    process.kill(Number(pid), 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}
