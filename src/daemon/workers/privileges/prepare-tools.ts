/** Prepares what other programs do for `--user` and the like. It is loaded only where it is needed. */
import {spawnSync} from 'node:child_process';
import {getPriority} from 'node:os';
import type {Env} from '../../../shared/instance-paths.js';
import {invalidOption, Refusal} from '../../../shared/words/errors.js';
import type {Config} from '../../config/config.js';
import type {Privileges} from '../../config/privileges/read.js';
import {CAP_KILL, CAP_SETPCAP, ownCapabilities} from '../../system/unix/capabilities.js';
import {within} from '../executable.js';
import {findProgram} from '../program.js';
import {groupIn, idIn, type User, userIn, variablesOf} from './account.js';
import {type Account, type Command, chainFor, commandThrough, type ToolName, type Tools} from './command.js';

export type Prepared = {
  /** The command that executes `command` as a worker. */
  readonly command: (command: Command) => Command;
  /** The environment of ssd, with the variables that name the user. */
  readonly env: Env;
  /** The user of the workers; null: that of ssd. */
  readonly uid: number | null;
  /**
   * Tries what workers are started with, and whether they may execute their program.
   *
   * @param env the environment of a worker
   * @throws {Refusal} `program-denied`, `privileges-refused`
   */
  readonly demand: (config: Pick<Config, 'program' | 'directory'>, env: Env) => void;
};

/** @throws {Refusal} `option-invalid`, `tool-missing`, `privileges-refused` */
export function prepareTools(privileges: Privileges, env: Env): Prepared {
  const own = {PATH: absoluteEntries(env.PATH), LC_ALL: 'C'};
  const find = (tool: string, asked: string) => findTool(tool, asked, own);
  const options = optionsOf(privileges);
  const user = userOf(privileges, name => lookUp('passwd', name, own));
  const account = accountOf(privileges, user, name => lookUp('group', name, own));
  const tools: Tools = {
    prlimit: privileges.limits.length > 0 ? find('prlimit', options.prlimit) : '',
    nice: privileges.nice === null ? '' : find('nice', options.nice),
    setpriv: options.setpriv !== '' ? find('setpriv', options.setpriv) : '',
    env: account ? find('env', options.setpriv) : '',
  };
  const rights = ownCapabilities();
  if (account && account.uid !== process.geteuid?.() && rights !== null && (rights & CAP_KILL) === 0n)
    throw refused(options.setpriv, 'ssd could not signal its workers: it has no CAP_KILL');
  const maySetBounds = rights !== null && (rights & CAP_SETPCAP) !== 0n;
  const chain = chainFor({...privileges, account, ownNice: getPriority(), maySetBounds}, tools);
  return {
    command: command => commandThrough(chain, command),
    env: account?.user == null ? env : {...env, ...variablesOf(user)},
    uid: account?.uid ?? null,
    demand: ({program: [program], directory}, whole) => {
      const found = findProgram(program, whole, directory);
      if ('cause' in found) return;
      const argv = ['sh', '-c', 'test -x "$0"', found.path];
      const trial = commandThrough(chain, {path: '/bin/sh', argv, env: own});
      if (succeeds(trial, directory, options)) return;
      const at = within({path: found.path, directory});
      throw new Refusal({code: 'program-denied', program, path: at, options: options.setpriv});
    },
  };
}

/** A tool runs with the rights of ssd, so it is not looked for in the working directory. */
function absoluteEntries(path = ''): string {
  const entries = path.split(':').filter(entry => entry.startsWith('/'));
  return entries.join(':') || '/usr/bin:/bin';
}

/** The options that each tool is needed for, as they were given. */
type Options = {readonly [N in Exclude<ToolName, 'env'>]: string};

