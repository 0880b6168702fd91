/**
 * Executes a program by way of sh, for the one variable that must have the number of the very process: LISTEN_PID. Only a
 * process itself knows its number before it executes a program, and posix_spawn(3) does nothing in between. `exec` keeps
 * the number, so for everybody else the worker is what ssd has started.
 */
export const SHELL = '/bin/sh';

type Command = {readonly path: string; readonly argv: readonly string[]};

const SCRIPT = 'LISTEN_PID=$$; export LISTEN_PID; exec "$@"';
const ENV = '/usr/bin/env';

/** @param env what the program gets, apart from LISTEN_PID */
export function executedBySh(
  {path, argv: [word = path, ...args]}: Command,
  env: Readonly<Record<string, string>>,
): Command {
  // sh looks for the program as ssd has done. Its name stays as it was given, where sh can tell it from an option.
  const program = env.PATH === undefined || word.startsWith('-') ? path : word;
  const lost = Object.entries(env).filter(([name]) => isLost(name));
  // Names that are none in sh, such as `spring.profiles`, do not come through dash and busybox.
  const givenBack = lost.length === 0 ? [] : [ENV, ...lost.map(([name, value]) => `${name}=${value}`)];
  return {path: SHELL, argv: ['sh', '-c', SCRIPT, 'sh', ...givenBack, program, ...args]};
}

/** What one shell or another keeps for itself. */
const OWN_OF_SH: ReadonlySet<string> = new Set('IFS OPTIND PPID PWD OLDPWD SHLVL UID EUID _'.split(' '));

function isLost(name: string): boolean {
  return OWN_OF_SH.has(name) || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}
