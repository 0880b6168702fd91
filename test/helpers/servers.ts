/** The servers of examples/servers, and the processes that remain of a stopped server. */
import {readdirSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

const sources = new URL('../../../examples/servers/', import.meta.url);

/** A file of examples/servers. */
export const example = (name: string): string => fileURLToPath(new URL(name, sources));

export const HELLO: readonly string[] = [process.execPath, example('hello.js')];
export const ACCEPT_LOOP: readonly string[] = ['perl', example('accept-loop.pl')];

/** The living processes of a session. Workers of ssd have groups of their own, but stay in its session. */
export function livingIn(leader: number): string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(pid => {
      const [state, , , session] = statusOf(pid);
      return Number(session) === leader && state !== 'Z';
    });
}

/** State, parent, process group, session (proc(5)); the name before them may have blanks and brackets in it. */
function statusOf(pid: string): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    // It has ended meanwhile.
    return [];
  }
}