function optionsOf({user, group, nice, limits, noNewPrivs, onDeath}: Privileges): Options {
  const identity = [
    user === null ? [] : [`--user=${user}`],
    group === null ? [] : [`--group=${group}`],
    noNewPrivs ? ['--no-new-privs'] : [],
    onDeath === 'keep' ? [] : [`--on-death=${onDeath}`],
  ];
  return {
    prlimit: limits.map(limit => `--rlimit=${limit}`).join(' '),
    nice: nice === null ? '' : `--nice=${nice}`,
    setpriv: identity.flat().join(' '),
  };
}

const PACKAGES: Readonly<Record<string, string>> = {
  prlimit: 'util-linux',
  setpriv: 'util-linux',
  nice: 'coreutils',
  env: 'coreutils',
};

/** @throws {Refusal} `tool-missing` */
function findTool(tool: string, options: string, env: Env): string {
  const found = findProgram(tool, env, null);
  if ('path' in found) return found.path;
  throw new Refusal({code: 'tool-missing', tool, options, of: PACKAGES[tool] ?? tool});
}

type LookUp = (name: string) => string | null;

/** @returns null for a number that no user has @throws {Refusal} `option-invalid` */
function userOf({user, group}: Privileges, find: LookUp): User | null {
  if (user === null) return null;
  const found = userIn(find(user) ?? '');
  if (found) return found;
  if (idIn(user) === null) throw invalidOption('user', user, 'there is no such user');
  if (group !== null) return null;
  throw invalidOption('user', user, 'no user has this number, so its group is not known: give --group, too');
}

/** @throws {Refusal} `option-invalid` */
function accountOf({user: asked, group}: Privileges, user: User | null, find: LookUp): Account | null {
  if (asked === null && group === null) return null;
  const gid = group === null ? user?.gid : (groupIn(find(group) ?? '') ?? idIn(group));
  if (gid === null || gid === undefined) throw invalidOption('group', group ?? '', 'there is no such group');
  const uid = asked === null ? process.geteuid?.() : (user?.uid ?? idIn(asked));
  return {user: asked, uid: uid ?? 0, gid, hasGroups: user !== null};
}

const PATIENCE_MS = 10_000;

/** Asks all that the system knows users from, not only /etc/passwd. @throws {Refusal} `tool-missing` */
function lookUp(database: 'passwd' | 'group', name: string, env: Env): string | null {
  const option = database === 'passwd' ? 'user' : 'group';
  const found = findProgram('getent', env, null);
  if (!('path' in found))
    throw new Refusal({code: 'tool-missing', tool: 'getent', options: `--${option}=${name}`, of: 'libc-bin'});
  const {stdout, status} = spawnSync(found.path, [database, name], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: PATIENCE_MS,
  });
  return status === 0 ? stdout : null;
}

/**
 * Tries the tools once. Only they know whether the kernel lets them.
 *
 * @returns whether the command that they executed exited with 0
 * @throws {Refusal} `privileges-refused` if they did not execute it
 */
function succeeds({path, argv, env}: Command, directory: string | null, options: Options): boolean {
  const {stderr, status, signal, error} = spawnSync(path, argv.slice(1), {
    argv0: path,
    env,
    cwd: directory ?? undefined,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: PATIENCE_MS,
  });
  const [line = ''] = (stderr ?? '').split('\n');
  const [, tool = '', said = line] = /^(?:\S*\/)?(\w+): (.*)$/.exec(line) ?? [];
  const own = Object.hasOwn(options, tool) ? options[tool as keyof Options] : null;
  // GNU nice says that it may not, and goes on.
  if (own !== null) throw refused(own, `${tool}: ${said}`);
  if (status === 0) return true;
  if (status === 1 && line === '') return false;
  const cause = error?.message ?? (signal ? `the trial ended by ${signal}` : line || `status ${status}`);
  throw refused(Object.values(options).filter(Boolean).join(' '), cause);
}

function refused(options: string, cause: string): Refusal {
  return new Refusal({code: 'privileges-refused', options, cause, root: process.geteuid?.() === 0});
}
