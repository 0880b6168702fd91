/**
 * Executes a program by way of sh, for the one variable that must have the number of the very process: LISTEN_PID. Only a
 * process itself knows its number before it executes a program, and posix_spawn(3) does nothing in between. `exec` keeps
 * the number, so for everybody else the worker is what ssd has started.
 */
export const SHELL = '/bin/sh';

type Command = {readonly path: string; readonly argv: readonly string[]};

const SCRIPT = 'LISTEN_PID=$$; export LISTEN_PID; exec "$@"';
/** What a shell sets by itself, and hands on. */
const SET_BY_SH = ['PWD', 'OLDPWD', 'SHLVL'];
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
  const added = SET_BY_SH.filter(name => env[name] === undefined);
  const script = added.length === 0 ? SCRIPT : `unset ${added.join(' ')}; ${SCRIPT}`;
  return {path: SHELL, argv: ['sh', '-c', script, 'sh', ...givenBack, program, ...args]};
}

/** What one shell or another changes, or keeps for itself. */
const OWN_OF_SH: ReadonlySet<string> = new Set([
  ...SET_BY_SH,
  ...'IFS OPTIND PPID UID EUID LINENO RANDOM SECONDS PS1 PS2 _'.split(' '),
]);

function isLost(name: string): boolean {
  return OWN_OF_SH.has(name) || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}
