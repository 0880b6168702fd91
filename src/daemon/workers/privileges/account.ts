/** Who a user or a group of the options is, by the lines of the user database (passwd(5), group(5)). Pure. */
import type {Env} from '../../../shared/instance-paths.js';

export type User = {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
};

/** @param line what getent(1) prints of a user @returns null if it is not such a line */
export function userIn(line: string): User | null {
  const [name = '', , uid, gid, , home = '', shell = ''] = line.trimEnd().split(':');
  const [own, group] = [idIn(uid), idIn(gid)];
  return name === '' || own === null || group === null ? null : {name, uid: own, gid: group, home, shell};
}

/** @param line what getent(1) prints of a group @returns its number */
export function groupIn(line: string): number | null {
  return idIn(line.trimEnd().split(':')[2]);
}

/** @example idIn('33') // 33 */
export function idIn(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : null;
}

/** Programs that stand for a shell where nobody can log in. */
const NO_SHELL = /\/(nologin|false|true|sync)$/;

/**
 * The variables that name the user, as systemd sets them for `User=`. A program that found root's HOME could not even look
 * into it. A number that is in no database has no name, and its home is `/`.
 *
 * @returns `undefined` for a variable that is not to be there
 */
export function variablesOf(user: User | null): Env {
  if (user === null) return {HOME: '/', USER: undefined, LOGNAME: undefined, SHELL: undefined};
  const {name, home, shell} = user;
  const usable = shell === '' || NO_SHELL.test(shell) ? undefined : shell;
  return {HOME: home === '' ? '/' : home, USER: name, LOGNAME: name, SHELL: usable};
}
