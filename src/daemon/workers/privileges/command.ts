/**
 * The command line that executes a program as another user, within other limits. prlimit(1), nice(1) and setpriv(1) execute
 * one another and then the program, so the worker keeps the pid that ssd knows. Pure.
 */
import type {Privileges} from '../../config/privileges/read.js';

export type Command = {
  readonly path: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
};

/** Who workers are, in numbers. */
export type Account = {
  /** As it was asked for: a name or a number. null: ssd's own user, in another group. */
  readonly user: string | null;
  readonly uid: number;
  readonly gid: number;
  /** Whether the user database has the user, and so their other groups. */
  readonly hasGroups: boolean;
};

/** Where the programs are that are needed; '' for one that is not. */
export type Tools = {readonly [N in ToolName]: string};
export type ToolName = 'prlimit' | 'nice' | 'setpriv' | 'env';

export type Chain = {
  readonly tools: Tools;
  /** The words that come before the program. */
  readonly before: readonly string[];
  /** Whether workers are another user or in another group, so that what they say must not reach the tools. */
  readonly isOther: boolean;
};

type Asked = Pick<Privileges, 'limits' | 'nice' | 'noNewPrivs' | 'onDeath'> & {
  /** null: as ssd is. */
  readonly account: Account | null;
  /** The niceness of ssd. */
  readonly ownNice: number;
  /** Whether ssd may empty the bounding set (CAP_SETPCAP). */
  readonly maySetBounds: boolean;
};

/** The limits come first and the user last: the right to raise a limit goes with the user. */
export function chainFor(asked: Asked, tools: Tools): Chain {
  const {limits, nice, ownNice, account} = asked;
  const identity = [...identityArguments(asked), ...deathArguments(asked)];
  const steps = [
    limits.length > 0 ? [tools.prlimit, ...limits.map(limit => `--${limit}`), '--'] : [],
    // Its argument is added to the niceness that it inherits.
    nice !== null && nice !== ownNice ? [tools.nice, '-n', String(nice - ownNice), '--'] : [],
    identity.length > 0 ? [tools.setpriv, ...identity, '--'] : [],
  ];
  return {tools, before: steps.flat(), isOther: account !== null};
}

/**
 * A process that leaves root loses its effective and permitted capabilities, but not the inheritable ones; one that was never
 * root loses none. Without inheritable ones, and without ambient ones that go with them, exec(2) leaves nothing.
 */
function identityArguments({account, noNewPrivs, maySetBounds}: Asked): readonly string[] {
  const locked = noNewPrivs ? ['--no-new-privs'] : [];
  if (account === null) return locked;
  const {user, uid, gid, hasGroups} = account;
  const groups = hasGroups ? '--init-groups' : '--clear-groups';
  const who = [...(user === null ? [] : [`--reuid=${user}`]), `--regid=${gid}`, groups];
  if (uid === 0) return [...who, ...locked];
  // Programs such as sudo need the bounding set. With --no-new-privs they get nothing anyway.
  const bounds = noNewPrivs && maySetBounds ? ['--bounding-set=-all'] : [];
  return [...who, '--inh-caps=-all', ...bounds, ...locked];
}

/**
 * A change of credentials takes the signal back (PR_SET_PDEATHSIG, prctl(2)). setpriv(1) sets it last, and from then on the
 * tools and the program only lose rights, which keeps it.
 */
function deathArguments({onDeath}: Asked): readonly string[] {
  return onDeath === 'keep' ? [] : [`--pdeathsig=${onDeath.toUpperCase()}`];
}

/**
 * setpriv(1) has capabilities of root until it executes a program, and could execute what the user may not. So env(1) comes
 * between.
 *
 * @returns the command that executes `command`; `command` itself if there is nothing to do before
 */
export function commandThrough({tools, before, isOther}: Chain, command: Command): Command {
  const [first] = before;
  if (first === undefined) return command;
  const {path, argv, env} = command;
  const entries = Object.entries(env);
  const held = isOther ? entries.filter(([name]) => isObeyed(name)) : [];
  const variables = held.map(([name, value]) => `${name}=${value}`);
  // env(1) takes a path with "=" for a variable.
  const apart = path.includes('=') ? [tools.setpriv, '--'] : [];
  return {
    path: first,
    argv: [...before, ...(isOther ? [tools.env, '--', ...variables, ...apart] : []), path, ...argv.slice(1)],
    env: Object.fromEntries(entries.filter(entry => !held.includes(entry))),
  };
}

/**
 * Variables that make a program load code or files, before it does anything itself. The tools run with the rights of ssd. So a
 * variable from an envdir that the worker's user can write must not reach them: env(1) sets it once the user is changed.
 * These are the variables that glibc and musl ignore in set-user-ID programs, without those for temporary files and time zones.
 */
function isObeyed(name: string): boolean {
  return /^(LD_|MALLOC_|MUSL_)/.test(name) || OBEYED.has(name);
}

const OBEYED: ReadonlySet<string> = new Set(
  (
    'GCONV_PATH GETCONF_DIR GLIBC_TUNABLES HOSTALIASES LOCALDOMAIN LOCPATH NIS_PATH NLSPATH RESOLV_HOST_CONF ' +
    'RES_OPTIONS'
  ).split(' '),
);
