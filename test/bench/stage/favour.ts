/** Keeps others away from the processors, as far as that is permitted. */
import {spawnSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';

/** As much as a group can be given (sched(7), The autogroup feature). */
const MOST_FAVOURED = '-20';

/** The scheduler favours their sessions. @returns whether that is permitted */
export function favour(pids: readonly number[]): boolean {
  return pids.every(pid => setNice(pid, MOST_FAVOURED));
}

/** This process is as others again. */
export function unfavour(): void {
  setNice(process.pid, '0');
}

/** Runs a command as a real-time process, before all others. */
export const FIRST: readonly string[] = ['chrt', '--fifo', '1'];

/** These go before all others from now on: for processes that seldom work. @returns whether that is permitted */
export function goFirst(pids: readonly number[]): boolean {
  const [program = '', policy = '', priority = ''] = FIRST;
  return pids.every(pid => {
    const args = [policy, '--all-tasks', '--pid', priority, String(pid)];
    return spawnSync(program, args, {stdio: 'ignore'}).status === 0;
  });
}

function setNice(pid: number, nice: string): boolean {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, nice);
    return true;
  } catch {
    // Not root, or a kernel without such groups.
    return false;
  }
}
