/**
 * Executes a program by way of sh, for the one variable that must have the number of the very process: LISTEN_PID. Only a
 * process itself knows its number before it executes a program, and posix_spawn(3) does nothing in between. `exec` keeps
 * the number, so for everybody else the worker is what ssd has started.
 */
import {existsSync} from 'node:fs';

export const SHELL = '/bin/sh';
const BASH = '/bin/bash';

type Command = {readonly path: string; readonly argv: readonly string[]};

const SCRIPT = 'LISTEN_PID=$$; export LISTEN_PID; exec "$@"';
/** What a shell sets by itself, and hands on. */
const SET_BY_SH = ['PWD', 'OLDPWD', 'SHLVL'];
const ENV = '/usr/bin/env';

/**
 * Names that are none in sh, such as `spring.profiles`, do not come through dash and busybox. They come through bash, which `-p`
 * keeps from reading files and functions that the environment names. env(1) gives back the rest as its arguments, which every
 * user of the machine can read for a moment.
 *
 * @param env what the program gets, apart from LISTEN_PID
 * @param hasBash whether there is a bash; it is asked only for such names
 */
export function executedBySh(
  {path, argv: [word = path, ...args]}: Command,
  env: Readonly<Record<string, string>>,
  hasBash: () => boolean = () => existsSync(BASH),
): Command {
  // sh looks for the program as ssd has done. Its name stays as it was given, where sh can tell it from an option.
  const program = env.PATH === undefined || word.startsWith('-') ? path : word;
  const names = Object.keys(env);
  const byBash = names.some(isOdd) && hasBash();
  const lost = names.filter(name => OWN_OF_SH.has(name) || (isOdd(name) && !byBash));
  const added = SET_BY_SH.filter(name => env[name] === undefined);
  const script = added.length === 0 ? SCRIPT : `unset ${added.join(' ')}; ${SCRIPT}`;
  // bash sets it once more as it executes the program.
  const unset = byBash && env.SHLVL === undefined ? ['-u', 'SHLVL'] : [];
  const variables = lost.map(name => `${name}=${env[name]}`);
  const words = ['-c', script, 'sh', ...byEnv(unset, variables, program), program, ...args];
  return byBash ? {path: BASH, argv: ['bash', '-p', ...words]} : {path: SHELL, argv: ['sh', ...words]};
}

/** env(1) takes a program with a "=" for a variable. nice(1), with nothing to do, does not. */
function byEnv(unset: readonly string[], variables: readonly string[], program: string): readonly string[] {
  if (unset.length === 0 && variables.length === 0) return [];
  return [ENV, ...unset, '--', ...variables, ...(program.includes('=') ? ['nice', '-n', '0', '--'] : [])];
}

/** What one shell or another changes, or keeps for itself. */
const OWN_OF_SH: ReadonlySet<string> = new Set([
  ...SET_BY_SH,
  ...'IFS OPTIND PPID UID EUID LINENO RANDOM SECONDS PS1 PS2 SHELLOPTS BASHOPTS _'.split(' '),
]);

function isOdd(name: string): boolean {
  return !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}
