/** Whether this machine has a program, or a Perl module (a name that begins with a capital). */
import {spawnSync} from 'node:child_process';
import {findProgram} from '../../src/daemon/workers/program.js';

export function isInstalled(program: string): boolean {
  if (/^[A-Z]/.test(program)) return spawnSync('perl', [`-M${program}`, '-e', '1']).status === 0;
  return 'path' in findProgram(program, process.env, process.cwd());
}
